// @ts-check
// Texts: locales/*.json are flat maps from key to sentence, with {name} for values.

import { setTip } from "./dom.js";
import { plain } from "./format.js";
import { CHORD } from "./keys.js";

/** @import { Problem } from "./types" */

/** @type {Record<string, string>} */
let words = {};

/**
 * Switches to a language and fills in the page's texts.
 * @param {string} language
 */
export async function speak(language) {
  const answer = await fetch(new URL(`locales/${language}.json`, import.meta.url));
  words = await answer.json();
  document.documentElement.lang = language;
  dress(document);
}

/** Values available to every sentence: `{key}` is the modifier key for letters. @type {Record<string, string>} */
const COMMON = { key: CHORD };

/**
 * The sentence for a key.
 * @param {string} key
 * @param {Record<string, string>} [values]
 */
export function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? COMMON[name] ?? hole);
}

/**
 * The sentence for a problem. The server's own words are shown only if the sentence has a place for them: in it, or behind a line
 * break as a technical detail (`tell` in `dom.js`).
 * @param {Problem} problem
 */
export function problemWords(problem) {
  const key = `problem.${problem.code}`;
  const detail = plain(problem.detail);
  if (!words[key]) return word("problem.unknown", { code: problem.code });
  const whole = word(key, { detail });
  return detail ? whole : (whole.split("\n")[0] ?? "");
}

/** Adds to a sentence; its technical detail stays behind it. @param {string} said @param {string} more */
export function addTo(said, more) {
  const [sentence = "", ...details] = said.split("\n");
  return [sentence + more, ...details].join("\n");
}

/**
 * Fills `data-word` (text), `data-word-label` (aria-label), `data-word-hint` (placeholder) and `data-word-tip`.
 * @param {ParentNode} root
 */
export function dress(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.getAttribute("data-word") ?? "");
  }
  for (const [from, to] of [["label", "aria-label"], ["hint", "placeholder"]]) {
    for (const element of root.querySelectorAll(`[data-word-${from}]`)) {
      element.setAttribute(to ?? "", word(element.getAttribute(`data-word-${from}`) ?? ""));
    }
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-word-tip]"))) {
    setTip(element, word(element.dataset.wordTip ?? ""));
  }
}
