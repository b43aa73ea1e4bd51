// @ts-check
// A click on a fact copies it, and says so where it stands.

import { tell } from "./dom.js";
import { word } from "./locale.js";

/** @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without the permission: the old way, by a selected field that nobody sees.
    const field = document.createElement("textarea");
    field.className = "unseen";
    field.value = text;
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}

/**
 * Copies the `data-copy` of whatever is clicked within an element.
 * @param {HTMLElement} root
 * @param {Element} said the live region that tells it
 */
export function copyOnClick(root, said) {
  root.addEventListener("click", async (event) => {
    const fact = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!(fact instanceof HTMLElement) || !fact.dataset.copy) return;
    if (!(await write(fact.dataset.copy))) return;
    const copied = word("copied");
    fact.dataset.copied = copied;
    tell(said, copied);
    setTimeout(() => {
      delete fact.dataset.copied;
      tell(said, "");
    }, 1500);
  });
}
