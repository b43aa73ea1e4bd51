// @ts-check
// Explains why a call's buttons are grey if the server might pick another call, which may be over, and offers a way out.

import { act } from "../ipc.js";
import { part, tell } from "../dom.js";
import { word } from "../locale.js";
import { settled } from "../settle.js";
import { nameOf } from "./party.js";

/** @import { CallView } from "../types" */

/** @param {HTMLElement} line @param {CallView | null} call @param {CallView[]} calls */
export function fillBehind(line, call, calls) {
  const other = calls.find((each) => each.uid === call?.behind);
  line.hidden = !other;
  line.dataset.uid = other?.uid ?? "";
  if (other) tell(part(line, "words"), word("call.behind", { number: nameOf(other) }));
}

/** @param {HTMLElement} line @param {(reason: unknown) => void} failed */
export function listenBehind(line, failed) {
  part(line, "behind-over").addEventListener("click", () => {
    if (settled()) act({ do: "over", uid: line.dataset.uid ?? "" }).catch(failed);
  });
}
