// @ts-check
// The time after a call: how much of it is left, and what came of the call.

import { act, recent } from "../ipc.js";
import { buttonById, byId, part, tell } from "../dom.js";
import { grouped } from "../format.js";
import { journal } from "../journal.js";
import { word } from "../locale.js";
import { settled, turned } from "../settle.js";
import { runUntil } from "../tick.js";
import { fillNote, listenNote } from "./remarks.js";
import { nameOf } from "./party.js";

/** @import { Row, Snapshot, WrapUp } from "../types" */

/** Among so many of the newest calls the one to be wrapped up is looked for. */
const SOME = 50;

/** What is on the screen. @type {WrapUp | null} */
let shown = null;

/** Answers whether it is in the room. @param {Snapshot} snapshot */
export function renderWrapUp({ presence, calls }) {
  const view = byId("wrap-up");
  shown = presence.wrap_up;
  const was = view.hidden;
  view.hidden = !shown || calls.length > 0;
  if (!shown) return false;
  // Where the window scrolls as a whole it may have been left further down.
  if (was && !view.hidden) bringIntoSight(view);
  runUntil(byId("wrap-up-time"), shown.until);
  renderWrapUpNote();
  return !view.hidden;
}

/** @param {HTMLElement} view */
function bringIntoSight(view) {
  const before = scrollY;
  view.scrollIntoView({ block: "nearest" });
  if (scrollY !== before) turned();
}

/** The journal has changed. */
export function renderWrapUpNote() {
  if (!shown) return;
  const { uid, other } = shown;
  const last = journal()?.last;
  if (last?.uid === uid) return fill(last);
  if (byId("wrap-up").dataset.uid !== uid) {
    // No note may go to another call.
    unfold(false);
    byId("wrap-up").dataset.uid = uid;
    tell(byId("wrap-up-number"), grouped(other) || word("call.unknown_number"));
  }
  // Another call has ended since, as a question to a colleague does.
  find(uid).then((row) => {
    if (row && shown?.uid === uid) fill(row);
  });
}

/** @param {string} uid */
async function find(uid) {
  const all = { text: "", from: null, to: null, kind: null, disposition: null, before: null, limit: SOME };
  const page = await recent(all).catch(() => null);
  return page?.rows.find((row) => row.uid === uid);
}

/** @param {Row} row */
function fill(row) {
  const view = byId("wrap-up");
  view.dataset.uid = row.uid;
  // What was typed belongs to the call that it was typed for.
  view.dataset.key = String(row.id);
  unfold(true);
  tell(byId("wrap-up-number"), nameOf(row));
  fillNote(view, row);
}

/** @param {boolean} open */
function unfold(open) {
  for (const name of ["note", "first", "second"]) {
    const field = /** @type {HTMLTextAreaElement | HTMLSelectElement} */ (part(byId("wrap-up"), name));
    field.disabled = !open;
  }
}

/** @param {(reason: unknown) => void} failed */
export function listenWrapUp(failed) {
  listenNote(byId("wrap-up"), failed);
  for (const [id, verb] of /** @type {["wrap-up-more" | "wrap-up-done", "wrap_up_more" | "wrap_up_done"][]} */ ([
    ["wrap-up-more", "wrap_up_more"],
    ["wrap-up-done", "wrap_up_done"],
  ])) {
    buttonById(id).addEventListener("click", () => {
      if (settled()) act({ do: verb }).catch(failed);
    });
  }
}
