// @ts-check
// Idle or busy as observed, and a pending change.

import { act } from "../ipc.js";
import { buttonById, byId, enable, part, setTip, tell, tellWhole } from "../dom.js";
import { grouped, plain } from "../format.js";
import { word } from "../locale.js";
import { runSince } from "../tick.js";
import { listenReasons, renderReasons } from "./reasons.js";

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

/** Reasons that panels set by themselves. @type {Record<string, string>} */
const OWN = { "wrap-up": "presence.wrap_up", away: "presence.away" };

/** What idle or busy means more exactly. @param {PresenceView} presence */
function more({ value, reason, detail, elsewhere, after_call, owed, missing }) {
  if (owed) return word(`presence.owed.${owed}`);
  if (after_call) return word("presence.after_call");
  if (!value) return "";
  const own = OWN[reason ?? ""];
  const why = own ? word(own) : plain(reason ?? "");
  if (detail === "partly_paused") return why ? word("presence.partly_paused_why", { reason: why }) : word("presence.partly_paused");
  return [why, elsewhere ? word("presence.elsewhere") : "", missing && value === "busy" ? word("presence.missing", { other: grouped(missing.other) }) : ""].filter(Boolean).join(" · ");
}

/** @param {Snapshot} snapshot */
export function renderPresence(snapshot) {
  const { presence } = snapshot;
  const state = presence.value ?? "unknown";
  const group = byId("presence");
  group.dataset.value = state;
  group.dataset.pending = presence.pending ?? "";
  for (const value of VALUES) renderHalf(value, presence, snapshot.connection.state !== "unconfigured");
  tell(byId("presence-unknown"), presence.value ? "" : word("presence.unknown"));
  setTip(byId("presence-unknown"), presence.value ? "" : word("presence.unknown_title"));
  tellWhole(byId("presence-reason"), more(presence));
  runSince(byId("presence-time"), presence.value ? presence.since : null);
  renderReasons(snapshot);
}

/** Switches between idle and busy. An unknown state becomes busy. */
export function togglePresence() {
  buttonById(byId("presence").dataset.value === "busy" ? "presence-idle" : "presence-busy").click();
}

/** @param {(reason: unknown) => void} failed */
export function listenPresence(failed) {
  listenReasons(failed);
  for (const value of VALUES) {
    buttonById(`presence-${value}`).addEventListener("click", () => {
      if (byId("presence").dataset.value !== value) act({ do: value }).catch(failed);
    });
  }
}
