// @ts-check
// The transfer field in the main window. Its text belongs to a call: it stays while another call is shown, or the call cannot be
// transferred, and is discarded only with the call.

import { act } from "../ipc.js";
import { buttonById, byId, enable, hide, inputById } from "../dom.js";
import { settled, turned } from "../settle.js";
import { askFirst, askedFor, explainTarget, isNoTarget, listenTarget } from "./target.js";

/** @import { CallView } from "../types" */

/** @typedef {{open: boolean, target: string}} Draft */

/** By uid. @type {Map<string, Draft>} */
const drafts = new Map();

/** The target that the agent was asked to confirm. */
let asked = "";

/** The call whose field is on the screen. */
let shown = "";

/** @param {string} uid @returns {Draft} */
const draftOf = (uid) => drafts.get(uid) ?? { open: false, target: "" };

/** Whether the agent is about to transfer this call. @param {string} uid */
export const isTransferring = (uid) => draftOf(uid).open;

const field = () => inputById("transfer-target");

/** Shows the draft of the shown call. */
function put() {
  const { open, target } = draftOf(shown);
  if (field().value !== target) {
    field().value = target;
    explainTarget();
  }
  if (open) byId("transfer-form").hidden = false;
  else hide(byId("transfer-form"));
  // The field uses the place of the refusal line.
  byId("call-notice").hidden = open;
  buttonById("transfer").setAttribute("aria-expanded", String(open));
}

/** @param {CallView | null} call the one in the room @param {CallView[]} calls all that are up */
export function renderTransfer(call, calls) {
  for (const uid of drafts.keys()) if (!calls.some((each) => each.uid === uid)) drafts.delete(uid);
  const uid = call?.uid ?? "";
  if (shown !== uid) {
    shown = uid;
    put();
  }
  const can = call?.verbs.includes("transfer") ?? false;
  enable(buttonById("transfer-send"), can);
  const consult = call?.verbs.includes("consult") ?? false;
  buttonById("consult-send").hidden = !call?.phone;
  enable(buttonById("consult-send"), consult);
  // An open field can always be closed.
  if (isTransferring(uid)) enable(buttonById("transfer"), true);
}

/** Opens the field for the shown call. @param {string} [target] its initial text */
export function openTransfer(target) {
  if (!shown || (buttonById("transfer").disabled && !isTransferring(shown))) return;
  drafts.set(shown, { target: target ?? draftOf(shown).target, open: true });
  put();
  field().focus();
  field().select();
}

/** Closes the field and keeps its text for the next time. True if it was open. */
export function closeTransfer() {
  const draft = draftOf(shown);
  if (!draft.open) return false;
  const focused = byId("transfer-form").contains(document.activeElement);
  drafts.set(shown, { ...draft, open: false });
  asked = "";
  put();
  if (focused) buttonById("transfer").focus();
  return true;
}

/** @param {(reason: unknown) => void} failed */
export function listenTransfer(failed) {
  listenTarget();
  field().addEventListener("input", () => {
    if (isTransferring(shown)) drafts.set(shown, { ...draftOf(shown), target: field().value });
    else field().value = "";
  });
  buttonById("transfer").addEventListener("click", () => closeTransfer() || openTransfer());
  buttonById("transfer-cancel").addEventListener("click", () => {
    drafts.set(shown, { ...draftOf(shown), target: "" });
    closeTransfer();
  });
  const send = (/** @type {"transfer" | "consult"} */ verb) => {
    const target = field().value.trim();
    if (!target || isNoTarget() || buttonById(`${verb}-send`).disabled) return;
    const prefix = askedFor();
    const sure = asked === target;
    if (prefix !== null && !sure) {
      asked = target;
      // The second click of a double click does not confirm.
      turned();
      return askFirst(prefix);
    }
    if (sure && !settled()) return;
    asked = "";
    act({ do: verb, uid: shown, target, sure }).catch(failed);
    closeTransfer();
  };
  byId("transfer-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send("transfer");
  });
  buttonById("consult-send").addEventListener("click", () => send("consult"));
}
