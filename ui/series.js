// @ts-check
// All presses of a double click mean what was under the pointer at the first one. A button that has come in another's place
// meanwhile, or that does something else now, takes none of them: the second press on Hold is no Resume.

/** What the first press of the series met. @type {{control: Element | null, meaning: string}} */
let first = { control: null, meaning: "" };

/** @param {Event} event */
const controlOf = (event) => (event.target instanceof Element ? event.target.closest("button, label:has(> input)") : null);

/** What makes a button another one though it is the same element. */
const TOLD = ["data-verb", "data-copy", "data-number", "aria-label", "aria-expanded", "aria-pressed", "aria-checked"];

/** What a press on it would do, and to which call. @param {Element | null} control */
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

/** Whether this click does what the series began with. One that no pointer has made (a key, a script) is a series of its own. @param {MouseEvent} event */
function isMeant(event) {
  const control = controlOf(event);
  return event.detail === 0 || (control === first.control && meaningOf(control) === first.meaning);
}

/** Longer than a double press of a key, in ms. */
const DOUBLE = 600;

/** What each key did last, and when. @type {Map<string, {meaning: string, at: number}>} */
const keys = new Map();

/** Whether a key does this: not where it has done something else just now. @param {string} key @param {string} meaning */
export function keyMeans(key, meaning) {
  const before = keys.get(key);
  if (before && before.meaning !== meaning && performance.now() - before.at < DOUBLE) return false;
  keys.set(key, { meaning, at: performance.now() });
  return true;
}

/** Looks at every press from now on. */
export function watchPresses() {
  addEventListener("mousedown", begin, true);
  addEventListener("click", (event) => {
    if (isMeant(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  // A key that is held down presses a button again and again.
  addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target instanceof HTMLButtonElement) event.preventDefault();
  }, true);
}
