// @ts-check
// The buttons of a call, the same in window and pop-up.

import { enable, part, setTip, tell } from "../dom.js";
import { CHORD } from "../keys.js";
import { word } from "../locale.js";
import { draw } from "../shape.js";

/** @import { CallView, Targets, Verb } from "../types" */

/** The key of each verb. @type {Partial<Record<Verb, string>>} */
const LETTERS = { hold: "H", restore: "H", transfer: "T", survey: "S", hang_up: "E", answer: "A" };

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

/** Whether the verb's key does this to this call: hold and resume have one, and it holds whom it can. @param {Verb} verb @param {CallView} call @param {Targets} targets */
function hasKey(verb, call, targets) {
  if (verb === "restore" && targets.hold) return false;
  return targets[/** @type {keyof Targets} */ (verb)] === call.uid;
}

/**
 * What a button does, in words; with its key where that acts on this very call.
 * @param {HTMLButtonElement} button
 * @param {CallView | null} call
 * @param {Targets} targets
 */
export function explainVerb(button, call, targets) {
  const verb = /** @type {Verb} */ (button.dataset.verb);
  const letter = LETTERS[verb] ?? "";
  const what = word(`key.${verb}`);
  const keyed = call !== null && hasKey(verb, call, targets);
  setTip(button, keyed ? word("key.with", { what, letter }) : what);
  if (keyed) button.setAttribute("aria-keyshortcuts", `${CHORD.startsWith("Alt") ? "Alt" : "Control+Meta"}+${letter}`);
  else button.removeAttribute("aria-keyshortcuts");
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
