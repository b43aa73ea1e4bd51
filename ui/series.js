// @ts-check
// All clicks of a double click are for what was under the pointer at the first one. A button that has replaced another one since,
// or that now does something else, ignores them: the second click on Hold must not resume.

/** What the first click of the series hit. @type {{control: Element | null, meaning: string}} */
let first = { control: null, meaning: "" };

/** @param {Event} event */
const controlOf = (event) => (event.target instanceof Element ? event.target.closest("button, label:has(> input)") : null);

/** The attributes that change what a button does although the element stays. */
const TOLD = ["data-verb", "data-copy", "data-number", "aria-label", "aria-expanded", "aria-pressed", "aria-checked"];

/** What a click on it would do, and to which call. @param {Element | null} control */
function meaningOf(control) {
  const owner = control?.closest("[data-key], [data-uid]");
  return JSON.stringify([...TOLD.map((name) => control?.getAttribute(name)), owner?.getAttribute("data-key"), owner?.getAttribute("data-uid")]);
}

/** @param {MouseEvent} event */
function begin(event) {
  if (event.detail > 1) return;
  const control = controlOf(event);
  first = { control, meaning: meaningOf(control) };
}

/** Whether this click does what the series began with. A click without a pointer (key, script) is a series of its own. @param {MouseEvent} event */
function isMeant(event) {
  const control = controlOf(event);
  return event.detail === 0 || (control === first.control && meaningOf(control) === first.meaning);
}

/** Longer than pressing a key twice, in ms. */
const DOUBLE = 600;

/** The last action of each key, and when. @type {Map<string, {meaning: string, at: number}>} */
const keys = new Map();

/** Whether a key may do this: not if it has just done something else. @param {string} key @param {string} meaning */
export function keyMeans(key, meaning) {
  const before = keys.get(key);
  if (before && before.meaning !== meaning && performance.now() - before.at < DOUBLE) return false;
  keys.set(key, { meaning, at: performance.now() });
  return true;
}

/** Watches all clicks from now on. */
export function watchPresses() {
  addEventListener("mousedown", begin, true);
  addEventListener("click", (event) => {
    if (isMeant(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  // A key that is held down would press a button over and over.
  addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target instanceof HTMLButtonElement) event.preventDefault();
  }, true);
}
