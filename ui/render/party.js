// @ts-check
// The other party of a call, and its state as text and shape.

import { setTip, tell } from "../dom.js";
import { grouped, plain } from "../format.js";
import { word } from "../locale.js";

/** @import { CallView, Row, Who } from "../types" */

/** How many characters of names and companies to show. The tip has all of them. */
const SHOWN = 36;
const SHOWN_COMPANY = 24;

/** The same where calls share the room, as a width in letters: one line for each, and less beside a button. */
const NARROW = 20;
const NARROWEST = 10;
/** The same of a line above them, which has the state, too. */
const IN_LINE = 18;
/** And of a company beside a button. */
const BESIDE_COMPANY = 8;

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

/** @param {string} text @param {number} most the width in letters */
function narrowed(text, most) {
  if (widthOf(text) <= most) return text;
  let kept = "";
  for (const letter of text) {
    if (widthOf(kept + letter) >= most) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

/** The other party for a line that it shares with others. @param {CallView} call */
export const shortNameOf = (call) => (isNamed(call) ? narrowed(everybody(call), IN_LINE) : numberOf(call));

/**
 * Shows the other party: the name in large letters with the number below, or only the number. Long texts are smaller.
 * @param {HTMLElement} element
 * @param {HTMLElement} second the line for the number
 * @param {CallView} call
 * @param {boolean} [shares] with other calls: a short name, and the number beside it
 */
export function tellName(element, second, call, shares = false) {
  const named = isNamed(call);
  const name = named && shares ? narrowed(everybody(call), call.closable ? NARROWEST : NARROW) : nameOf(call);
  tell(element, name);
  const width = widthOf(name);
  element.dataset.length = width > WIDE ? "long" : width > BESIDE ? "middle" : "usual";
  element.dataset.named = String(named);
  const companies = [...new Set(call.who.map(({ company }) => plain(company)).filter(Boolean))];
  const company = shares ? "" : cut(companies.join(" / "), call.closable ? BESIDE_COMPANY : SHOWN_COMPANY);
  tell(second, named ? [numberOf(call), company].filter(Boolean).join(" · ") : "");
  const isWhole = call.who.length <= 1 && everybody(call) === name && companies.join(" / ") === company;
  setTip(element, named && !isWhole ? call.who.map(whole).join("; ") : "");
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
