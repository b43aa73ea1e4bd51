// @ts-check
// The view of the player, which stays below the lists whatever happens in them.

import { buttonById, byId, enable, inputById, part, setTip, tell, tellWhole } from "../dom.js";
import { duration } from "../format.js";
import { problemWords, word } from "../locale.js";
import { chosen, follow, hearing, interrupt } from "../player.js";
import { draw } from "../shape.js";
import { renderHearing } from "./recent.js";
import { drawWave } from "./wave.js";

/** @import { Hearing } from "../player.js" */
/** @import { Problem, Snapshot } from "../types" */

/** How long it reports that something was done, in ms. */
const NEWS = 8000;

const canvas = () => /** @type {HTMLCanvasElement} */ (byId("dock-wave"));

/** A message other than the recording's own problems. @type {{words: string, bad: boolean} | null} */
let said = null;
let forgetting = 0;
/** The range being dragged. @type {[number, number] | null} */
let drawn = null;
let frame = 0;
/** Whether it shows that it is waiting. */
let waits = false;
/** The ringing and connected calls, as last seen. */
let busy = new Set();

/** Pauses playback when a call starts to ring or to talk. @param {Snapshot} snapshot */
export function pauseForCalls(snapshot) {
  const now = new Set(snapshot.calls.filter(({ state }) => state !== "held" && state !== "hold_unknown").map((call) => `${call.uid} ${call.state === "ringing"}`));
  if ([...now].some((call) => !busy.has(call))) interrupt();
  busy = now;
}

/** Reports the result of an action, until the next one. @param {string} key @param {Record<string, string>} [values] */
export function say(key, values) {
  quiet();
  said = { words: word(key, values), bad: false };
  renderPlayer();
}

/** Reports that something was done, for a while. @param {string} key @param {Record<string, string>} values */
export function sayDone(key, values) {
  say(key, values);
  forgetting = setTimeout(() => {
    said = null;
    renderPlayer();
  }, NEWS);
}

/** Reports why an action failed. @param {Problem} problem */
export function sayRefused(problem) {
  quiet();
  said = { words: problemWords(problem), bad: true };
  renderPlayer();
}

/** Removes the message. */
export function quiet() {
  clearTimeout(forgetting);
  said = null;
}

/** @param {Hearing} heard */
function noteOf({ state, problem, interrupted, waiting, loop }) {
  if (said) return said;
  const note = (/** @type {string} */ words) => ({ words, bad: false });
  if (problem && state !== "failed") return { words: problemWords(problem), bad: true };
  if (interrupted) return note(word("player.interrupted"));
  if (waiting) return note(word("player.waiting"));
  if (state === "playing" && chosen().volume === 0) return note(word("player.muted"));
  return note(loop ? word("player.looping", { from: duration(loop[0]), to: duration(loop[1]) }) : "");
}

/** @param {Hearing} heard */
function paintWave(heard) {
  drawWave(canvas(), { picture: heard.picture, at: heard.at, length: heard.length, loop: drawn ?? heard.loop });
  const times = `${duration(heard.at)} / ${heard.length ? duration(heard.length) : "--:--"}`;
  tell(byId("dock-time"), heard.state === "loading" && !heard.length ? "" : times);
}

/** Shows a range while it is being dragged. @param {[number, number] | null} range in seconds */
export function drawRange(range) {
  drawn = range;
  paintWave(hearing());
}

/** @param {Hearing} heard */
function render(heard) {
  waits = heard.waiting;
  renderHearing(heard);
  const { state, problem, length } = heard;
  const asking = !byId("dock-uid").hidden;
  const dock = byId("dock");
  dock.hidden = state === "closed" && !asking;
  dock.dataset.hearing = state;
  dock.dataset.asking = String(asking);
  const note = noteOf(heard);
  byId("dock-note").dataset.bad = String(note.bad);
  tellWhole(byId("dock-note"), note.words);
  // Only one of the two fits.
  byId("dock-title").hidden = note.words !== "" && !note.bad;
  tellWhole(byId("dock-title"), heard.title);
  byId("dock-time").hidden = state === "closed" || state === "failed";
  canvas().hidden = state === "failed";
  const fetching = state === "loading" && !length ? word("player.loading") : "";
  tell(byId("dock-problem"), state === "failed" && problem ? problemWords(problem) : fetching);
  byId("dock-problem").dataset.bad = String(state === "failed");
  renderMain(heard);
  renderTools(heard);
  renderMore();
  if (dock.hidden || state === "closed") return;
  renderSlider(heard);
  paintWave(heard);
  // Draw once per frame while something moves. Hidden windows have no frames.
  if (moves(state) && !frame) frame = requestAnimationFrame(draws);
}

/** Redraws it, in another language or after an action. */
export const renderPlayer = () => render(hearing());

/** The callback for the player's changes. */
export const showHearing = render;

/** @param {Hearing["state"]} state */
const moves = (state) => state === "playing" || state === "loading";

function draws() {
  frame = 0;
  const heard = follow();
  if (!moves(heard.state) || byId("dock").hidden) return;
  // There is no event for waiting, so check on every frame.
  if (heard.waiting !== waits) return render(heard);
  paintWave(heard);
  // Drawing may already have requested the next frame.
  frame ||= requestAnimationFrame(draws);
}

/** For screen readers, the canvas is a slider. @param {Hearing} heard */
function renderSlider({ at, length }) {
  const slider = canvas();
  const tellOnce = (/** @type {string} */ name, /** @type {string} */ value) => {
    if (slider.getAttribute(name) !== value) slider.setAttribute(name, value);
  };
  tellOnce("aria-valuemax", String(Math.floor(length)));
  tellOnce("aria-valuenow", String(Math.floor(at)));
  tellOnce("aria-valuetext", word("player.position", { at: duration(at), length: duration(length) }));
}

/** @param {Hearing} heard */
function renderMain({ state, retries }) {
  const main = buttonById("dock-play");
  const [shape, key] =
    state === "playing" ? ["pause", "player.pause"]
    : retries ? ["again", "player.again"]
    : [state === "loading" ? "wait" : "play", "player.play"];
  const name = word(key ?? "");
  draw(part(main, "shape"), shape ?? "");
  main.setAttribute("aria-label", name);
  setTip(main, name);
  enable(main, state === "playing" || state === "paused" || state === "failed");
}

/** @param {Hearing} heard */
function renderTools({ state, loop, length }) {
  const can = state === "playing" || state === "paused";
  for (const id of ["dock-back", "dock-forth", "dock-save-open"]) enable(buttonById(id), can);
  enable(buttonById("dock-loop"), can && length > 0);
  buttonById("dock-loop").setAttribute("aria-pressed", String(loop !== null));
  const { speed, volume, skipSilence } = chosen();
  const speeds = /** @type {HTMLSelectElement} */ (byId("dock-speed"));
  if (speeds.value !== String(speed)) speeds.value = String(speed);
  buttonById("dock-skip").setAttribute("aria-pressed", String(skipSilence));
  const loudness = inputById("dock-volume");
  if (document.activeElement !== loudness) loudness.value = String(volume);
  loudness.style.setProperty("--played", `${volume * 100}%`);
  loudness.setAttribute("aria-valuetext", `${Math.round(volume * 100)}%`);
  draw(byId("dock-loudness-shape"), volume === 0 ? "mute" : "loud");
}

function renderMore() {
  const more = buttonById("dock-more");
  const open = byId("dock").dataset.open === "true";
  const name = word(open ? "player.less" : "player.more");
  more.setAttribute("aria-expanded", String(open));
  more.setAttribute("aria-label", name);
  setTip(more, name);
}
