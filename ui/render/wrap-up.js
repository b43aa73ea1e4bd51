// @ts-check
// The time after a call: how much of it is left, and what came of the call.

import { act } from "../ipc.js";
import { buttonById, byId, tell } from "../dom.js";
import { journal } from "../journal.js";
import { settled } from "../settle.js";
import { runUntil } from "../tick.js";
import { fillNote, listenNote } from "./remarks.js";
import { nameOf } from "./party.js";

/** @import { Snapshot, WrapUp } from "../types" */

/** What is on the screen. @type {WrapUp | null} */
let shown = null;

/** Answers whether it is in the room. @param {Snapshot} snapshot */
export function renderWrapUp({ presence, calls }) {
  const view = byId("wrap-up");
  shown = presence.wrap_up;
  view.hidden = !shown || calls.length > 0;
  if (!shown) return false;
  runUntil(byId("wrap-up-time"), shown.until);
  renderWrapUpNote();
  return !view.hidden;
}

/** The journal has changed. */
export function renderWrapUpNote() {
  const view = byId("wrap-up");
  const last = journal()?.last;
  if (!shown || !last || last.uid !== shown.uid) return;
  // What was typed belongs to the call that it was typed for.
  view.dataset.key = String(last.id);
  tell(byId("wrap-up-number"), nameOf(last));
  fillNote(view, last);
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
