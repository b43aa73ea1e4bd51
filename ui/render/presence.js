// @ts-check
// Idle or busy: what was observed, and the wish that is under way.

import { act } from "../ipc.js";
import { buttonById, byId, enable, part, tell } from "../dom.js";
import { word } from "../locale.js";
import { runSince } from "../tick.js";

/** @import { Presence, PresenceView, Snapshot } from "../types" */

/** @type {Presence[]} */
const VALUES = ["idle", "busy"];

/** @param {Presence} value @param {PresenceView} presence @param {boolean} reachable */
function renderHalf(value, presence, reachable) {
  const button = buttonById(`presence-${value}`);
  const wished = presence.pending === value;
  button.setAttribute("aria-checked", String(presence.value === value));
  button.setAttribute("aria-busy", String(wished));
  tell(part(button, "word"), word(wished ? `pending.${value}` : `verb.${value}`));
  enable(button, reachable && presence.pending === null);
}

/**
 * Words beside the switch and their title: that nothing is known, or what idle or busy means more exactly.
 * @param {PresenceView} presence
 * @returns {[string, string]}
 */
function more(presence) {
  if (!presence.value) return [word("presence.unknown"), word("presence.unknown_title")];
  const reason = presence.reason ?? "";
  return presence.detail === "partly_paused" ? [word("presence.partly_paused"), reason] : [reason, reason];
}

/** @param {Snapshot} snapshot */
export function renderPresence(snapshot) {
  const { presence } = snapshot;
  const state = presence.value ?? "unknown";
  const group = byId("presence");
  group.dataset.value = state;
  group.dataset.pending = presence.pending ?? "";
  for (const value of VALUES) renderHalf(value, presence, snapshot.connection.state !== "unconfigured");
  const [text, title] = more(presence);
  tell(byId("presence-unknown"), text);
  byId("presence-unknown").title = title;
  runSince(byId("presence-time"), presence.value ? presence.since : null);
}

/** Presses the other half of the switch; of an unknown state, busy. */
export function togglePresence() {
  buttonById(byId("presence").dataset.value === "busy" ? "presence-idle" : "presence-busy").click();
}

/** @param {(reason: unknown) => void} failed */
export function listenPresence(failed) {
  for (const value of VALUES) {
    buttonById(`presence-${value}`).addEventListener("click", () => {
      if (byId("presence").dataset.value !== value) act({ do: value }).catch(failed);
    });
  }
}
