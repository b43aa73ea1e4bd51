// @ts-check
// The last calls, each with its recording.

import { part, byId, reconcile, setTip, stamp, tell } from "../dom.js";
import { clock, duration, grouped } from "../format.js";
import { dress, word } from "../locale.js";
import { hearing } from "../player.js";
import { draw, drawAll } from "../shape.js";
import { runSince } from "../tick.js";
import { fillDial } from "./dial.js";
import { nameOf } from "./party.js";

/** @import { Hearing } from "../player.js" */
/** @import { CallView, Entry, Snapshot } from "../types" */

/** @param {Entry} entry */
const isMissed = ({ missed }) => missed !== "no";

/** @param {Entry} entry */
const kindOf = (entry) => (isMissed(entry) ? "missed" : entry.direction === "callin" ? "in" : "out");

/** What is said of a call that is over. @param {Entry} entry @param {string} ended */
function overWords(entry, ended) {
  if (isMissed(entry)) {
    const missed = word(entry.missed === "yes" ? "recent.missed" : "recent.probably_missed");
    return entry.offers > 1 ? `${missed} ×${entry.offers}` : missed;
  }
  if (!entry.end_seen) return word("recent.seen_until", { time: clock(ended) });
  if (entry.reason && entry.reason !== "hangup") return word(`reason.${entry.reason}`);
  return entry.talked_seconds === null ? "" : duration(entry.talked_seconds);
}

/** @param {HTMLElement} row @param {Entry} entry @param {CallView | undefined} call while it is up */
function renderDetail(row, entry, call) {
  const detail = part(row, "detail");
  if (!entry.ended) return runSince(detail, call?.answered ?? call?.began);
  delete detail.dataset.since;
  tell(detail, overWords(entry, entry.ended));
}

/** @param {HTMLElement} row @param {Entry} entry @param {CallView[]} calls */
function fillRow(row, entry, calls) {
  const kind = kindOf(entry);
  row.dataset.kind = kind;
  row.dataset.uid = entry.uid;
  row.dataset.live = String(!entry.ended);
  row.dataset.title = `${nameOf(entry)} · ${clock(entry.began)}`;
  draw(part(row, "shape"), kind);
  const name = word(entry.missed === "probably" ? "recent.probably_missed" : `recent.${kind}`);
  part(row, "kind").setAttribute("aria-label", name);
  setTip(part(row, "kind"), name);
  const number = part(row, "number");
  tell(part(number, "value"), nameOf(entry));
  number.dataset.number = entry.other;
  setTip(number, entry.other ? word("recent.fill", { number: grouped(entry.other) }) : "");
  renderDetail(row, entry, calls.find((call) => call.uid === entry.uid));
  tell(part(row, "at"), clock(entry.began));
  // A call that nobody answered has no recording; one that is up has none yet.
  part(row, "play").hidden = !entry.ended || isMissed(entry) || entry.reason === "no_answer";
}

/** @param {Snapshot} snapshot */
export function renderRecent(snapshot) {
  byId("recent-none").hidden = snapshot.recent.length > 0;
  reconcile(byId("recent-list"), snapshot.recent, (entry) => `${entry.uid} ${entry.began}`, makeRow, (row, entry) => fillRow(row, entry, snapshot.calls));
  const missed = snapshot.recent.filter(isMissed).length;
  tell(byId("missed-count"), missed ? word("recent.missed_count", { count: String(missed) }) : "");
  renderHearing(hearing());
}

/** Marks the call that is heard. @param {Hearing} hearing */
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

/** @param {(uid: string, title: string) => void} play */
export function listenRecent(play) {
  byId("recent-list").addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const row = button?.closest(".row");
    if (!(row instanceof HTMLElement)) return;
    if (button?.classList.contains("play")) play(row.dataset.uid ?? "", row.dataset.title ?? "");
    else fillDial(part(row, "number").dataset.number ?? "");
  });
}

function makeRow() {
  const row = stamp("recent-row");
  dress(row);
  drawAll(row);
  return row;
}
