// @ts-check
// Suggestions while typing: the ARIA pattern of an editable combobox with manual selection. The typed text stays until something is
// chosen. The list overlays what is below and moves nothing.

import { byId, part, reconcile, setTip, stamp, tell } from "./dom.js";
import { grouped, plain } from "./format.js";
import { favour, suggest } from "./ipc.js";
import { word } from "./locale.js";
import { draw, drawAll } from "./shape.js";

/** @import { Member, Suggestion } from "./types" */

/** @typedef {{field: HTMLInputElement, below: HTMLElement, take: (number: string) => void}} Combo */

/** The smallest and largest height of the list, in px. */
const LEAST = 120;
const MOST = 264;
/** Distance from the window's edges, in px. */
const GAP = 6;

/** The field with the open list. @type {Combo | null} */
let open = null;

/** @type {Suggestion[]} */
let offered = [];

/** Index of the active suggestion, or -1. */
let active = -1;

/** Number of the last request. Older answers are dropped. */
let asked = 0;

/** Colleagues by extension. @type {Map<string, Member>} */
let team = new Map();

const list = () => byId("suggestions");

/** @param {Suggestion} one */
const keyOf = ({ of, number }) => `${of} ${number}`;

/** @param {Member} member */
function stateOf(member) {
  if (member.state === "unavailable") return "offline";
  return member.state === "free" ? member.presence : member.state;
}

/** @param {HTMLElement} view @param {Suggestion} one */
function fillOption(view, one) {
  const number = grouped(one.number);
  tell(part(view, "option-name"), plain(one.name) || number);
  tell(part(view, "option-number"), one.name ? number : "");
  tell(part(view, "option-more"), [plain(one.company), plain(one.label)].filter(Boolean).join(" · "));
  const member = team.get(one.number);
  const state = member ? stateOf(member) : "";
  view.dataset.state = state;
  part(view, "option-state").hidden = !state;
  if (state) draw(part(part(view, "option-state"), "shape"), state);
  tell(part(view, "state-word"), state ? word(`team.state.${state}`) : "");
  tell(part(view, "option-of"), one.of === "recent" ? word("suggest.recent") : "");
  const star = part(view, "star");
  draw(part(star, "shape"), one.favourite ? "starred" : "star");
  star.dataset.on = String(one.favourite);
  setTip(star, word(one.favourite ? "suggest.unfavour" : "suggest.favour", { name: plain(one.name) || number }));
}

function show() {
  if (!open) return;
  const { field } = open;
  list().hidden = offered.length === 0;
  field.setAttribute("aria-expanded", String(offered.length > 0));
  reconcile(list(), offered, keyOf, makeOption, fillOption);
  [...list().children].forEach((view, at) => {
    view.id = `suggestion-${at}`;
    view.setAttribute("aria-selected", String(at === active));
  });
  if (active >= 0) field.setAttribute("aria-activedescendant", `suggestion-${active}`);
  else field.removeAttribute("aria-activedescendant");
  list().children[active]?.scrollIntoView({ block: "nearest" });
  place();
}

/** Places the list below the preview line, or above the field if there is more room. */
function place() {
  if (!open || list().hidden) return;
  const { field, below } = open;
  const [own, line] = [field.getBoundingClientRect(), below.getBoundingClientRect()];
  const bottom = Math.max(own.bottom, line.height ? line.bottom : 0) + 2;
  const [under, over] = [innerHeight - GAP - bottom, own.top - GAP - 2];
  const style = list().style;
  style.maxHeight = `${Math.min(MOST, Math.max(under, under < LEAST ? over : 0))}px`;
  style.left = `${GAP}px`;
  style.width = `${Math.min(document.documentElement.clientWidth, own.right + 120) - 2 * GAP}px`;
  const height = list().getBoundingClientRect().height;
  style.top = `${under < LEAST && over > under ? own.top - 2 - height : bottom}px`;
}

