// @ts-check
// Somebody is back at the desk, and the extension is still busy: idle, or busy for some time yet?

import { act } from "../ipc.js";
import { buttonById, byId, enable } from "../dom.js";

/** @import { Snapshot } from "../types" */

/** @param {Snapshot} snapshot */
export function renderBack({ presence, connection }) {
  byId("back").hidden = !presence.back;
  const reachable = connection.state !== "unconfigured" && presence.pending === null;
  for (const answer of ["idle", "busy"]) enable(buttonById(`back-${answer}`), reachable);
}

/** @param {(reason: unknown) => void} failed */
export function listenBack(failed) {
  for (const answer of /** @type {("idle" | "busy")[]} */ (["idle", "busy"])) {
    buttonById(`back-${answer}`).addEventListener("click", () => act({ do: answer }).catch(failed));
  }
}
