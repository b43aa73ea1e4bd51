// @ts-check
// What today was made of: calls, and where the time went, as a bar and in words. It opens with the menu beside "Busy".

import { buttonById, byId, part, reconcile, stamp, tell } from "../dom.js";
import { duration, plain } from "../format.js";
import { totals } from "../ipc.js";
import { word } from "../locale.js";

/** @import { Totals } from "../types" */

/** Reasons that panels set by themselves. @type {Record<string, string>} */
const OWN = { "wrap-up": "presence.wrap_up", away: "presence.away" };

/**
 * @typedef {object} Share
 * @property {string} key
 * @property {string} name
 * @property {string} tone
 * @property {number} seconds
 */

/** @param {Totals} day @returns {Share[]} */
function shares({ talk, hold, idle, busy }) {
  const breaks = busy.map(({ reason, seconds }) => {
    const own = OWN[reason ?? ""];
    const name = own ? word(own) : plain(reason ?? "") || word("verb.busy");
    return { key: `busy ${reason ?? ""}`, name, tone: reason === "wrap-up" ? "wrap-up" : "busy", seconds };
  });
  const all = [
    { key: "talk", name: word("totals.talk"), tone: "talking", seconds: talk },
    { key: "hold", name: word("totals.hold"), tone: "held", seconds: hold },
    ...breaks,
    { key: "idle", name: word("totals.idle"), tone: "idle", seconds: idle },
  ];
  return all.filter(({ seconds }) => seconds > 0);
}

/** @param {Totals} day */
function show(day) {
  const parts = shares(day);
  tell(byId("totals-calls"), word("totals.calls", { in: String(day.incoming), out: String(day.outgoing), missed: String(day.missed) }));
  // Talking happens while idle or busy, and would be counted twice.
  const bar = parts.filter(({ key }) => key !== "idle");
  byId("totals-bar").hidden = !bar.length;
  reconcile(byId("totals-bar"), bar, ({ key }) => key, () => document.createElement("i"), (view, { tone, seconds }) => {
    view.dataset.tone = tone;
    view.style.flexGrow = String(seconds);
  });
  reconcile(byId("totals-list"), parts, ({ key }) => key, () => stamp("totals-line"), (view, { name, tone, seconds }) => {
    view.dataset.tone = tone;
    tell(part(view, "name"), name);
    tell(part(view, "time"), duration(seconds));
  });
}

/** Asks for today's totals, where they can be seen. */
export async function renderTotals() {
  if (!byId("presence-menu").hidden) show(await totals());
}

export function listenTotals() {
  buttonById("presence-more").addEventListener("click", () => {
    renderTotals().catch(() => {});
  });
}
