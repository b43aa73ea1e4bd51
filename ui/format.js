// @ts-check
// Numbers and times as people read them.

/** Groups of digits by the shape of the number; the first that fits is taken. @type {[RegExp, string][]} */
const GROUPS = [
  [/^(1\d{2})(\d{4})(\d{4})$/, "$1 $2 $3"],
  [/^(0)(1[3-9]\d)(\d{4})(\d{4})$/, "$1 $2 $3 $4"],
  [/^(010|02\d)(\d{4})(\d{4})$/, "$1 $2 $3"],
  [/^(0[3-9]\d{2})(\d{4})(\d{4})$/, "$1 $2 $3"],
  [/^(0[3-9]\d{2})(\d{3})(\d{4})$/, "$1 $2 $3"],
  [/^([48]00)(\d{3})(\d{4})$/, "$1 $2 $3"],
  [/^([2-8]\d{3})(\d{4})$/, "$1 $2"],
  [/^([2-8]\d{2})(\d{4})$/, "$1 $2"],
  [/^(\+86|0086)(1\d{2})(\d{4})(\d{4})$/, "$1 $2 $3 $4"],
  [/^(\+86|0086)(10|2\d)(\d{4})(\d{4})$/, "$1 $2 $3 $4"],
  [/^(\+86|0086)([3-9]\d{2})(\d{4})(\d{3,4})$/, "$1 $2 $3 $4"],
];

// Control characters, and those that turn the writing direction: with them a number could show other digits than it has.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** Text from the wire as it may be shown. @param {string} text */
export const plain = (text) => text.replace(UNSEEN, " ").trim();

/**
 * A number in groups; what is no plain number stays as it came.
 * @param {string} wire
 */
export function grouped(wire) {
  const number = plain(wire);
  const found = GROUPS.find(([shape]) => shape.test(number));
  return found ? number.replace(found[0], found[1]) : number;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * 01:23, or 1:02:03 from an hour on. A clock that runs behind the server's never shows less than nothing.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? rest : `${Math.floor(whole / 3600)}:${rest}`;
}

/**
 * 10:32 for today, 11-20 10:32 for another day, in local time.
 * @param {string} instant
 */
export function clock(instant) {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "";
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const today = at.toDateString() === new Date().toDateString();
  return today ? time : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
