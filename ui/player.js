// @ts-check
// One recording at a time, in an <audio> element that is not on the screen. What it looks like, the host tells.

import { byId } from "./dom.js";
import { closePlayer, keepPlayerChoice, keepPosition, onPicture, openPlayer, playerChoice, problemOf } from "./ipc.js";

/** @import { Picture, PlayerChoice, Problem } from "./types" */

/**
 * @typedef {object} Hearing What is heard, for whoever shows it.
 * @property {string} uid empty when nothing is open
 * @property {string} title
 * @property {"closed" | "loading" | "playing" | "paused" | "failed"} state
 * @property {boolean} waiting for sound that has not come
 * @property {number} at seconds
 * @property {number} length seconds, 0 while unknown
 * @property {Picture | null} picture
 * @property {[number, number] | null} loop from and to, in seconds
 * @property {boolean} interrupted a call came in
 * @property {Problem | null} problem
 * @property {boolean} retries playing it means to fetch it again
 */

/** Positions this close to either end are not worth keeping, in seconds. */
const EDGE = 3;
/** How often the position is kept while it plays, in seconds of the recording. */
const KEEP_EVERY = 5;
/** What is left of a silence that is skipped, at each of its ends, in seconds. */
const BREATH = 0.2;
/** With so little left of what has come it stops to wait for more, and with so much it goes on, in seconds. */
const AHEAD = 0.5;
const ENOUGH = 2;
/** From so long a standstill on it is said, in ms. */
const STALL = 700;
/** A second press so soon after the one that opened a recording is the same press, in ms. */
const DOUBLE = 600;

const audio = /** @type {HTMLAudioElement} */ (byId("dock-sound"));

let uid = "";
let title = "";
/** The host's name for it; empty until it has one. */
let player = "";
let openedAt = Number.NEGATIVE_INFINITY;
/** Goes up with each recording: what comes late belongs to an earlier one. */
let turn = 0;
let started = false;
let finished = false;
let interrupted = false;
/** It has stopped by itself to wait for more: WebKitGTK's clock would run on, and leave out what comes late. */
let starved = false;
/** When the first of it came, or it last moved on. */
let moved = 0;
/** Where to go as soon as it can be gone to. */
let wanted = 0;
let kept = 0;
/** @type {Picture | null} */
let picture = null;
/** Pictures that came before their player's name. @type {Map<string, Picture>} */
const early = new Map();
/** @type {[number, number] | null} */
let loop = null;
/** @type {Problem | null} */
let broken = null;
/** @type {PlayerChoice} */
let choice = { speed: 1, volume: 1, skipSilence: false, output: "" };
/** @type {(hearing: Hearing) => void} */
let show = () => {};

/** Where the sound ends; nowhere while more comes. */
const end = () => (picture?.ended ? picture.ready : Number.POSITIVE_INFINITY);
/** How much there is from here on; all of it counts as much, once the end is known. */
const left = () => (picture && !picture.ended ? picture.ready - position() : Number.POSITIVE_INFINITY);
const length = () => picture?.length ?? picture?.ready ?? 0;
const position = () => (finished ? length() : audio.readyState > 0 ? audio.currentTime : wanted);

/** @returns {Hearing["state"]} */
function state() {
  if (!uid) return "closed";
  if (problem() && !picture?.ready) return "failed";
  if (broken) return "failed";
  if (!started && !interrupted) return "loading";
  return audio.paused && !starved ? "paused" : "playing";
}

const problem = () => picture?.problem ?? broken;

/** There was nothing to hear, or what there was has been heard and the rest did not come: one may try again. */
const retries = () => state() === "failed" || (finished && picture?.problem ? picture.problem.code !== "recording_damaged" : false);

/** What is heard now. @returns {Hearing} */
export function hearing() {
  const at = Math.min(position(), end());
  // The element may hold back a few seconds of what has come. What it says of its readiness alone is not to be relied on.
  const dry = audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && performance.now() - moved > STALL;
  // Chromium begins only when a quarter of a minute has come.
  const coming = state() === "loading" && (picture?.ready ?? 0) > 0;
  const waiting = coming ? dry : state() === "playing" && (dry || left() < AHEAD);
  return { uid, title, state: state(), waiting, at, length: length(), picture, loop, interrupted, problem: problem(), retries: retries() };
}

