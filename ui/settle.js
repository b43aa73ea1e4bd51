// @ts-check
// A press that was meant for a call that has just gone, or been pushed aside, must not meet the one in its place.

/** Longer than a double click, in ms. */
const SETTLING = 600;

let turnedAt = Number.NEGATIVE_INFINITY;

/** Another call stands now where one stood. */
export function turned() {
  turnedAt = performance.now();
}

/** Whether what is pressed is what was seen before the press. */
export const settled = () => performance.now() - turnedAt > SETTLING;
