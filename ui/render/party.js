// @ts-check
// The other party of a call, and its state as text and shape.

import { setTip, tell } from "../dom.js";
import { grouped, plain } from "../format.js";
import { word } from "../locale.js";

/** @import { CallView, Row, Who } from "../types" */

/** How many characters of names and companies to show. The tip has all of them. */
const SHOWN = 36;
const SHOWN_COMPANY = 24;

/** @param {string} text @param {number} most */
export const cut = (text, most) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("").trimEnd()}…` : text);

/** All names for the number. @param {CallView | Row} call */
const everybody = (call) => ("who" in call ? call.who.map(({ name }) => plain(name)).filter(Boolean).join(" / ") : plain(call.name ?? ""));

/** The number in groups. @param {CallView | Row} call */
export const numberOf = (call) => grouped(call.other) || word("call.unknown_number");

/** The other party: its name if known, otherwise the number in groups. @param {CallView | Row} call */
export const nameOf = (call) => cut(everybody(call), SHOWN) || numberOf(call);

/** Whether a name is known. @param {CallView | Row} call */
export const isNamed = (call) => everybody(call) !== "";

/** This many letters of normal width fill a card. Shorter texts leave room for a button. */
const WIDE = 17;
const BESIDE = 13;

/** The width in letters. Chinese ones count twice. @param {string} text */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter >= "\u2e80" ? 2 : 1), 0);

/**
 * Shows the other party: the name in large letters with the number below, or only the number. Long texts are smaller.
 * @param {HTMLElement} element
 * @param {HTMLElement} second the line for the number
 * @param {CallView} call
 */
export function tellName(element, second, call) {
  const name = nameOf(call);
  const named = isNamed(call);
  tell(element, name);
  const width = widthOf(name);
  element.dataset.length = width > WIDE ? "long" : width > BESIDE ? "middle" : "usual";
  element.dataset.named = String(named);
  const companies = [...new Set(call.who.map(({ company }) => plain(company)).filter(Boolean))];
  tell(second, named ? [numberOf(call), cut(companies.join(" / "), SHOWN_COMPANY)].filter(Boolean).join(" · ") : "");
  setTip(element, named && (call.who.length > 1 || everybody(call) !== name || companies.join().length > SHOWN_COMPANY) ? call.who.map(whole).join("; ") : "");
}

/** @param {Who} who */
const whole = ({ name, company }) => (company ? `${plain(name)} (${plain(company)})` : plain(name));

/** @param {CallView} call */
export function shapeOf({ state }) {
  if (state === "in_call") return "talking";
  return state === "hold_unknown" ? "held" : state;
}

/** @param {CallView} call */
export const stateWord = (call) =>
  word(call.unconfirmed ? "state.unconfirmed" : call.held_long ? "state.held_long" : `state.${call.state}`);
