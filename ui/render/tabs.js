// @ts-check
// Tabs. The document holds which one is open, and the host remembers it for the next window.

import { byId } from "../dom.js";
import { keepTab, lastTab } from "../ipc.js";

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

/** @param {HTMLElement} tab */
function choose(tab) {
  open(tab);
  keepTab(tab.id);
}

/** Opens a tab. @param {string} id */
export const openTab = (id) => choose(byId(id));

/** Opens the tab that was last open. */
export async function reopenTab() {
  const id = await lastTab();
  const tab = [...byId("tabs").querySelectorAll("[role=tab]")].find((each) => each.id === id);
  if (tab instanceof HTMLElement) open(tab);
}

/** @param {() => void} another called when another tab opens */
export function listenTabs(another) {
  turned = another;
  const tabs = byId("tabs");
  tabs.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) choose(tab);
  });
  tabs.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const all = /** @type {HTMLElement[]} */ ([...tabs.querySelectorAll("[role=tab]")]);
    const step = event.key === "ArrowRight" ? 1 : -1;
    const at = all.findIndex((tab) => tab === document.activeElement);
    const next = all[(at + step + all.length) % all.length];
    if (next) choose(next), next.focus();
  });
}
