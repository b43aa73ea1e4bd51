// @ts-check
// How the journal stands: told by the host, kept for what is drawn again.

/** @import { JournalView } from "./types" */

/** @type {JournalView | null} */
let known = null;

/** What was told last. */
export const journal = () => known;

/** @param {JournalView} view */
export function keepJournal(view) {
  known = view;
}
