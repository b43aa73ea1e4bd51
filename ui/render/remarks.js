// @ts-check
// The agent's part of a row: a note that is saved while it is typed, the disposition, and a call back.

import { part, setTip } from "../dom.js";
import { act, disposeCall, noteCall } from "../ipc.js";
import { journal } from "../journal.js";
import { word } from "../locale.js";
import { settled } from "../settle.js";
import { draw } from "../shape.js";

/** @import { Disposition, Row } from "../types" */

const note = (/** @type {HTMLElement} */ view) => /** @type {HTMLTextAreaElement} */ (part(view, "note"));
const select = (/** @type {HTMLElement} */ view, /** @type {string} */ name) => /** @type {HTMLSelectElement} */ (part(view, name));

/** Writes the options of a list. A chosen one that no longer exists stays. @param {HTMLSelectElement} list @param {string[]} names @param {string} none @param {string | null} chosen */
function choices(list, names, none, chosen) {
  const all = ["", ...names, ...(chosen && !names.includes(chosen) ? [chosen] : [])];
  const said = JSON.stringify([none, all]);
  if (list.dataset.said !== said) {
    list.dataset.said = said;
    list.replaceChildren(...all.map((name) => Object.assign(document.createElement("option"), { value: name, textContent: name || none })));
  }
  if (list.value !== (chosen ?? "")) list.value = chosen ?? "";
}

/** @param {HTMLElement} view @param {Row} row */
export function fillRemarks(view, row) {
  const unfold = part(view, "unfold");
  const open = view.dataset.open === "true";
  const name = word(open ? "remarks.close" : "remarks.open");
  if (unfold.dataset.tip !== name) {
    setTip(unfold, name);
    unfold.setAttribute("aria-label", name);
  }
  draw(part(unfold, "shape"), "note");
  if (!open) return;
  fillNote(view, row);
  /** @type {HTMLButtonElement} */ (part(view, "call-back")).disabled = !row.other;
}

/** The note and the result of a call, wherever they are. @param {HTMLElement} view @param {Row} row */
export function fillNote(view, row) {
  const dispositions = journal()?.dispositions ?? [];
  const names = dispositions.map(({ name }) => name);
  const seconds = secondsOf(dispositions, row.disposition);
  choices(select(view, "first"), names, word("remarks.no_disposition"), row.disposition);
  choices(select(view, "second"), seconds, word("remarks.no_second"), row.second);
  select(view, "first").hidden = !names.length && !row.disposition;
  select(view, "second").hidden = !seconds.length && !row.second;
  // The text being typed is newer than the saved note.
  if (note(view) !== document.activeElement && note(view).value !== row.note) note(view).value = row.note;
}

/** @param {Disposition[]} dispositions @param {string | null} name */
const secondsOf = (dispositions, name) => dispositions.find((each) => each.name === name)?.seconds ?? [];

/** Opens or closes a row. Only one is open at a time. @param {HTMLElement} view @param {boolean} [open] */
export function toggleRemarks(view, open = view.dataset.open !== "true") {
  if (view.parentElement) closeRemarks(view.parentElement);
  if (!open) return;
  view.dataset.open = "true";
  part(view, "remarks").hidden = false;
  part(view, "unfold").setAttribute("aria-expanded", "true");
  view.dispatchEvent(new CustomEvent("unfolded", { bubbles: true }));
  note(view).focus({ preventScroll: true });
}

/** @param {HTMLElement} list */
export function closeRemarks(list) {
  for (const view of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-open=true]"))) {
    view.dataset.open = "false";
    part(view, "remarks").hidden = true;
    part(view, "unfold").setAttribute("aria-expanded", "false");
  }
}

/** @param {HTMLElement} list @param {(reason: unknown) => void} failed */
export function listenRemarks(list, failed) {
  listenNote(list, failed);
  list.addEventListener("click", (event) => {
    const view = notedBy(event);
    const button = event.target instanceof Element ? event.target.closest(".call-back") : null;
    const number = view ? part(view, "number").dataset.number : "";
    if (button && number && settled()) act({ do: "dial", number, sure: false }).catch(failed);
  });
}

/** Whose note it is. @param {Event} event */
const notedBy = (event) =>
  event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest(".noted")) : null;

/** Keeps notes and results as they are typed and chosen. @param {HTMLElement} root @param {(reason: unknown) => void} failed */
export function listenNote(root, failed) {
  const id = (/** @type {HTMLElement} */ view) => Number(view.dataset.key);
  root.addEventListener("input", (event) => {
    const view = notedBy(event);
    if (view && event.target === note(view)) noteCall(id(view), note(view).value).catch(failed);
  });
  root.addEventListener("change", (event) => {
    const view = notedBy(event);
    if (!view || !(event.target instanceof HTMLSelectElement)) return;
    const first = select(view, "first").value || null;
    const second = event.target.classList.contains("first") ? null : select(view, "second").value || null;
    disposeCall(id(view), first, second).catch(failed);
  });
}
