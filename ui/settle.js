// @ts-check
// A press that was meant for what has just gone, or moved, must not meet what has come in its place.

/** Longer than a double click, in ms. */
const SETTLING = 600;

let turnedAt = Number.NEGATIVE_INFINITY;
let movedAt = Number.NEGATIVE_INFINITY;

/** What had the focus when the agent last did something. @type {Element | null} */
let focused = null;

/** Whether the agent is doing something right now. */
let acting = false;

/** Another call has taken a call's place, or what is pressed has moved. The page's body says so (`data-settling`). */
export function turned() {
  turnedAt = performance.now();
  document.body.dataset.settling = "true";
  setTimeout(settle, SETTLING + 1);
}

function settle() {
  if (settled()) delete document.body.dataset.settling;
}

/** Whether what is pressed is what was seen before the press. */
export const settled = () => performance.now() - turnedAt > SETTLING;

/** What has the focus; of something hidden the browser takes it a little later. */
function holder() {
  const active = document.activeElement;
  return active?.checkVisibility() ? active : document.body;
}

/** Takes note of a focus that has moved though nobody moved it: to a field that opened, or to nothing with a form that went. */
function noticeFocus() {
  if (acting || holder() === focused) return;
  focused = holder();
  movedAt = performance.now();
}

/**
 * Does what the host asks for; where that moves the focus, it has moved by itself.
 * @param {() => void} task
 */
export function byItself(task) {
  const before = holder();
  task();
  if (holder() === before) return;
  focused = holder();
  movedAt = performance.now();
}

/** Whether the keys go where the agent believes. */
export function focusSettled() {
  noticeFocus();
  return performance.now() - movedAt > SETTLING;
}

function act() {
  // What the press before this one did not cause.
  noticeFocus();
  acting = true;
  setTimeout(() => {
    acting = false;
    focused = holder();
  });
}

/** Follows the focus from now on. */
export function watchFocus() {
  document.addEventListener("visibilitychange", settle);
  focused = holder();
  for (const event of ["keydown", "pointerdown", "mousedown", "mouseup", "click"]) addEventListener(event, act, true);
  document.addEventListener("focusin", noticeFocus);
  document.addEventListener("focusout", () => requestAnimationFrame(noticeFocus));
}
