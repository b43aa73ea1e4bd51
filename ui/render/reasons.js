// @ts-check
// The menu of the reasons for being busy, and "busy after this call".

import { act } from "../ipc.js";
import { buttonById, byId, enable, tell } from "../dom.js";
import { plain } from "../format.js";
import { word } from "../locale.js";

/** @import { Snapshot } from "../types" */

/** What the menu holds. @param {string[]} reasons */
const offered = (reasons) => (reasons.length ? reasons : word("presence.reasons").split("|"));

/** @param {Snapshot} snapshot */
export function renderReasons({ presence, calls, connection }) {
  const menu = byId("presence-reasons");
  const reasons = offered(presence.reasons);
  const said = JSON.stringify(reasons);
  if (menu.dataset.said !== said) {
    menu.dataset.said = said;
    menu.replaceChildren(...reasons.map(makeItem));
  }
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll("button"))) {
    item.setAttribute("aria-checked", String(presence.value === "busy" && presence.reason === item.dataset.reason));
  }
  const after = buttonById("presence-after");
  after.setAttribute("aria-checked", String(presence.after_call));
  enable(after, calls.length > 0 || presence.after_call);
  enable(buttonById("presence-more"), connection.state !== "unconfigured");
}

/** @param {string} reason */
function makeItem(reason) {
  const item = document.createElement("button");
  item.type = "button";
  item.setAttribute("role", "menuitemradio");
  item.dataset.test = "presence-reason-item";
  item.dataset.reason = reason;
  const mark = Object.assign(document.createElement("span"), { className: "mark" });
  const text = Object.assign(document.createElement("span"), { className: "word" });
  tell(text, plain(reason));
  item.append(mark, text);
  return item;
}

const items = () =>
  /** @type {HTMLButtonElement[]} */ ([...byId("presence-menu").querySelectorAll("button")]).filter((item) => !item.disabled);

const isOpen = () => !byId("presence-menu").hidden;

function open() {
  byId("presence-menu").hidden = false;
  byId("presence-more").setAttribute("aria-expanded", "true");
  items()[0]?.focus({ preventScroll: true });
}

/** Answers whether it was open. */
export function closeReasons() {
  if (!isOpen()) return false;
  const had = byId("presence-menu").contains(document.activeElement);
  byId("presence-menu").hidden = true;
  byId("presence-more").setAttribute("aria-expanded", "false");
  if (had) byId("presence-more").focus({ preventScroll: true });
  return true;
}

/** Arrows, Home and End go from item to item. @param {KeyboardEvent} event */
function move(event) {
  const all = items();
  const at = all.findIndex((item) => item === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || !all.length) return;
  event.preventDefault();
  all[to % all.length]?.focus({ preventScroll: true });
}

/** @param {(reason: unknown) => void} failed */
export function listenReasons(failed) {
  buttonById("presence-more").addEventListener("click", () => (isOpen() ? closeReasons() : open()));
  byId("presence-menu").addEventListener("keydown", move);
  byId("presence-reasons").addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest("button") : null;
    if (!item) return;
    closeReasons();
    act({ do: "busy", reason: item.dataset.reason ?? null }).catch(failed);
  });
  buttonById("presence-after").addEventListener("click", () => {
    const on = buttonById("presence-after").getAttribute("aria-checked") !== "true";
    closeReasons();
    act({ do: "busy_after", on }).catch(failed);
  });
  addEventListener("pointerdown", ({ target }) => {
    if (!(target instanceof Node) || byId("presence-menu").contains(target) || byId("presence-more").contains(target)) return;
    closeReasons();
  });
}
