// @ts-check
// Tips for controls (`data-tip`), shown while the pointer rests on one, or when Tab reaches it. The page draws them itself,
// because a browser's tooltip keeps showing outdated text, and covers the caller.

import { byId, tell } from "./dom.js";

/** How long the pointer has to rest, in ms. */
const RESTS = 600;
/** The distance from the control, and from the window's top and bottom edges, in px. */
const GAP = 3;
/** The distance from the window's left and right edges, in px. */
const SIDE = 8;
/** The greatest distance of a tip from its control, in px. */
const FAR = 70;

/** Never covered. */
const FACTS = ":is(.room, .card, .call-lines) :is(.number, .second, .keypad-number, .facts, .call-state, .call-time, .card-state, .card-time, .notice, .value), .head .notice";
/** Covered only if there is no other place. */
const CONTROLS = "button, input, select, canvas, .extension, .connection, .notice, .number, .time";

/** The control whose tip is waiting or shown. @type {HTMLElement | null} */
let control = null;
let timer = 0;
let tabbed = false;

/** The page has changed, so the tip may be outdated or cover something. */
const watcher = new MutationObserver((changes) => {
  if (changes.some(({ target }) => target !== byId("tip") && !byId("tip").contains(target))) show();
});

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const tipped = (target) => (target instanceof Element ? target.closest("[data-tip]") : null);

/** Whether its tip can be shown now. @param {HTMLElement} it */
const isTellable = (it) =>
  it.isConnected && it.checkVisibility() && !it.matches(":disabled, [data-copied], [aria-expanded='true']") && Boolean(it.dataset.tip);

/** @param {DOMRect} a @param {DOMRect} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Its box, including text that is taller than its line. @param {Element} it */
function extent(it) {
  const range = document.createRange();
  range.selectNodeContents(it);
  const [box, text] = [it.getBoundingClientRect(), range.getBoundingClientRect()];
  if (!text.width) return box;
  const [left, top] = [Math.min(box.left, text.left), Math.min(box.top, text.top)];
  return new DOMRect(left, top, Math.max(box.right, text.right) - left, Math.max(box.bottom, text.bottom) - top);
}

/** The visible parts of these elements. @param {string} selector @returns {DOMRect[]} */
function rectangles(selector) {
  const seen = [...document.querySelectorAll(selector)].filter((it) => it.checkVisibility() && !it.matches(":empty"));
  return seen.map(extent).filter((box) => box.width > 0 && box.height > 0);
}

/**
 * The nearest place below or above the control where the tip covers nothing, or else where it covers no fact.
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

/** Hides the tip, and cancels a waiting one. */
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

/** Shows tips from now on. */
export function listenTips() {
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && want(tipped(event.target)));
  document.documentElement.addEventListener("pointerleave", hide);
  addEventListener("pointerdown", hide, true);
  addEventListener("keydown", (event) => {
    hide();
    tabbed = event.key === "Tab";
    setTimeout(() => (tabbed = false));
  }, true);
  // No tip when a closing form returns the focus: nobody asked for one.
  addEventListener("focusin", (event) => tabbed && want(tipped(event.target)));
  for (const name of ["scroll", "resize", "blur"]) addEventListener(name, hide, true);
}