const changed = () => show(hearing());

function keep() {
  // What was never heard leaves what was kept.
  if (!player || !length() || (broken && !audio.currentTime)) return;
  const at = position();
  kept = at;
  const worth = at > EDGE && at < length() - EDGE;
  keepPosition(player, worth ? at : 0).catch(() => {});
}

function finish() {
  audio.pause();
  finished = true;
  keep();
  changed();
}

/** Goes on where it had to wait. */
function relieve() {
  if (!starved || left() < ENOUGH) return;
  starved = false;
  audio.play().catch(changed);
}

/** Ends at the end, goes around a loop, leaves silences out, waits for what has not come. */
function steer() {
  if (audio.paused || audio.seeking || finished) return;
  const at = audio.currentTime;
  if (loop && at >= Math.min(loop[1], end())) return go(loop[0]);
  if (at >= end()) return finish();
  if (started && left() < AHEAD) {
    starved = true;
    audio.pause();
    return changed();
  }
  if (!choice.skipSilence) return;
  const silence = picture?.silences.find(([from, to]) => at >= from + BREATH && at < to - 2 * BREATH);
  if (!silence) return;
  const to = Math.min(silence[1] - BREATH, end());
  if (!loop || to < loop[1]) return go(to);
  // A loop of nothing but this silence is heard as it is.
  if (silence[0] > loop[0]) go(loop[0]);
}

/** To be called as often as the screen is drawn, while it is. */
export function follow() {
  steer();
  return hearing();
}

/** @param {number} seconds */
function go(seconds) {
  finished = false;
  wanted = seconds;
  if (audio.readyState > 0) audio.currentTime = seconds;
}

/** @param {Picture} told */
function take(told) {
  if (told.player !== player) {
    early.set(told.player, told);
    return;
  }
  if (told.ready && !picture?.ready) moved = performance.now();
  picture = told;
  relieve();
  steer();
  changed();
}

/** Lets go of the recording. */
export function close() {
  if (!uid) return;
  keep();
  turn += 1;
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  if (player) closePlayer(player).catch(() => {});
  uid = title = player = "";
  picture = loop = broken = null;
  early.clear();
  started = finished = interrupted = starved = false;
  wanted = kept = 0;
  changed();
}

/**
 * Plays the recording of a call, or pauses and goes on with the one that is open.
 * @param {string} call uid
 * @param {string} name what to call it
 */
export async function play(call, name) {
  if (call === uid && state() !== "failed") return performance.now() - openedAt > DOUBLE ? toggle() : undefined;
  return open(call, name, 0);
}

/** @param {string} call @param {string} name @param {number} from seconds; none is where it was left */
async function open(call, name, from) {
  close();
  const mine = ++turn;
  uid = call;
  title = name;
  openedAt = performance.now();
  // Within the click: WebKit lets an element sound later only if it was touched by a gesture.
  audio.load();
  changed();
  try {
    const opened = await openPlayer(call);
    // The host has it open, and nobody else knows its name.
    if (mine !== turn) return void closePlayer(opened.player).catch(() => {});
    player = opened.player;
    // Keys may have been quicker.
    wanted ||= from || opened.at;
    picture = early.get(player) ?? null;
    early.clear();
    audio.src = opened.url;
    audio.defaultPlaybackRate = audio.playbackRate = choice.speed;
    audio.volume = choice.volume;
    if (!interrupted) await audio.play();
  } catch (reason) {
    if (mine !== turn) return;
    // The element tells of its own errors by an event.
    if (!(reason instanceof DOMException)) broken = problemOf(reason);
    else if (reason.name === "NotAllowedError") started = true;
    changed();
  }
}

