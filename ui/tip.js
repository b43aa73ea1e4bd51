// @ts-check
// What is said of a control (`data-tip`) while the pointer rests on it, or Tab has come to it. The page draws it: a browser's
// tooltip goes on saying what was there before, and lies over whom the call is with.

import { byId, tell } from "./dom.js";

/** How long the pointer rests before it is told, in ms. */
const RESTS = 600;
/** From the control, and from the window's upper and lower edges, in px. */
const GAP = 3;
/** From its left and right ones. */
const SIDE = 8;
/** How far from its control a tip may be, in px. */
const FAR = 70;

/** Never covered. */
const FACTS = ":is(.room, .card, .call-lines) :is(.number, .second, .keypad-number, .facts, .call-state, .call-time, .card-state, .card-time, .notice, .value), .head .notice";
/** Covered only where there is no other place. */
const CONTROLS = "button, input, select, canvas, .extension, .connection, .notice, .number, .time";

/** Whose tip waits or shows. @type {HTMLElement | null} */
let control = null;
let timer = 0;
let tabbed = false;

/** What is shown has changed: the tip may say something else, or lie over something. */
const watcher = new MutationObserver((changes) => {
  if (changes.some(({ target }) => target !== byId("tip") && !byId("tip").contains(target))) show();
});

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const tipped = (target) => (target instanceof Element ? target.closest("[data-tip]") : null);

/** Whether it can be said now. @param {HTMLElement} it */
const isTellable = (it) =>
  it.isConnected && it.checkVisibility() && !it.matches(":disabled, [data-copied], [aria-expanded='true']") && Boolean(it.dataset.tip);

/** @param {DOMRect} a @param {DOMRect} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Its box, and what of its text is higher than its line. @param {Element} it */
function extent(it) {
  const range = document.createRange();
  range.selectNodeContents(it);
  const [box, text] = [it.getBoundingClientRect(), range.getBoundingClientRect()];
  if (!text.width) return box;
  const [left, top] = [Math.min(box.left, text.left), Math.min(box.top, text.top)];
  return new DOMRect(left, top, Math.max(box.right, text.right) - left, Math.max(box.bottom, text.bottom) - top);
}

/** What can be seen of these. @param {string} selector @returns {DOMRect[]} */
function rectangles(selector) {
  const seen = [...document.querySelectorAll(selector)].filter((it) => it.checkVisibility() && !it.matches(":empty"));
  return seen.map(extent).filter((box) => box.width > 0 && box.height > 0);
}

/**
 * The nearest place below or above the control where the tip covers nothing; else where it covers no fact.
 * @param {DOMRect} own @param {number} left @param {number} width @param {number} height
 */
function placeFor(own, left, width, height) {
  const tops = [];
  for (let away = GAP; away <= FAR; away += GAP) tops.push(own.bottom + away, own.top - away - height);
  const inside = tops.filter((top) => top >= GAP && top + height <= innerHeight - GAP);
  const at = inside.map((top) => new DOMRect(left, top, width, height));
  const [facts, controls] = [rectangles(FACTS), rectangles(CONTROLS)];
  const free = at.filter((box) => !facts.some((fact) => overlap(box, fact)));
  return free.find((box) => !controls.some((it) => overlap(box, it))) ?? free[0];
}

function show() {
  const tip = byId("tip");
  if (!control || !isTellable(control)) return hide();
  tell(tip, control.dataset.tip ?? "");
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const own = control.getBoundingClientRect();
  const left = Math.max(SIDE, Math.min(own.left + own.width / 2 - width / 2, innerWidth - SIDE - width));
  const place = placeFor(own, left, width, height);
  if (!place) return hide();
  tip.style.left = `${place.left}px`;
  tip.style.top = `${place.top}px`;
  watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  watcher.takeRecords();
}

/** Takes the tip away, and forgets that it was wanted. */
function hide() {
  clearTimeout(timer);
  watcher.disconnect();
  control = null;
  byId("tip").hidden = true;
}

/** @param {HTMLElement | null} next */
function want(next) {
  if (next === control) return;
  hide();
  control = next;
  if (next) timer = setTimeout(show, RESTS);
}

/** Tells tips from now on. */
export function listenTips() {
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && want(tipped(event.target)));
  document.documentElement.addEventListener("pointerleave", hide);
  addEventListener("pointerdown", hide, true);
  addEventListener("keydown", (event) => {
    hide();
    tabbed = event.key === "Tab";
    setTimeout(() => (tabbed = false));
  }, true);
  // A focus that a closing form gives back tells nothing: nobody asked.
  addEventListener("focusin", (event) => tabbed && want(tipped(event.target)));
  for (const name of ["scroll", "resize", "blur"]) addEventListener(name, hide, true);
}
