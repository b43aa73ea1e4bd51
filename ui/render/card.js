// @ts-check
// One call in the pop-up.

import { act, problemOf } from "../ipc.js";
import { enable, hide, part, setTip, stamp, tell, tellWhole } from "../dom.js";
import { plain } from "../format.js";
import { dress, problemWords, word } from "../locale.js";
import { settled } from "../settle.js";
import { draw, drawAll } from "../shape.js";
import { runSince } from "../tick.js";
import { fillBehind, listenBehind } from "./behind.js";
import { askCaller } from "./history.js";
import { noticeOf } from "./notice.js";
import { nameOf, shapeOf, stateWord, tellName } from "./party.js";
import { fillHold, fillVerb } from "./verbs.js";

/** @import { CallView, Snapshot } from "../types" */

/** @param {HTMLElement} card @param {string} name */
const button = (card, name) => /** @type {HTMLButtonElement} */ (part(card, name));

/** @param {HTMLElement} card */
const target = (card) => /** @type {HTMLInputElement} */ (part(card, "target"));

/** @param {HTMLElement} card @param {string} name @param {string} value */
function fillFact(card, name, value) {
  const fact = part(card, name);
  tell(part(fact, "value"), plain(value) || "–");
  fact.dataset.copy = value;
  setTip(fact, value ? word("copy.title", { value: plain(value) }) : "");
}

/** @param {HTMLElement} card @param {CallView} call */
function fillFace(card, call) {
  tell(part(card, "direction"), word(`direction.${call.direction}`));
  tellName(part(card, "number"), part(card, "second"), call);
  tell(part(card, "keypad-number"), nameOf(call));
  fillFact(card, "callee", call.callb);
  part(card, "uid").hidden = call.uid.startsWith("sip:");
  fillFact(card, "uid", call.uid);
}

/** @param {HTMLElement} card @param {CallView | null} call */
function fillState(card, call) {
  const state = call ? call.state : "ended";
  card.dataset.state = state;
  card.dataset.heldLong = String(call?.held_long ?? false);
  card.dataset.unconfirmed = String(call?.unconfirmed ?? false);
  draw(part(part(card, "card-state"), "shape"), call ? shapeOf(call) : "ended");
  tell(part(card, "state-word"), call ? stateWord(call) : word("state.ended"));
  runSince(part(card, "card-time"), call ? call.answered ?? call.began : null);
  fillVerb(button(card, "answer"), "answer", call);
  const rings = call !== null && (call.pending === "answer" || call.verbs.includes("answer"));
  button(card, "answer").hidden = !rings;
  fillHold(button(card, "hold"), button(card, "restore"), call);
  fillVerb(button(card, "transfer"), "transfer", call);
  fillVerb(button(card, "hangup"), "hang_up", call);
  fillVerb(button(card, "keypad-hangup"), "hang_up", call);
  // What rings here can be answered or declined, and nothing else.
  for (const name of ["hold", "transfer"]) button(card, name).hidden = rings;
  if (rings) tell(part(button(card, "hangup"), "word"), word("verb.decline"));
  card.setAttribute("aria-label", call ? `${word(`direction.${call.direction}`)} ${nameOf(call)}` : word("state.ended"));
}

/**
 * Shows a call. A call that is no longer on the desk is shown as ended until the desk closes the card.
 * @param {HTMLElement} card
 * @param {string} uid
 * @param {Snapshot} snapshot
 */
export function fillCard(card, uid, snapshot) {
  const call = snapshot.calls.find((each) => each.uid === uid) ?? null;
  if (call) fillFace(card, call);
  fillState(card, call);
  // Typed text is discarded only with its call; while the call cannot be transferred, it stays.
  if (!call) forgetKeypad(card);
  enable(button(card, "send"), call?.verbs.includes("transfer") ?? false);
  button(card, "over").hidden = !(call?.closable && call.unconfirmed);
  fillBehind(part(card, "behind"), call, snapshot.calls);
  if (call) askCaller(part(card, "history"), call);
  const notice = noticeOf(snapshot, uid);
  tellWhole(part(card, "notice"), notice ? problemWords(notice.problem) : "");
}

/** Closes the keypad. Its text is kept for the next time. @param {HTMLElement} card */
export function closeKeypad(card) {
  const focused = part(card, "keypad").contains(document.activeElement);
  hide(part(card, "keypad"));
  part(card, "face").hidden = false;
  // After the end of the call the button is grey, and nothing has the focus.
  if (focused) button(card, "transfer").focus();
}

/** @param {HTMLElement} card */
function forgetKeypad(card) {
  closeKeypad(card);
  target(card).value = "";
}

/** @param {HTMLElement} card */
function openKeypad(card) {
  part(card, "face").hidden = true;
  part(card, "keypad").hidden = false;
  // Gets the keyboard only if the window already has it: the pop-up never takes it.
  target(card).focus();
}

/** @param {HTMLElement} card */
function listenKeypad(card) {
  const field = target(card);
  part(card, "keys").addEventListener("click", (event) => {
    const key = event.target instanceof Element ? event.target.closest("button") : null;
    if (!key) return;
    // The number that was sent can be corrected; a new number starts from scratch.
    if (key.dataset.digit && field.dataset.sent) field.value = "";
    delete field.dataset.sent;
    field.value = key.dataset.digit ? (field.value + key.dataset.digit).slice(0, field.maxLength) : field.value.slice(0, -1);
    field.scrollLeft = field.scrollWidth;
  });
  part(card, "cancel").addEventListener("click", () => forgetKeypad(card));
  part(card, "keypad").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = field.value.trim();
    if (!settled() || !wanted || button(card, "send").disabled) return;
    act({ do: "transfer", uid: card.dataset.key ?? "", target: wanted, sure: false }).catch((reason) => failed(card, reason));
    field.dataset.sent = "true";
    closeKeypad(card);
  });
}

/** Shows that an intent did not even reach the desk. @param {HTMLElement} card @param {unknown} reason */
function failed(card, reason) {
  tellWhole(part(card, "notice"), problemWords(problemOf(reason)));
}

export function makeCard() {
  const card = stamp("popup-card");
  dress(card);
  drawAll(card);
  for (const name of ["answer", "hold", "restore", "hangup", "keypad-hangup"]) {
    button(card, name).addEventListener("click", () => {
      if (!settled()) return;
      const verb = /** @type {"answer" | "hold" | "restore" | "hang_up"} */ (button(card, name).dataset.verb);
      act({ do: verb, uid: card.dataset.key ?? "" }).catch((reason) => failed(card, reason));
    });
  }
  button(card, "transfer").addEventListener("click", () => openKeypad(card));
  button(card, "dismiss").addEventListener("click", () => {
    if (!settled()) return;
    act({ do: "dismiss", uid: card.dataset.key ?? "" }).catch((reason) => failed(card, reason));
  });
  button(card, "over").addEventListener("click", () => {
    if (settled()) act({ do: "over", uid: card.dataset.key ?? "" }).catch((reason) => failed(card, reason));
  });
  listenBehind(part(card, "behind"), (reason) => failed(card, reason));
  listenKeypad(card);
  return card;
}
