// @ts-check
// The supervisor's view: who is idle, ringing or talking, and for how long. The document holds which group is shown.

import { act } from "../ipc.js";
import { byId, enable, inputById, part, reconcile, setTip, stamp, tell } from "../dom.js";
import { plain } from "../format.js";
import { problemWords, word } from "../locale.js";
import { draw, drawAll } from "../shape.js";
import { runSince } from "../tick.js";
import { cut } from "./party.js";

/** @import { Member, Notice, Snapshot } from "../types" */

/** @typedef {"all" | "idle" | "calls" | "busy" | "offline"} Group */

/** From this many extensions on, there is a search field. */
const MANY = 20;

/** How many characters of a name to show. The tip has all of them. */
const SHOWN = 16;

/** @type {("listen" | "whisper")[]} */
const VERBS = ["listen", "whisper"];

/** The state shown for a member: a call takes precedence over the presence. @param {Member} member */
function stateOf(member) {
  if (member.state === "unavailable") return "offline";
  return member.state === "free" ? member.presence : member.state;
}

/** @param {Member} member @returns {Group} */
function groupOf(member) {
  const state = stateOf(member);
  return state === "offline" || state === "idle" || state === "busy" ? state : "calls";
}

/** Only a member in a call has buttons. @param {Member} member */
const inCall = (member) => member.state === "talking" || member.state === "held" || member.state === "transferring";

const chips = () => /** @type {HTMLElement[]} */ ([...byId("team-groups").children]);

const chosen = () => chips().find((chip) => chip.getAttribute("aria-pressed") === "true")?.dataset.group ?? "all";

/** @param {Member[]} team */
function renderChips(team) {
  for (const chip of chips()) {
    const group = chip.dataset.group ?? "all";
    const count = group === "all" ? team.length : team.filter((member) => groupOf(member) === group).length;
    tell(part(chip, "word"), word(`team.group.${group}`));
    tell(part(chip, "count"), String(count));
  }
}

/** @param {HTMLElement} row @param {Member} member @param {Snapshot} snapshot */
function fillRow(row, member, snapshot) {
  const { connection, notice, pending } = snapshot;
  const state = stateOf(member);
  row.dataset.state = state;
  draw(part(row, "shape"), state);
  tell(part(row, "member-exten"), plain(member.exten));
  const name = plain(member.name ?? "");
  tell(part(row, "member-name"), cut(name, SHOWN));
  setTip(part(row, "member-name"), [...name].length > SHOWN ? name : "");
  const busyInCall = inCall(member) && member.presence === "busy";
  const words = word(`team.state.${state}`) + (busyInCall ? ` · ${word("team.state.busy")}` : "");
  tell(part(row, "member-state"), words);
  setTip(part(row, "member-state"), words);
  runSince(part(row, "member-time"), connection.state === "push" ? member.since : null);
  const reachable = connection.state === "push" || connection.state === "poll";
  const free = reachable && !VERBS.some((verb) => pending.includes(verb));
  part(row, "member-verbs").dataset.idle = String(!inCall(member) && !member.pending);
  for (const verb of VERBS) {
    const button = /** @type {HTMLButtonElement} */ (part(row, verb));
    const name = word(`team.${verb}_to`, { exten: member.exten });
    tell(part(button, "word"), word(member.pending === verb ? "team.pending" : `team.${verb}`));
    button.setAttribute("aria-label", name);
    setTip(button, name);
    button.setAttribute("aria-busy", String(member.pending === verb));
    enable(button, free && inCall(member));
  }
  tell(part(row, "member-notice"), refusalOf(member, notice));
}

/** @param {Member} member @param {Notice | null} notice */
const refusalOf = (member, notice) => (notice?.target === member.exten ? problemWords(notice.problem) : "");

/** @type {Snapshot | null} */
let last = null;

let due = false;

/** Renders once per frame, because many members may change at the same moment. */
function renderSoon() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    if (last) renderList(last);
  });
}

/** @param {Snapshot} snapshot */
export function renderTeam(snapshot) {
  last = snapshot;
  renderSoon();
}

/** @param {Snapshot} snapshot */
function renderList(snapshot) {
  const { connection, notice } = snapshot;
  // Without a team, show the form.
  const team = snapshot.team?.length ? snapshot.team : null;
  byId("team").hidden = !team;
  byId("supervise").hidden = team !== null;
  if (!team) return;
  renderChips(team);
  byId("members").dataset.named = String(team.some(({ name }) => name));
  const old = connection.state !== "push";
  byId("team-old").hidden = !old;
  byId("members").dataset.old = String(old);
  const search = inputById("team-search");
  search.hidden = team.length <= MANY;
  const group = chosen();
  const sought = search.hidden ? "" : search.value.trim();
  // Keep a member in sight until the action on it is answered.
  const acted = (/** @type {Member} */ member) => member.pending !== null || notice?.target === member.exten;
  const fits = (/** @type {Member} */ member) =>
    (group === "all" || groupOf(member) === group) &&
    (member.exten.includes(sought) || (member.name ?? "").toLowerCase().includes(sought.toLowerCase()));
  const shown = team.filter((member) => acted(member) || fits(member));
  const told = shown.filter(acted).map((member) => {
    const waiting = member.pending ? word(`pending.${member.pending}`) : "";
    return `${member.exten}: ${waiting || refusalOf(member, notice)}`;
  });
  tell(byId("team-said"), told.join(", "));
  byId("team-none").hidden = shown.length > 0;
  reconcile(byId("members"), shown, (member) => member.exten, makeRow, (row, member) => fillRow(row, member, snapshot));
}

/** @type {(reason: unknown) => void} */
let failed = () => {};

/** @param {Member} member */
function makeRow(member) {
  const row = stamp("member-row");
  drawAll(row);
  for (const verb of VERBS) {
    const button = part(row, verb);
    button.dataset.test = `${verb}-${member.exten}`;
    button.addEventListener("click", () => act({ do: verb, target: member.exten }).catch(failed));
  }
  return row;
}

/** @param {(reason: unknown) => void} notReached */
export function listenTeam(notReached) {
  failed = notReached;
  for (const chip of chips()) {
    chip.addEventListener("click", () => {
      for (const other of chips()) other.setAttribute("aria-pressed", String(other === chip));
      renderSoon();
    });
  }
  byId("team-search").addEventListener("input", renderSoon);
}
