// @ts-check
// The dial box: what will be dialled appears under it while typing.

import { act, explainNumber } from "../ipc.js";
import { buttonById, byId, enable, inputById, part, tell, tellWhole } from "../dom.js";
import { grouped } from "../format.js";
import { problemWords, word } from "../locale.js";

/** @import { Snapshot } from "../types" */

/** @param {Snapshot} snapshot */
export function renderDial(snapshot) {
  const form = byId("dial");
  const field = inputById("dial-number");
  const pending = snapshot.pending.includes("dial");
  const refused = snapshot.notice?.verb === "dial";
  // What was dialled leaves the field once the server has taken it; after a refusal it stays to be mended.
  if (form.dataset.pending === "true" && !pending && !refused && field.value === form.dataset.sent) field.value = "";
  form.dataset.pending = String(pending);
  form.dataset.refused = String(refused);
  const button = buttonById("dial-send");
  button.setAttribute("aria-busy", String(pending));
  tell(part(button, "word"), word(pending ? "pending.dial" : "verb.dial"));
  enable(button, !pending && snapshot.connection.state !== "unconfigured");
  explain();
}

/** Says what the desk would dial; the rules are the desk's. An answer to what is no longer typed is dropped. */
async function explain() {
  const field = inputById("dial-number");
  const preview = byId("dial-preview");
  const typed = field.value;
  // A refusal has the line to itself until something else is typed.
  const sent = byId("dial").dataset.refused === "true" && typed === byId("dial").dataset.sent;
  byId("dial-notice").hidden = !sent && typed !== "";
  preview.hidden = !byId("dial-notice").hidden;
  if (!typed.trim()) return tellWhole(preview, "");
  const explained = await explainNumber(typed).catch(() => null);
  if (field.value !== typed || !explained) return;
  const { dialled, problem } = explained;
  preview.dataset.bad = String(problem !== null);
  tellWhole(preview, dialled ? word("dial.preview", { number: grouped(dialled) }) : problem ? problemWords({ code: problem, detail: "" }) : "");
}

/** Puts a number into the dial box. @param {string} number */
export function fillDial(number) {
  const field = inputById("dial-number");
  field.value = number;
  field.focus();
  explain();
}

/** @param {(reason: unknown) => void} failed */
export function listenDial(failed) {
  const field = inputById("dial-number");
  field.addEventListener("input", explain);
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = field.value;
    if (!number.trim()) return field.focus();
    if (buttonById("dial-send").disabled) return;
    byId("dial").dataset.sent = number;
    act({ do: "dial", number }).catch(failed);
  });
}
