// @ts-check
// Keys of a window: a letter with Alt (Ctrl+Cmd on macOS), and Esc.

import { focusSettled } from "./settle.js";

const MAC = /^Mac/.test(navigator.platform);

/** What is said before a letter in a button's title. */
export const CHORD = MAC ? "⌃⌘" : "Alt+";

/** @param {EventTarget | null} target */
export const isTextField = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "range", "radio"].includes(target.type));

/** The letter by what is printed on the key; with an input method or a non-Latin layout, by where it is. @param {KeyboardEvent} event */
function letterOf(event) {
  const letter = /^[a-z]$/i.test(event.key) ? event.key : event.code.replace(/^Key/, "");
  return letter.toUpperCase();
}

/** Alt alone: AltGr writes characters, and is Ctrl+Alt on Windows. @param {KeyboardEvent} event */
function isChord(event) {
  if (event.shiftKey || event.getModifierState("AltGraph")) return false;
  if (MAC) return event.ctrlKey && event.metaKey && !event.altKey;
  return event.altKey && !event.ctrlKey && !event.metaKey;
}

/** @param {KeyboardEvent} event */
const isPlain = (event) => !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;

/** Whether a key does more than to write into a field, or to move between fields. @param {KeyboardEvent} event */
const acts = (event) => !isTextField(event.target) || ["Enter", "Escape"].includes(event.key) || isChord(event);

/**
 * Runs the action of a letter that is pressed with Alt, also in text fields; letters alone only where the agent wants that,
 * and outside of fields. While the focus has just moved by itself, no key acts.
 * @param {Record<string, () => void>} letters
 * @param {Record<string, () => void>} alone those of them that need no Alt where the agent wants that
 * @param {() => void} escape
 * @param {() => boolean} wantsAlone
 */
export function onKeys(letters, alone, escape, wantsAlone) {
  addEventListener("keydown", (event) => {
    if (event.isComposing || ["Tab", "Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    if (!focusSettled() && acts(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (event.repeat) return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  }, true);

  /** @param {KeyboardEvent} event */
  function actionOf(event) {
    if (event.key === "Escape") return isPlain(event) ? escape : undefined;
    const letter = letterOf(event);
    if (isChord(event)) return Object.hasOwn(letters, letter) ? letters[letter] : undefined;
    if (!wantsAlone() || !isPlain(event) || isTextField(event.target)) return undefined;
    return Object.hasOwn(alone, letter) ? alone[letter] : undefined;
  }
}
