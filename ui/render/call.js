// @ts-check
// The room of the current call, and what stands there without one.

import { act } from "../ipc.js";
import { buttonById, byId, inputById, part, tell, tellWhole } from "../dom.js";
import { between, clock, duration, grouped, plain } from "../format.js";
import { word } from "../locale.js";
import { settled, turned } from "../settle.js";
import { draw } from "../shape.js";
import { runSince } from "../tick.js";
import { nameOf, shapeOf } from "./party.js";
import { explainTarget, isNoTarget, listenTarget } from "./target.js";
import { fillVerb, holdOrRestore } from "./verbs.js";

/** @import { CallView, Entry, Snapshot, Verb } from "../types" */

/** @type {[string, Verb][]} */
const BUTTONS = [["transfer", "transfer"], ["survey", "survey"], ["hangup", "hang_up"]];

/**
 * Which of several calls is shown: the one that was switched to, while the desk's first stays the same; else the first.
 * @param {CallView[]} calls
 */
function chosen(calls) {
  const { uid, first } = byId("room").dataset;
  const kept = first === calls[0]?.uid ? calls.find((call) => call.uid === uid) : undefined;
  return kept ?? calls[0] ?? null;
}

/** @param {HTMLElement} fact @param {string} value */
function renderFact(fact, value) {
  tell(part(fact, "value"), plain(value) || "–");
  fact.dataset.copy = value;
  fact.title = value ? word("copy.title", { value: plain(value) }) : "";
}

/** @param {CallView[]} calls @param {CallView} call */
function renderOthers(calls, call) {
  const next = calls[(calls.indexOf(call) + 1) % calls.length];
  const button = buttonById("call-next");
  button.hidden = calls.length < 2 || !next;
  if (button.hidden || !next) return;
  button.dataset.state = next.state;
  button.dataset.next = next.uid;
  draw(part(button, "shape"), shapeOf(next));
  tell(part(button, "word"), `+${calls.length - 1}`);
  const title = word("call.next", { number: grouped(next.other), state: word(`state.${next.state}`) });
  button.title = title;
  button.setAttribute("aria-label", title);
}

/** @param {CallView} call @param {boolean} online */
function renderCall(call, online) {
  byId("room").dataset.state = call.state;
  byId("room").dataset.stale = String(call.stale);
  draw(byId("call-shape"), shapeOf(call));
  tell(byId("call-direction"), word(`direction.${call.direction}`));
  tell(byId("call-state-word"), word(call.stale ? "state.stale" : `state.${call.state}`));
  byId("call-state").title = call.stale ? word(online ? "state.stale_title" : "connection.title.offline") : call.state === "in_call" ? word("state.in_call_title") : "";
  runSince(byId("call-state-time"), call.state === "held" || call.state === "transferring" ? call.since : null);
  runSince(byId("call-time"), call.answered ?? call.began);
  tellWhole(byId("call-number"), nameOf(call));
  byId("call-number").dataset.value = call.other;
  renderFact(byId("call-callee"), call.callb);
  renderFact(byId("call-uid"), call.uid);
  // Without the server the desk keeps what it knows: there is nothing to close.
  byId("call-dismiss").hidden = !call.stale || !online;
}

/** @param {CallView | null} call */
function renderVerbs(call) {
  const verb = holdOrRestore(call);
  fillVerb(buttonById("hold"), verb, call);
  buttonById("hold").dataset.test = verb;
  for (const [id, name] of BUTTONS) fillVerb(buttonById(id), name, call);
  const survey = buttonById("survey");
  survey.setAttribute("aria-pressed", String(call?.survey ?? false));
  if (call?.survey && call.pending !== "survey") tell(part(survey, "word"), word("survey.armed"));
}

/** @param {Snapshot} snapshot */
const isOnline = ({ connection }) => connection.state === "push" || connection.state === "poll";

/** @param {Snapshot} snapshot */
function renderNoCall(snapshot) {
  tell(byId("no-call-word"), word(isOnline(snapshot) ? "call.none" : "call.none_offline"));
  const last = snapshot.recent.find((entry) => entry.ended);
  tell(byId("last-call"), last ? lastWords(last) : "");
}

/** @param {Entry} entry */
function lastWords(entry) {
  const length = entry.answered && entry.ended ? duration(between(entry.answered, entry.ended)) : "";
  const values = { time: clock(entry.began), number: grouped(entry.other), length };
  return word(length ? "call.last_length" : "call.last", values);
}

/**
 * Shows the call's room; answers the uid of the call that is in it.
 * @param {Snapshot} snapshot
 */
export function renderRoom(snapshot) {
  const room = byId("room");
  const call = chosen(snapshot.calls);
  if (room.dataset.uid !== (call?.uid ?? "") || !call?.verbs.includes("transfer")) closeTransfer();
  if (call && room.dataset.uid && room.dataset.uid !== call.uid) turned();
  room.dataset.uid = call?.uid ?? "";
  room.dataset.first = snapshot.calls[0]?.uid ?? "";
  byId("call").hidden = !call;
  byId("no-call").hidden = call !== null;
  renderVerbs(call);
  if (call) {
    renderCall(call, isOnline(snapshot));
    renderOthers(snapshot.calls, call);
    tell(byId("said"), [word(`direction.${call.direction}`), word(`state.${call.state}`), nameOf(call)].join(" "));
  } else {
    room.dataset.state = "none";
    tell(byId("said"), "");
    renderNoCall(snapshot);
  }
  return call?.uid ?? "";
}

/** The transfer's field takes the room of the refusal line. */
export function openTransfer() {
  if (buttonById("transfer").disabled) return;
  byId("transfer-form").hidden = false;
  byId("call-notice").hidden = true;
  buttonById("transfer").setAttribute("aria-expanded", "true");
  inputById("transfer-target").focus();
  explainTarget();
}

/** Closes the field; true when it was open. */
export function closeTransfer() {
  const form = byId("transfer-form");
  if (form.hidden) return false;
  const focused = form.contains(document.activeElement);
  form.hidden = true;
  byId("call-notice").hidden = false;
  inputById("transfer-target").value = "";
  buttonById("transfer").setAttribute("aria-expanded", "false");
  if (focused) buttonById("transfer").focus();
  return true;
}

/** @param {(reason: unknown) => void} failed @param {() => void} again renders what is shown */
export function listenRoom(failed, again) {
  const room = byId("room");
  const uid = () => room.dataset.uid ?? "";
  for (const id of ["hold", "survey", "hangup"]) {
    buttonById(id).addEventListener("click", () => {
      if (!settled()) return;
      const verb = /** @type {"hold" | "restore" | "survey" | "hang_up"} */ (buttonById(id).dataset.verb);
      act({ do: verb, uid: uid() }).catch(failed);
    });
  }
  listenTarget();
  buttonById("transfer").addEventListener("click", () => closeTransfer() || openTransfer());
  buttonById("transfer-cancel").addEventListener("click", closeTransfer);
  byId("transfer-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const target = inputById("transfer-target").value.trim();
    if (!target || isNoTarget()) return;
    act({ do: "transfer", uid: uid(), target }).catch(failed);
    closeTransfer();
  });
  buttonById("call-dismiss").addEventListener("click", () => act({ do: "dismiss", uid: uid() }).catch(failed));
  buttonById("call-next").addEventListener("click", () => {
    room.dataset.uid = buttonById("call-next").dataset.next;
    again();
  });
}
