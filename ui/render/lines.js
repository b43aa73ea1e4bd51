// @ts-check
// The calls that are not in the room: a line each, above it. One click brings a call into the room.

import { byId, part, reconcile, stamp, tell, tellWhole } from "../dom.js";
import { dress, problemWords, word } from "../locale.js";
import { settled } from "../settle.js";
import { draw } from "../shape.js";
import { runSince } from "../tick.js";
import { noticeOf } from "./notice.js";
import { nameOf, shapeOf, shortNameOf, stateWord } from "./party.js";

/** @import { CallView, Snapshot } from "../types" */

/** @type {(uid: string) => void} */
let chosen = () => {};

/** @type {(uid: string) => void} */
let answered = () => {};

/** @param {HTMLElement} line @param {CallView} call @param {Snapshot} snapshot */
function fillLine(line, call, snapshot) {
  const button = part(line, "call-line");
  line.dataset.state = call.state;
  line.dataset.heldLong = String(call.held_long);
  line.dataset.unconfirmed = String(call.unconfirmed);
  draw(part(button, "shape"), shapeOf(call));
  tell(part(button, "line-state"), call.pending ? word(`pending.${call.pending}`) : stateWord(call));
  tell(part(button, "value"), shortNameOf(call));
  runSince(part(button, "time"), call.answered ?? call.began);
  part(line, "line-answer").hidden = !call.verbs.includes("answer");
  const title = word("call.next", { number: nameOf(call), state: stateWord(call) });
  button.setAttribute("aria-label", title);
  const notice = noticeOf(snapshot, call.uid);
  tellWhole(part(line, "notice"), notice ? problemWords(notice.problem) : "");
}

function makeLine() {
  const line = stamp("call-line");
  part(line, "call-line").addEventListener("click", () => chosen(line.dataset.key ?? ""));
  part(line, "line-answer").addEventListener("click", () => settled() && answered(line.dataset.key ?? ""));
  dress(line);
  return line;
}

/** @param {Snapshot} snapshot @param {string} uid the call in the room */
export function renderLines(snapshot, uid) {
  const others = snapshot.calls.filter((call) => call.uid !== uid);
  byId("call-lines").hidden = others.length === 0;
  // What the room of one call has to spare: a line; two lines without the callee; and more of them beside each other.
  byId("room").dataset.others = others.length < 2 ? String(others.length) : others.length === 2 ? "two" : "many";
  reconcile(byId("call-lines"), others, (call) => call.uid, makeLine, (line, call) => fillLine(line, call, snapshot));
}

/** @param {(uid: string) => void} choose @param {(uid: string) => void} answer */
export function listenLines(choose, answer) {
  chosen = choose;
  answered = answer;
}
