// @ts-check
// The other party of a call, and its state as text and shape.

import { tell } from "../dom.js";
import { grouped } from "../format.js";
import { word } from "../locale.js";

/** @import { CallView, Row } from "../types" */

/** The other party: its name if known, otherwise the number in groups. @param {CallView | Row} call */
export const nameOf = (call) => ("name" in call && call.name) || grouped(call.other) || word("call.unknown_number");

/** This many letters of normal width fill a card. Shorter texts leave room for a button. */
const WIDE = 17;
const BESIDE = 13;

/** The width in letters. Chinese ones count twice. @param {string} text */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter >= "\u2e80" ? 2 : 1), 0);

/** Shows the other party, smaller if the text is long. @param {HTMLElement} element @param {CallView | Row} call */
export function tellName(element, call) {
  const name = nameOf(call);
  tell(element, name);
  const width = widthOf(name);
  element.dataset.length = width > WIDE ? "long" : width > BESIDE ? "middle" : "usual";
  element.dataset.value = call.other;
}

/** @param {CallView} call */
export function shapeOf({ state }) {
  if (state === "in_call") return "talking";
  return state === "hold_unknown" ? "held" : state;
}

/** @param {CallView} call */
export const stateWord = (call) =>
  word(call.unconfirmed ? "state.unconfirmed" : call.held_long ? "state.held_long" : `state.${call.state}`);
