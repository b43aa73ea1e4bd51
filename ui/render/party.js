// @ts-check
// Who a call is with, and its state in words and shape.

import { tell } from "../dom.js";
import { grouped } from "../format.js";
import { word } from "../locale.js";

/** @import { CallView, Row } from "../types" */

/** Who the other party is: by name where one is known, else the number in groups. @param {CallView | Row} call */
export const nameOf = (call) => ("name" in call && call.name) || grouped(call.other) || word("call.unknown_number");

/** So many letters of usual width are as wide as a card; of fewer there is room for a button beside them. */
const WIDE = 17;
const BESIDE = 13;

/** Letters, of which Chinese ones are twice as wide. @param {string} text */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter >= "\u2e80" ? 2 : 1), 0);

/** Shows who a call is with; what is long is written smaller. @param {HTMLElement} element @param {CallView | Row} call */
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
