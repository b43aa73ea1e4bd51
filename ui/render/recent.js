// @ts-check
// The last calls, each with its recording.

import { part, byId, reconcile, stamp, tell, tellWhole } from "../dom.js";
import { between, clock, duration, grouped } from "../format.js";
import { dress, problemWords, word } from "../locale.js";
import { seek, stop, toggle } from "../player.js";
import { draw, drawAll } from "../shape.js";
import { runSince } from "../tick.js";
import { fillDial } from "./dial.js";
import { nameOf } from "./party.js";

/** @import { Hearing } from "../player.js" */
/** @import { Entry, Snapshot } from "../types" */

/** @param {Entry} entry */
const kindOf = (entry) => (entry.missed ? "missed" : entry.direction === "callin" ? "in" : "out");

/** @param {HTMLElement} row @param {Entry} entry */
function renderDetail(row, entry) {
  const detail = part(row, "detail");
  if (!entry.ended) return runSince(detail, entry.answered ?? entry.began);
  delete detail.dataset.since;
  if (entry.missed) return tell(detail, word("recent.missed"));
  if (entry.reason && entry.reason !== "hangup") return tell(detail, word(`reason.${entry.reason}`));
  tell(detail, entry.answered ? duration(between(entry.answered, entry.ended)) : "");
}

/** @param {HTMLElement} row @param {Entry} entry */
function fillRow(row, entry) {
  const kind = kindOf(entry);
  row.dataset.kind = kind;
  row.dataset.uid = entry.uid;
  row.dataset.live = String(!entry.ended);
  draw(part(row, "shape"), kind);
  part(row, "kind").title = word(`recent.${kind}`);
  part(row, "kind").setAttribute("aria-label", word(`recent.${kind}`));
  const number = part(row, "number");
  tell(part(number, "value"), nameOf(entry));
  number.dataset.number = entry.other;
  number.title = entry.other ? word("recent.fill", { number: grouped(entry.other) }) : "";
  renderDetail(row, entry);
  tell(part(row, "at"), clock(entry.began));
  // A call that nobody answered has no recording; one that is up has none yet.
  part(row, "play").hidden = !entry.ended || entry.missed || entry.reason === "no_answer";
}

/** @param {Snapshot} snapshot */
export function renderRecent(snapshot) {
  byId("recent-none").hidden = snapshot.recent.length > 0;
  reconcile(byId("recent-list"), snapshot.recent, (entry) => `${entry.uid} ${entry.began}`, makeRow, fillRow);
}

/** @param {HTMLElement} row @param {Hearing} hearing */
function showHearing(row, hearing) {
  const { state, at, length, problem } = hearing;
  const play = part(row, "play");
  const name = word(state === "playing" ? "play.pause" : "play.play");
  draw(part(play, "shape"), state === "playing" ? "pause" : state === "loading" ? "wait" : "play");
  play.title = name;
  play.setAttribute("aria-label", name);
  part(row, "player").hidden = state === "stopped" && !problem;
  row.dataset.hearing = state;
  part(row, "player-bar").hidden = problem !== null;
  part(row, "player-time").hidden = problem !== null;
  tellWhole(part(row, "player-problem"), problem ? problemWords(problem) : state === "loading" ? word("play.loading") : "");
  tell(part(row, "player-time"), state === "loading" ? "" : `${duration(at)} / ${duration(length)}`);
  const position = /** @type {HTMLInputElement} */ (part(row, "position"));
  position.max = String(length || 1);
  position.value = String(at);
  position.style.setProperty("--played", `${length ? (at / length) * 100 : 0}%`);
  position.setAttribute("aria-valuetext", `${duration(at)} / ${duration(length)}`);
}

function makeRow() {
  const row = stamp("recent-row");
  dress(row);
  drawAll(row);
  part(row, "play").addEventListener("click", () => toggle(row.dataset.uid ?? "", (hearing) => showHearing(row, hearing)));
  part(row, "player-close").addEventListener("click", () => {
    stop();
    part(row, "player").hidden = true;
    part(row, "play").focus();
  });
  part(row, "number").addEventListener("click", () => fillDial(part(row, "number").dataset.number ?? ""));
  part(row, "position").addEventListener("input", (event) => {
    seek(Number(/** @type {HTMLInputElement} */ (event.target).value));
  });
  return row;
}
