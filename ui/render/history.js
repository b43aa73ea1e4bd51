// @ts-check
// What is known about a caller, in one line: the number of calls today, and the last note.

import { setTip, tell } from "../dom.js";
import { clock } from "../format.js";
import { caller } from "../ipc.js";
import { word } from "../locale.js";

/** @import { Caller, CallView } from "../types" */

/** How many letters of a note are shown. Its tip shows all of it. */
const SHOWN = 60;

/** The call that each line on the page asked about. @type {WeakMap<HTMLElement, {uid: string, other: string}>} */
const asked = new WeakMap();

/** @param {string} text */
export const brief = (text) => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN).trimEnd()}…` : line;
};

/** @param {Caller} known */
function words({ today, earlier, noted }) {
  const last = earlier[0];
  if (!last) return "";
  const count = today ? word("history.today", { count: String(today + 1) }) : word("history.before", { time: clock(last.began) });
  return noted ? `${count} · ${word("history.note", { note: brief(noted.note) })}` : count;
}

/**
 * Asks about the caller and fills the line with the answer. It stays empty until then, so that nothing waits for the disk.
 * @param {HTMLElement} line
 * @param {CallView} call
 */
export function askCaller(line, { uid, other }) {
  const before = asked.get(line);
  if (before?.uid === uid && before.other === other) return;
  asked.set(line, { uid, other });
  say(line, "", "");
  askAgain(line);
}

/** The journal has changed. @param {HTMLElement} line */
export async function askAgain(line) {
  const about = asked.get(line);
  if (!about) return;
  const known = await caller(about.uid, about.other).catch(() => null);
  if (asked.get(line) !== about) return;
  line.dataset.id = known?.this ? String(known.this.id) : "";
  say(line, known ? words(known) : "", known?.noted?.note ?? "");
}

/** @param {HTMLElement} line @param {string} text @param {string} note */
function say(line, text, note) {
  tell(line, text);
  setTip(line, note.length > SHOWN ? note : "");
}
