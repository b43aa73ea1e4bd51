// @ts-check
// The newest rows of the journal, or those that match the filter, each with recording, note and disposition.

import { part, byId, reconcile, setTip, stamp, tell } from "../dom.js";
import { clock, duration, grouped } from "../format.js";
import { recent, seeMissed } from "../ipc.js";
import { journal } from "../journal.js";
import { dress, problemWords, word } from "../locale.js";
import { hearing } from "../player.js";
import { draw, drawAll } from "../shape.js";
import { runSince } from "../tick.js";
import { fillDial } from "./dial.js";
import { openTab } from "./tabs.js";
import { chosenFilter, clearFilter, isFiltered, listenFilter, renderFilter } from "./filter.js";
import { brief } from "./history.js";
import { isNamed, nameOf, numberOf } from "./party.js";
import { closeRemarks, fillRemarks, listenRemarks, toggleRemarks } from "./remarks.js";

/** @import { Hearing } from "../player.js" */
/** @import { CallView, Row, Snapshot } from "../types" */

/** Rows per query. */
const SOME = 50;

/** A number with more characters is written smaller. */
const LONG = 14;

/** The rows on the screen. @type {Row[]} */
let rows = [];

/** Whether there are more behind them. */
let more = false;

/** The number of the latest query. Older answers are dropped. */
let asked = 0;

/** The calls that are up. @type {CallView[]} */
let calls = [];

/** Whether the server tells when a call is answered; polls cannot know. */
let pushes = false;

/** @param {Row} row */
const isMissed = ({ missed }) => missed !== "no";

/** @param {Row} row */
const kindOf = (row) => (isMissed(row) ? "missed" : row.direction === "callin" ? "in" : "out");

/** The text for a call that is over. @param {Row} row @param {string} ended */
function overWords(row, ended) {
  if (isMissed(row)) {
    const missed = word(row.missed === "yes" ? "recent.missed" : "recent.probably_missed");
    return row.offers > 1 ? `${missed} ×${row.offers}` : missed;
  }
  // The day is the one that stands beside it.
  if (!row.end_seen) return word("recent.seen_until", { time: clock(ended).split(" ").at(-1) ?? "" });
  if (row.reason && row.reason !== "hangup") return word(`reason.${row.reason}`);
  return row.talked_seconds === null ? "" : duration(row.talked_seconds);
}

/** @param {HTMLElement} view @param {Row} row @param {CallView | undefined} call while it is up */
function renderDetail(view, row, call) {
  const detail = part(view, "detail");
  if (!row.ended) return runSince(detail, call?.answered ?? call?.began);
  delete detail.dataset.since;
  tell(detail, overWords(row, row.ended));
}

/** @param {HTMLElement} view @param {Row} row */
function fillRow(view, row) {
  const kind = kindOf(row);
  const call = calls.find((each) => each.uid === row.uid);
  view.dataset.kind = kind;
  view.dataset.uid = row.uid;
  view.dataset.live = String(!row.ended && Boolean(call));
  view.dataset.title = `${nameOf(row)} · ${clock(row.began)}`;
  draw(part(view, "shape"), kind);
  const name = word(row.missed === "probably" ? "recent.probably_missed" : `recent.${kind}`);
  part(view, "kind").setAttribute("aria-label", name);
  setTip(part(view, "kind"), name);
  const number = part(view, "number");
  tell(part(number, "value"), nameOf(row));
  tell(part(number, "aside"), isNamed(row) ? numberOf(row) : "");
  number.dataset.named = String(isNamed(row));
  number.dataset.length = !isNamed(row) && nameOf(row).length > LONG ? "long" : "usual";
  number.dataset.number = row.other;
  setTip(number, row.other ? word("recent.fill", { number: grouped(row.other) }) : "");
  renderDetail(view, row, call);
  tell(part(view, "at"), clock(row.began));
  // An unanswered call has no recording, and an active one has none yet.
  const talked = row.answered !== null || !pushes;
  part(view, "play").hidden = !row.ended || isMissed(row) || row.reason === "no_answer" || !talked;
  const said = [row.disposition, row.second, brief(row.note)].filter(Boolean).join(" · ");
  tell(part(view, "said"), said);
  fillRemarks(view, row);
}

