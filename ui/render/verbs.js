// @ts-check
// The buttons of a call, the same in window and pop-up.

import { enable, part, tell } from "../dom.js";
import { word } from "../locale.js";
import { draw } from "../shape.js";

/** @import { CallView, Verb } from "../types" */

/**
 * A verb's button: its word, or that it is under way; enabled when it makes sense now.
 * @param {HTMLButtonElement} button
 * @param {Verb} verb
 * @param {CallView | null} call
 */
export function fillVerb(button, verb, call) {
  const pending = call?.pending === verb;
  draw(part(button, "shape"), verb);
  tell(part(button, "word"), word(pending ? `pending.${verb}` : `verb.${verb}`));
  button.dataset.verb = verb;
  button.setAttribute("aria-busy", String(pending));
  enable(button, !pending && (call?.verbs.includes(verb) ?? false));
}

/**
 * Hold and resume are one toggle, and the desk decides what it offers. Only where the desk does not know whether the call is
 * held there are both.
 * @param {HTMLButtonElement} toggle
 * @param {HTMLButtonElement} other
 * @param {CallView | null} call
 */
export function fillHold(toggle, other, call) {
  const both = offers(call, "hold") && offers(call, "restore");
  fillVerb(toggle, both ? "hold" : toggled(call), call);
  fillVerb(other, "restore", call);
  other.hidden = !both;
}

/** @param {CallView | null} call @param {Verb} verb */
const offers = (call, verb) => call !== null && (call.verbs.includes(verb) || call.pending === verb);

/** @param {CallView | null} call @returns {Verb} */
function toggled(call) {
  if (offers(call, "restore")) return "restore";
  // Where neither can be done now, the button keeps the word that fits.
  return !offers(call, "hold") && call?.state === "held" ? "restore" : "hold";
}