function makeOption() {
  const view = stamp("option-view");
  drawAll(view);
  return view;
}

/** @param {Combo} combo */
async function ask(combo) {
  const question = ++asked;
  const { field } = combo;
  const typed = field.value;
  const answer = await suggest(typed).catch(() => []);
  if (question !== asked || field.value !== typed || document.activeElement !== field) return;
  const chosen = offered[active];
  open = combo;
  offered = answer;
  active = chosen ? offered.findIndex((one) => keyOf(one) === keyOf(chosen)) : -1;
  show();
  tell(byId("suggestions-said"), offered.length ? word("suggest.count", { count: String(offered.length) }) : "");
}

/** Closes the list. True if it was open. */
export function closeSuggestions() {
  asked += 1;
  const was = open && !list().hidden;
  open?.field.setAttribute("aria-expanded", "false");
  open?.field.removeAttribute("aria-activedescendant");
  open = null;
  offered = [];
  active = -1;
  list().hidden = true;
  list().replaceChildren();
  tell(byId("suggestions-said"), "");
  return Boolean(was);
}

/** @param {Suggestion} one */
function take(one) {
  const combo = open;
  closeSuggestions();
  combo?.take(one.number);
}

/** @param {Suggestion} one */
async function turnFavourite(one) {
  one.favourite = !one.favourite;
  show();
  await favour(one.number, one.favourite).catch(() => {});
}

/** What Enter takes: the active suggestion. For a text without digits the first one, unless the text is itself a suggested number. */
function meant() {
  if (!open || list().hidden) return null;
  const typed = open.field.value.trim();
  if (offered[active]) return offered[active] ?? null;
  return /\d/.test(typed) || offered.some(({ number }) => number === typed) ? null : offered[0] ?? null;
}

/** @param {KeyboardEvent} event @param {Combo} combo */
function press(event, combo) {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step) {
    event.preventDefault();
    if (open !== combo) return void ask(combo);
    // One position of the cycle is the typed text.
    const count = offered.length + 1;
    active = ((active + 1 + step + count) % count) - 1;
    return show();
  }
  if (event.key !== "Enter") return;
  const one = meant();
  if (!one) return void closeSuggestions();
  event.preventDefault();
  if (event.shiftKey) turnFavourite(one);
  else take(one);
}

/** Shows the colleagues' states. @param {Member[] | null} members */
export function renderSuggestions(members) {
  team = new Map((members ?? []).map((member) => [member.exten, member]));
  show();
}

/**
 * Adds suggestions to a field.
 * @param {HTMLInputElement} field
 * @param {HTMLElement} below the preview line, which stays visible
 * @param {(number: string) => void} choose puts the number into the field
 */
export function offerIn(field, below, choose) {
  /** @type {Combo} */
  const combo = { field, below, take: choose };
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", "suggestions"]]) {
    field.setAttribute(name ?? "", value ?? "");
  }
  // Only typing searches.
  field.addEventListener("input", (event) => event.isTrusted && (field.value.trim() ? ask(combo) : closeSuggestions()));
  field.addEventListener("keydown", (event) => press(event, combo));
  field.addEventListener("click", () => field.value === "" && (open === combo ? closeSuggestions() : ask(combo)));
  field.addEventListener("blur", closeSuggestions);
  field.form?.addEventListener("submit", closeSuggestions);
}

/** Handles clicks on the list, which all fields share. */
export function listenSuggestions() {
  // Keep the focus in the field.
  list().addEventListener("mousedown", (event) => event.preventDefault());
  list().addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const at = [...list().children].indexOf(/** @type {Element} */ (target?.closest(".option")));
    const one = offered[at];
    if (!one) return;
    if (target?.closest(".star")) turnFavourite(one);
    else take(one);
  });
  for (const name of ["resize", "scroll"]) addEventListener(name, (event) => event.target !== list() && place(), true);
}