/** Takes the desk's calls, for their durations. @param {Snapshot} snapshot */
export function renderRecent(snapshot) {
  calls = snapshot.calls;
  pushes = snapshot.connection.state === "push";
  showRows();
}

function showRows() {
  reconcile(byId("recent-list"), rows, (row) => String(row.id), makeRow, fillRow);
  byId("recent-none").hidden = rows.length > 0;
  tell(byId("recent-none"), word(isFiltered() ? "recent.none_found" : "recent.none"));
  byId("recent-more").hidden = !more;
  renderHearing(hearing());
}

/** Redraws the list, in another language or after a change. */
export function renderJournal() {
  const view = journal();
  tell(byId("missed-count"), view?.unseen ? word("recent.missed_count", { count: String(view.unseen) }) : "");
  const problem = byId("journal-problem");
  tell(problem, view?.problem ? problemWords(view.problem) : "");
  problem.hidden = !view?.problem;
  renderFilter(view?.dispositions ?? []);
}

/** Queries the newest rows; older ones on the screen stay. @param {boolean} [anew] the filter has changed */
export async function refresh(anew = false) {
  const question = ++asked;
  if (anew) more = false;
  const page = await recent({ ...chosenFilter(), before: null, limit: SOME }).catch(() => null);
  if (!page || question !== asked) return;
  const last = page.rows.at(-1)?.id ?? 0;
  const older = page.more && !anew ? rows.filter((row) => row.id < last) : [];
  more = older.length ? more : page.more;
  rows = [...page.rows, ...older];
  showRows();
}

async function askForMore() {
  const question = ++asked;
  const before = rows.at(-1)?.id ?? null;
  const page = await recent({ ...chosenFilter(), before, limit: SOME }).catch(() => null);
  if (!page || question !== asked) return;
  rows = [...rows, ...page.rows];
  more = page.more;
  showRows();
}

/** Queries with a changed filter. */
function lookAnew() {
  byId("panel-recent").scrollTop = 0;
  refresh(true);
}

/** The agent is active, so the shown missed calls count as seen. */
function see() {
  const newest = rows[0];
  if (!newest || !journal()?.unseen || isFiltered() || byId("panel-recent").hidden || byId("desk").hidden) return;
  seeMissed(newest.id).catch(() => {});
}

/** Marks the call being played. @param {Hearing} hearing */
export function renderHearing({ uid, state }) {
  for (const row of /** @type {Iterable<HTMLElement>} */ (byId("recent-list").children)) {
    const own = row.dataset.uid === uid && uid ? state : "closed";
    if (row.dataset.hearing === own) continue;
    row.dataset.hearing = own;
    const play = part(row, "play");
    const name = word(own === "playing" ? "player.pause" : "player.play");
    draw(part(play, "shape"), own === "playing" ? "pause" : own === "loading" ? "wait" : "play");
    play.setAttribute("aria-label", name);
    setTip(play, name);
  }
}

/** Shows a call's row with its note open. @param {string} id */
export async function openLine(id) {
  if (isFiltered()) {
    clearFilter();
    await refresh(true);
  }
  const view = /** @type {HTMLElement | null} */ (byId("recent-list").querySelector(`[data-key="${CSS.escape(id)}"]`));
  if (!view) return;
  toggleRemarks(view, true);
  view.scrollIntoView({ block: "nearest" });
}

/** @param {(uid: string, title: string) => void} play @param {(reason: unknown) => void} failed */
export function listenRecent(play, failed) {
  const list = byId("recent-list");
  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const view = button?.closest(".row");
    if (!button || !(view instanceof HTMLElement)) return;
    if (button.classList.contains("play")) play(view.dataset.uid ?? "", view.dataset.title ?? "");
    else if (button.classList.contains("number")) fillDial(part(view, "number").dataset.number ?? "");
    else if (button.classList.contains("unfold")) toggleRemarks(view);
  });
  list.addEventListener("unfolded", showRows);
  listenRemarks(list, failed);
  byId("recent-more").addEventListener("click", askForMore);
  listenFilter(lookAnew, () => openTab("tab-recent"));
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, see, true);
  addEventListener("focus", see);
  // The text in a row's note belongs to that row only.
  byId("tabs").addEventListener("click", () => closeRemarks(list));
}

function makeRow() {
  const view = stamp("recent-row");
  dress(view);
  drawAll(view);
  return view;
}
