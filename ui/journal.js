// @ts-check
// The last reported state of the journal, kept for redrawing.

/** @import { JournalView } from "./types" */

/** @type {JournalView | null} */
let known = null;

/** The last report. */
export const journal = () => known;

/** @param {JournalView} view */
export function keepJournal(view) {
  known = view;
}
