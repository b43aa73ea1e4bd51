// @ts-check
// The filter of the journal: text, days, kind of call, disposition.

import { buttonById, byId, inputById } from "../dom.js";
import { word } from "../locale.js";

/** @import { Disposition, Filter, Kind } from "../types" */

/** @type {Kind[]} */
const KINDS = ["missed", "owed", "in", "out", "noted"];

/** The first day, in days before today, and the number of days. @type {Record<string, [number, number]>} */
const DAYS = { today: [0, 1], yesterday: [1, 1], week: [6, 7], month: [29, 30] };

/** The prefix of a disposition's option, which no kind begins with. */
const DISPOSITION = "=";

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (byId(id));

/** The start of the day this many days ago. @param {number} days */
function midnight(days) {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).toISOString();
}

/** The chosen filter. @returns {Filter} */
export function chosenFilter() {
  const kind = select("recent-kind").value;
  const [back, count] = DAYS[select("recent-day").value] ?? [0, 0];
  return {
    text: inputById("recent-search").value.trim(),
    from: count ? midnight(back) : null,
    to: count ? midnight(back - count) : null,
    kind: KINDS.find((each) => each === kind) ?? null,
    disposition: kind.startsWith(DISPOSITION) ? kind.slice(DISPOSITION.length) : null,
    before: null,
    limit: null,
  };
}

/** Whether anything is filtered out. */
export function isFiltered() {
  return Boolean(inputById("recent-search").value.trim() || select("recent-kind").value || select("recent-day").value);
}

/** Clears the filter. */
export function clearFilter() {
  inputById("recent-search").value = "";
  select("recent-kind").value = "";
  select("recent-day").value = "";
}

/** @param {string} value @param {string} text */
function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

/** Writes the options in the current language and keeps the selection. @param {Disposition[]} dispositions */
export function renderFilter(dispositions) {
  const names = dispositions.map(({ name }) => name);
  const said = JSON.stringify([word("filter.all"), names]);
  if (select("recent-kind").dataset.said === said) return;
  select("recent-kind").dataset.said = said;
  fill(select("recent-kind"), [
    option("", word("filter.all")),
    ...KINDS.map((kind) => option(kind, word(`filter.${kind}`))),
    ...names.map((name) => option(DISPOSITION + name, word("filter.disposition", { name }))),
  ]);
  fill(select("recent-day"), [option("", word("filter.any_day")), ...Object.keys(DAYS).map((day) => option(day, word(`filter.${day}`)))]);
}

/** @param {HTMLSelectElement} list @param {HTMLOptionElement[]} options */
function fill(list, options) {
  const { value } = list;
  list.replaceChildren(...options);
  list.value = value;
  if (list.selectedIndex < 0) list.value = "";
}

/** Shows or hides the filter, which takes up a row of the list. @param {boolean} open */
function unfold(open) {
  byId("recent-filter").hidden = !open;
  buttonById("recent-find").setAttribute("aria-expanded", String(open));
}

/** Closes and clears the filter, because a hidden filter must not hide calls. @param {() => void} changed */
function close(changed) {
  const left = isFiltered();
  clearFilter();
  unfold(false);
  if (left) changed();
}

/** @param {() => void} changed @param {() => void} turn opens the tab with the list */
export function listenFilter(changed, turn) {
  const open = () => {
    turn();
    unfold(true);
    inputById("recent-search").focus();
  };
  buttonById("recent-find").addEventListener("click", () => (byId("recent-filter").hidden ? open() : close(changed)));
  byId("recent-filter").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close(changed);
    buttonById("recent-find").focus();
  });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f") open();
  });
  inputById("recent-search").addEventListener("input", changed);
  for (const id of ["recent-kind", "recent-day"]) select(id).addEventListener("change", changed);
}
