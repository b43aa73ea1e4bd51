// @ts-check
// The target of a transfer. Shows above the field where the call will go, if that differs from the text.

import { explainNumber } from "../ipc.js";
import { offerIn } from "../combo.js";
import { byId, inputById, tellWhole } from "../dom.js";
import { word } from "../locale.js";
import { explainedWords, keepLines, offerChoices } from "./explained.js";

/** Whether the text is known not to be a target. */
export const isNoTarget = () => byId("transfer-line").dataset.wrong === inputById("transfer-target").value;

/** The prefix because of which the transfer needs a confirmation, or null. */
export const askedFor = () => {
  const { asks, prefix } = byId("transfer-line").dataset;
  return asks === inputById("transfer-target").value ? prefix ?? null : null;
};

/** Asks the agent to confirm the target. @param {string} prefix */
export function askFirst(prefix) {
  byId("transfer-line").hidden = false;
  byId("transfer-preview").dataset.bad = "true";
  tellWhole(byId("transfer-preview"), word("transfer.ask", { prefix }));
}

/** Shows where the desk would transfer the call. Drops an answer for text that has changed since. */
export async function explainTarget() {
  const field = inputById("transfer-target");
  const typed = field.value;
  const explained = typed.trim() ? await explainNumber(typed, true).catch(() => null) : null;
  if (field.value !== typed) return;
  const line = byId("transfer-line");
  const preview = byId("transfer-preview");
  const wrong = explained?.problem ?? null;
  const plain = !explained || (explained.dialled === typed.trim() && !explained.then && !explained.ask);
  line.hidden = plain;
  delete line.dataset.asks;
  if (explained?.ask) Object.assign(line.dataset, { asks: typed, prefix: explained.ask });
  if (wrong) line.dataset.wrong = typed;
  else delete line.dataset.wrong;
  preview.dataset.bad = String(wrong !== null);
  tellWhole(preview, explained && !plain ? explainedWords(explained, "transfer.preview") : "");
  offerChoices(byId("transfer-choices"), explained?.choices ?? [], fill);
}

/** Puts a target into the field. @param {string} target */
function fill(target) {
  const field = inputById("transfer-target");
  field.value = target;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** Listens to the field. */
export function listenTarget() {
  const field = inputById("transfer-target");
  field.addEventListener("input", explainTarget);
  keepLines(field);
  offerIn(field, byId("transfer-line"), fill);
}
