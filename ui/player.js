// @ts-check
// One recording at a time, from a blob in an <audio> element that is not on the screen.

import { problemOf, recording } from "./ipc.js";

/** @import { Problem } from "./types" */

/**
 * @typedef {object} Hearing What a listener shows.
 * @property {"loading" | "playing" | "paused" | "stopped"} state
 * @property {number} at seconds
 * @property {number} length seconds, 0 while unknown
 * @property {Problem | null} problem
 */

const audio = new Audio();
let uid = "";
let address = "";
/** @type {(hearing: Hearing) => void} */
let show = () => {};

/** @param {Hearing["state"]} state @param {Problem | null} [problem] */
function report(state, problem = null) {
  const length = Number.isFinite(audio.duration) ? audio.duration : 0;
  show({ state, at: state === "stopped" || state === "loading" ? 0 : audio.currentTime, length, problem });
}

const now = () => report(audio.paused ? "paused" : "playing");
for (const name of ["play", "pause", "timeupdate", "durationchange", "ended"]) {
  audio.addEventListener(name, () => address && now());
}
audio.addEventListener("error", () => address && stop({ code: "recording_unplayable", detail: "" }));

/** Lets go of the recording. @param {Problem | null} [problem] why, if not by wish */
export function stop(problem = null) {
  audio.pause();
  if (address) URL.revokeObjectURL(address);
  address = "";
  uid = "";
  report("stopped", problem);
  show = () => {};
}

/**
 * Plays a recording, or pauses and resumes the one that is loaded.
 * @param {string} wanted uid
 * @param {(hearing: Hearing) => void} shown
 */
export async function toggle(wanted, shown) {
  if (wanted === uid) {
    if (!address) return;
    await (audio.paused ? audio.play().catch(() => now()) : audio.pause());
    return;
  }
  stop();
  // Within the click: WebKit lets an element sound later only if it was touched by a gesture.
  audio.load();
  uid = wanted;
  show = shown;
  report("loading");
  try {
    const bytes = await recording(wanted);
    if (uid !== wanted) return;
    address = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
    audio.src = address;
    await audio.play();
  } catch (reason) {
    if (uid !== wanted) return;
    if (!(reason instanceof DOMException)) stop(problemOf(reason));
    else if (reason.name === "NotAllowedError") now();
    else stop({ code: "recording_unplayable", detail: reason.message });
  }
}

/** @param {number} seconds */
export function seek(seconds) {
  if (address) audio.currentTime = seconds;
}
