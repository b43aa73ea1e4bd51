// @ts-check
// Running times. Only what is displayed: the instants come from the snapshot and stand in the elements.

import { between, duration } from "./format.js";
import { tell } from "./dom.js";

/** @param {HTMLElement} element */
function paint(element) {
  const since = element.dataset.since;
  tell(element, since ? duration(between(since, new Date().toISOString())) : "");
}

/**
 * Lets an element show the time since an instant, or nothing.
 * @param {HTMLElement} element
 * @param {string | null} instant
 */
export function runSince(element, instant) {
  element.dataset.since = instant ?? "";
  paint(element);
}

/** Ticks once a second while the page can be seen. */
export function startTicking() {
  let timer = 0;
  const all = () => document.querySelectorAll("[data-since]").forEach((e) => paint(/** @type {HTMLElement} */ (e)));
  const follow = () => {
    clearInterval(timer);
    if (document.visibilityState !== "visible") return;
    all();
    timer = setInterval(all, 1000);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
