// @ts-check
// Running times. They count on the panel's monotonic clock, which comes with every snapshot; in between the page counts on its
// own.

import { duration } from "./format.js";
import { tell } from "./dom.js";

/** @import { Moment } from "./types" */

/** The difference between the panel's clock and the page's, in ms. */
let ahead = 0;

/** Sets the current time of the panel's clock. @param {number} clock in ms */
export function setClock(clock) {
  ahead = clock - performance.now();
}

/** @param {HTMLElement} element */
function paint(element) {
  const { since, until } = element.dataset;
  const now = performance.now() + ahead;
  if (until) tell(element, String(Math.max(0, Math.ceil((Number(until) - now) / 1000))));
  else tell(element, since ? duration((now - Number(since)) / 1000) : "");
}

/**
 * Makes an element show the time since a moment, or nothing.
 * @param {HTMLElement} element
 * @param {Moment | null | undefined} moment
 */
export function runSince(element, moment) {
  element.dataset.since = moment ? String(moment.ms) : "";
  paint(element);
}

/**
 * Makes an element show the seconds left until a moment, or nothing.
 * @param {HTMLElement} element
 * @param {Moment | null | undefined} moment
 */
export function runUntil(element, moment) {
  element.dataset.until = moment ? String(moment.ms) : "";
  paint(element);
}

/** Ticks once a second while the page can be seen. */
export function startTicking() {
  let timer = 0;
  const all = () => document.querySelectorAll("[data-since], [data-until]").forEach((e) => paint(/** @type {HTMLElement} */ (e)));
  const follow = () => {
    clearInterval(timer);
    if (document.visibilityState !== "visible") return;
    all();
    timer = setInterval(all, 1000);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