/** Pauses, or goes on; what failed or ended too early is tried again. What is only coming is not stopped: that is `close`. */
export function toggle() {
  if (!uid || state() === "loading") return;
  if (retries()) return void open(uid, title, position());
  interrupted = false;
  if (starved) {
    starved = false;
    return changed();
  }
  if (!audio.paused) return audio.pause();
  if (finished) go(loop ? loop[0] : 0);
  audio.play().catch(changed);
}

/** A call has come in: what plays pauses, and stays so. */
export function interrupt() {
  // One that is still being fetched does not begin, either.
  if (!uid || (started && audio.paused && !starved)) return;
  starved = false;
  audio.pause();
  interrupted = true;
  keep();
  changed();
}

/** @param {number} seconds */
export function seek(seconds) {
  if (!uid || state() === "failed") return;
  // Before its head has come nobody knows how long it is.
  const last = Math.min(length() || Number.POSITIVE_INFINITY, end());
  const to = Math.max(0, Math.min(seconds, last));
  if (loop && (to < loop[0] || to > loop[1])) loop = null;
  go(to);
  keep();
  changed();
}

/** @param {number} seconds may be less than none */
export const step = (seconds) => seek(position() + seconds);

/** @param {[number, number] | null} range in seconds */
export function setLoop(range) {
  loop = range;
  if (loop && (position() < loop[0] || position() >= loop[1])) go(loop[0]);
  changed();
}

/** @param {Partial<PlayerChoice>} change */
export function choose(change) {
  choice = { ...choice, ...change };
  audio.defaultPlaybackRate = audio.playbackRate = choice.speed;
  audio.volume = choice.volume;
  keepPlayerChoice(choice).catch(() => {});
  changed();
}

/** How the agent likes to listen. */
export const chosen = () => choice;

/** The host's name for what is open. */
export const openedPlayer = () => player;

/**
 * Where sound may come out is the web view's to say: WebKitGTK has no way, WebView2 has.
 * @returns {boolean}
 */
export const canChooseOutput = () => "setSinkId" in audio && typeof navigator.mediaDevices?.enumerateDevices === "function";

/** The devices, by the web view's name for them. @returns {Promise<MediaDeviceInfo[]>} */
export async function outputs() {
  const all = async () => (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audiooutput");
  const devices = await all();
  if (devices.some((device) => device.label)) return devices;
  // Names of devices are told only to whom the microphone is allowed.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) track.stop();
  return all();
}

/** @param {string} output the web view's name for the device */
export async function chooseOutput(output) {
  await /** @type {any} */ (audio).setSinkId(output);
  choose({ output });
}

function failed() {
  if (!player) return;
  const missing = audio.canPlayType("audio/wav") === "";
  broken = { code: missing ? "player_codec_missing" : "player_failed", detail: audio.error?.message ?? "" };
  changed();
}

/** @param {(hearing: Hearing) => void} shown told of every change, and four times a second while it plays */
export async function listenPlayer(shown) {
  show = shown;
  audio.addEventListener("loadedmetadata", () => {
    if (wanted > 0) audio.currentTime = wanted;
  });
  audio.addEventListener("playing", () => {
    // A call may have come in between.
    if (audio.paused) return;
    started = true;
    interrupted = false;
    moved = performance.now();
    changed();
  });
  audio.addEventListener("timeupdate", () => {
    if (!player) return;
    moved = performance.now();
    if (audio.currentTime > 0) started = true;
    steer();
    if (!audio.paused && Math.abs(audio.currentTime - kept) > KEEP_EVERY) keep();
    changed();
  });
  audio.addEventListener("seeked", () => {
    relieve();
    changed();
  });
  audio.addEventListener("pause", () => {
    if (player && !finished && started) keep();
    changed();
  });
  for (const event of ["play", "canplay"]) audio.addEventListener(event, changed);
  audio.addEventListener("ended", () => player && finish());
  audio.addEventListener("error", failed);
  await onPicture(take);
  choice = await playerChoice();
  if (choice.output && canChooseOutput()) await /** @type {any} */ (audio).setSinkId(choice.output).catch(() => {});
}
