// @ts-check
// Tabs: which one is open stands in the document.

import { byId } from "../dom.js";

/** @type {() => void} */
let turned = () => {};

/** @param {HTMLElement} tab */
function open(tab) {
  if (tab.getAttribute("aria-selected") !== "true") turned();
  for (const other of byId("tabs").querySelectorAll("[role=tab]")) {
    const selected = other === tab;
    other.setAttribute("aria-selected", String(selected));
    other.setAttribute("tabindex", selected ? "0" : "-1");
    byId(other.getAttribute("aria-controls") ?? "").hidden = !selected;
  }
}

/** @param {() => void} another told when another tab opens */
export function listenTabs(another) {
  turned = another;
  const tabs = byId("tabs");
  tabs.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) open(tab);
  });
  tabs.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const all = /** @type {HTMLElement[]} */ ([...tabs.querySelectorAll("[role=tab]")]);
    const step = event.key === "ArrowRight" ? 1 : -1;
    const at = all.findIndex((tab) => tab === document.activeElement);
    const next = all[(at + step + all.length) % all.length];
    if (next) open(next), next.focus();
  });
}
