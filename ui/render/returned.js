// @ts-check
// Somebody is back at the desk, and the extension is still busy: idle, or busy for some time yet?

import { act } from "../ipc.js";
import { buttonById, byId, enable } from "../dom.js";

/** @import { Snapshot } from "../types" */

/** @param {Snapshot} snapshot */
export function renderReturned({ presence, connection }) {
  byId("returned").hidden = !presence.back;
  const reachable = connection.state !== "unconfigured" && presence.pending === null;
  for (const answer of ["idle", "busy"]) enable(buttonById(`returned-${answer}`), reachable);
}

/** @param {(reason: unknown) => void} failed */
export function listenReturned(failed) {
  for (const answer of /** @type {("idle" | "busy")[]} */ (["idle", "busy"])) {
    buttonById(`returned-${answer}`).addEventListener("click", () => act({ do: answer }).catch(failed));
  }
}
