// @ts-check
// A panel is no browser: what a web view would do by itself (reload, print, go back, its own menu) is off. Zooming stays.

import { isTextField } from "./keys.js";

/** With Ctrl or Cmd. */
const WITH_CTRL = ["f", "g", "j", "o", "p", "r", "s", "u"];
const ALONE = ["F3", "F5", "F7", "BrowserBack", "BrowserForward", "BrowserRefresh", "BrowserHome", "BrowserSearch", "GoBack"];

/** @param {KeyboardEvent} event */
function isBrowsers(event) {
  if (ALONE.includes(event.key)) return true;
  if (event.key === "Backspace") return !isTextField(event.target);
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") return event.altKey || (event.metaKey && !isTextField(event.target));
  if (event.key === "[" || event.key === "]") return event.metaKey;
  return (event.ctrlKey || event.metaKey) && !event.altKey && WITH_CTRL.includes(event.key.toLowerCase());
}

/** @param {MouseEvent} event */
const isSideButton = (event) => event.button === 3 || event.button === 4;

export function turnBrowserOff() {
  addEventListener("keydown", (event) => isBrowsers(event) && event.preventDefault(), true);
  addEventListener("contextmenu", (event) => isTextField(event.target) || event.preventDefault());
  for (const name of /** @type {const} */ (["mousedown", "mouseup", "auxclick"])) {
    addEventListener(name, (event) => isSideButton(event) && event.preventDefault());
  }
  // Something that is dropped belongs into a field, or nowhere.
  for (const name of /** @type {const} */ (["dragover", "drop"])) {
    addEventListener(name, (event) => isTextField(event.target) || event.preventDefault());
  }
}
