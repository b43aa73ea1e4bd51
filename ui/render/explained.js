// @ts-check
// The text next to a field about what the desk makes of the typed number.

import { part, stamp, tell } from "../dom.js";
import { grouped } from "../format.js";
import { problemWords, word } from "../locale.js";
import { cut } from "./party.js";

/** @import { Choice, Explained } from "../types" */

/** How many characters of words beside a number to show. */
const SHOWN = 16;

/**
 * The text for a number, or for the problem with it.
 * @param {Explained} explained
 * @param {"dial.preview" | "transfer.preview"} key
 */
export function explainedWords({ dialled, then, left_out: words, steps, ask, problem }, key) {
  if (problem) return problemWords(problem);
  if (!dialled) return "";
  const said = then ? word(`${key}_then`, { number: grouped(dialled), then }) : word(key, { number: grouped(dialled) });
  const rules = steps.map((step) => word(`step.${step}`));
  if (ask !== null) rules.push(word("step.ask"));
  const routed = rules.length ? word("dial.steps", { said, steps: rules.join(word("step.and")) }) : said;
  return words ? word("dial.left_out", { said: routed, words: cut(words, SHOWN) }) : routed;
}

/** A choice as text for the field. @param {Choice} choice */
const asTyped = ({ dialled, then }) => (then ? `${dialled} x${then}` : dialled);

/**
 * Shows a button for each possible number. Unchanged buttons stay and keep the focus.
 * @param {HTMLElement} list
 * @param {Choice[]} choices
 * @param {(number: string) => void} choose
 */
export function offerChoices(list, choices, choose) {
  list.hidden = choices.length === 0;
  const key = choices.map(asTyped).join();
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...choices.map((choice) => button(choice, choose)));
}

/** @param {Choice} choice @param {(number: string) => void} choose */
function button(choice, choose) {
  const view = stamp("choice-view");
  const number = grouped(choice.dialled);
  tell(part(view, "word"), choice.then ? word("dial.choice_then", { number, then: choice.then }) : number);
  view.addEventListener("click", () => choose(asTyped(choice)));
  return view;
}

/** Keeps pasted lines apart: a field has one line, so two numbers would silently become one. @param {HTMLInputElement} field */
export function keepLines(field) {
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!/[\r\n]/.test(text)) return;
    event.preventDefault();
    field.setRangeText(text.replace(/\s*[\r\n]+\s*/g, " / "), field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}
