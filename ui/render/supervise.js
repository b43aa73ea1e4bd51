// @ts-check
// Listen and whisper.

import { act } from "../ipc.js";
import { offerIn } from "../combo.js";
import { buttonById, byId, enable, inputById, part, tell } from "../dom.js";
import { word } from "../locale.js";

/** @import { Snapshot } from "../types" */

/** @type {("listen" | "whisper")[]} */
const VERBS = ["listen", "whisper"];

/** @param {Snapshot} snapshot */
export function renderSupervise(snapshot) {
  const free = !VERBS.some((verb) => snapshot.pending.includes(verb)) && snapshot.connection.state !== "unconfigured";
  for (const verb of VERBS) {
    const pending = snapshot.pending.includes(verb);
    const button = buttonById(verb);
    tell(part(button, "word"), word(pending ? `pending.${verb}` : `verb.${verb}`));
    button.setAttribute("aria-busy", String(pending));
    enable(button, free);
  }
}

/** @param {(reason: unknown) => void} failed */
export function listenSupervise(failed) {
  const field = inputById("listen-target");
  offerIn(field, field, (target) => {
    field.value = target;
    field.focus();
  });
  byId("supervise").addEventListener("submit", (event) => {
    event.preventDefault();
    const target = field.value.trim();
    if (!target) return field.focus();
    const pressed = /** @type {SubmitEvent} */ (event).submitter;
    act({ do: pressed === buttonById("whisper") ? "whisper" : "listen", target }).catch(failed);
  });
}
