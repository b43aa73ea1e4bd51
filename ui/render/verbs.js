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
 * Hold and resume share a button: it offers what undoes the state that is observed.
 * @param {CallView | null} call
 * @returns {Verb}
 */
export function holdOrRestore(call) {
  if (!call) return "hold";
  if (call.pending === "hold" || call.pending === "restore") return call.pending;
  return call.state === "held" || (call.verbs.includes("restore") && !call.verbs.includes("hold")) ? "restore" : "hold";
}
