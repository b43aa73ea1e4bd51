// @ts-check
// The player: its place is below the lists, whatever happens in them.

import { buttonById, byId, enable, inputById, part, tell, tellWhole } from "../dom.js";
import { duration } from "../format.js";
import { problemOf, saveRecording } from "../ipc.js";
import { problemWords, word } from "../locale.js";
import { canChooseOutput, choose, chooseOutput, chosen, close, follow, hearing, interrupt, listenPlayer, openedPlayer, outputs, play, seek, setLoop, step, toggle } from "../player.js";
import { draw } from "../shape.js";
import { renderHearing } from "./recent.js";
import { drawWave } from "./wave.js";

/** @import { Hearing } from "../player.js" */
/** @import { Problem, Snapshot } from "../types" */

/** Seconds of a step by key or button. */
const STEP = 10;
/** Pixels from which on a press is a drag. */
const DRAG = 4;
/** The shortest stretch that is worth a loop, in seconds. */
const SHORTEST = 0.5;

const canvas = () => /** @type {HTMLCanvasElement} */ (byId("dock-wave"));
const uidForm = () => byId("dock-uid");

/** What the last line says besides the recording's own troubles. @type {{key: string, values?: Record<string, string>} | null} */
let said = null;
/** Why the last act came to nothing. @type {Problem | null} */
let refused = null;
/** The range that is being drawn. @type {[number, number] | null} */
let drawn = null;
let frame = 0;
/** Calls that ring or talk, as last seen. */
let busy = new Set();

/** Pauses what plays when a call begins to ring or to talk. @param {Snapshot} snapshot */
export function pauseForCalls(snapshot) {
  const now = new Set(snapshot.calls.filter((call) => call.state !== "held").map((call) => `${call.uid} ${call.state === "ringing"}`));
  if ([...now].some((call) => !busy.has(call))) interrupt();
  busy = now;
}

/** @param {Hearing} heard */
function noteOf({ state, problem, interrupted, waiting, loop }) {
  if (refused) return { words: problemWords(refused), bad: true };
  if (said) return { words: word(said.key, said.values), bad: false };
  if (problem && state !== "failed") return { words: problemWords(problem), bad: true };
  if (interrupted) return { words: word("player.interrupted"), bad: false };
  if (waiting && state === "playing") return { words: word("player.waiting"), bad: false };
  if (loop) return { words: word("player.looping", { from: duration(loop[0]), to: duration(loop[1]) }), bad: false };
  return { words: "", bad: false };
}

/** @param {Hearing} heard */
function paintWave(heard) {
  drawWave(canvas(), { picture: heard.picture, at: heard.at, length: heard.length, loop: drawn ?? heard.loop });
  const times = `${duration(heard.at)} / ${heard.length ? duration(heard.length) : "--:--"}`;
  tell(byId("dock-time"), heard.state === "loading" && !heard.length ? "" : times);
}

/** @param {Hearing} heard */
function render(heard) {
  renderHearing(heard);
  const asking = !uidForm().hidden;
  const { state, problem, length, at } = heard;
  const dock = byId("dock");
  dock.hidden = state === "closed" && !asking;
  dock.dataset.hearing = state;
  dock.dataset.asking = String(asking);
  byId("dock-title").hidden = asking;
  tellWhole(byId("dock-title"), heard.title);
  const open = state !== "closed";
  byId("dock-body").hidden = !open;
  byId("dock-time").hidden = !open || state === "failed";
  canvas().hidden = state === "failed";
  tellWhole(byId("dock-problem"), state === "failed" && problem ? problemWords(problem) : state === "loading" && !length ? word("player.loading") : "");
  byId("dock-problem").dataset.bad = String(state === "failed");
  const note = noteOf(heard);
  tellWhole(byId("dock-note"), note.words);
  byId("dock-note").dataset.bad = String(note.bad);
  renderControls(heard);
  canvas().setAttribute("aria-valuemax", String(Math.round(length)));
  canvas().setAttribute("aria-valuenow", String(Math.round(at)));
  canvas().setAttribute("aria-valuetext", word("player.position", { at: duration(at), length: duration(length) }));
  if (dock.hidden) return;
  paintWave(heard);
  // Drawn as often as the screen is, while there is something to see; hidden windows are not drawn.
  if (state === "playing" && !frame) frame = requestAnimationFrame(draws);
}

function draws() {
  frame = 0;
  const heard = follow();
  if (heard.state !== "playing" || byId("dock").hidden) return;
  paintWave(heard);
  frame = requestAnimationFrame(draws);
}

/** @param {Hearing} heard */
function renderControls({ state, loop, length }) {
  const playing = state === "playing";
  const can = state === "playing" || state === "paused";
  const main = buttonById("dock-play");
  const name = word(playing ? "player.pause" : "player.play");
  draw(part(main, "shape"), playing ? "pause" : state === "loading" ? "wait" : "play");
  main.setAttribute("aria-label", name);
  main.title = name;
  // What failed is tried again.
  enable(main, can || state === "failed");
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
}

/** Opens the field for the uid of any call. */
function ask() {
  uidForm().hidden = false;
  forget();
  render(hearing());
  inputById("dock-uid-field").focus();
  inputById("dock-uid-field").select();
}

function forget() {
  said = refused = null;
  byId("dock-save").hidden = true;
  byId("dock-output").hidden = true;
}

/** Closes the field, or the player; false where neither is open. */
export function closeDock() {
  forget();
  if (!uidForm().hidden) {
    uidForm().hidden = true;
    render(hearing());
    return true;
  }
  if (!hearing().uid) return false;
  const uid = hearing().uid;
  close();
  const row = [...byId("recent-list").children].find((row) => /** @type {HTMLElement} */ (row).dataset.uid === uid);
  if (row) part(row, "play").focus();
  return true;
}

/** Whether the keyboard is in the player. */
export const dockHasFocus = () => byId("dock").contains(document.activeElement);

/** Says it again in another language. */
export const renderPlayer = () => render(hearing());

/** @param {"wav" | "original"} kind */
async function save(kind) {
  forget();
  said = { key: "player.saving" };
  render(hearing());
  try {
    const saved = await saveRecording(openedPlayer(), kind);
    said = saved && { key: "player.saved", values: { name: saved.name } };
    refused = saved?.problem ?? null;
  } catch (reason) {
    said = null;
    refused = problemOf(reason);
  }
  render(hearing());
}

/** Offers the devices that sound can come out of. */
async function offerOutputs() {
  forget();
  const list = /** @type {HTMLSelectElement} */ (byId("dock-output"));
  try {
    const devices = await outputs();
    list.replaceChildren(...devices.map((device) => new Option(device.label || device.deviceId, device.deviceId)));
    list.value = chosen().output;
    list.hidden = false;
    list.focus();
  } catch (reason) {
    refused = { code: "player_output", detail: String(reason) };
  }
  render(hearing());
}

/** Seconds at a place on the picture. @param {number} x of the window */
function secondsAt(x) {
  const { left, width } = canvas().getBoundingClientRect();
  return Math.max(0, Math.min(1, (x - left) / width)) * hearing().length;
}

function listenWave() {
  let from = Number.NaN;
  const target = canvas();
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !hearing().length) return;
    from = event.clientX;
    target.setPointerCapture(event.pointerId);
  });
  target.addEventListener("pointermove", (event) => {
    if (Number.isNaN(from) || (!drawn && Math.abs(event.clientX - from) < DRAG)) return;
    const [one, other] = [secondsAt(from), secondsAt(event.clientX)];
    drawn = [Math.min(one, other), Math.max(one, other)];
    paintWave(hearing());
  });
  target.addEventListener("pointerup", (event) => {
    if (Number.isNaN(from)) return;
    const range = drawn;
    from = Number.NaN;
    drawn = null;
    forget();
    if (!range) seek(secondsAt(event.clientX));
    else if (range[1] - range[0] >= SHORTEST) setLoop(range);
    render(hearing());
  });
  target.addEventListener("pointercancel", () => {
    from = Number.NaN;
    drawn = null;
    render(hearing());
  });
  new ResizeObserver(() => render(hearing())).observe(target);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => render(hearing()));
}

/** Arrows, Home, End and Space, wherever in the player the keyboard is, except where a control has them for itself. */
function listenKeys() {
  byId("dock").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const own = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (own || !hearing().uid) return;
    const acts = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => step(-STEP),
      ArrowRight: () => step(STEP),
      Home: () => seek(0),
      End: () => seek(hearing().length),
    });
    // On a button Space is the button's.
    if (event.target === canvas()) acts[" "] = toggle;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Without a range, the ten seconds from here on. */
function toggleLoop() {
  const { loop, at, length } = hearing();
  setLoop(loop ? null : [Math.max(0, Math.min(at, length - STEP)), Math.min(length, Math.max(at, length - STEP > 0 ? at : 0) + STEP)]);
}

export async function listenDock() {
  const on = (/** @type {string} */ id, /** @type {() => void} */ act) => byId(id).addEventListener("click", act);
  on("uid-open", () => (uidForm().hidden ? ask() : closeDock()));
  on("dock-play", () => {
    const { state, uid, title } = hearing();
    forget();
    if (state === "failed") play(uid, title);
    else toggle();
  });
  on("dock-back", () => step(-STEP));
  on("dock-forth", () => step(STEP));
  on("dock-skip", () => choose({ skipSilence: !chosen().skipSilence }));
  on("dock-loop", toggleLoop);
  on("dock-close", closeDock);
  on("dock-save-open", () => {
    const open = byId("dock-save").hidden;
    forget();
    byId("dock-save").hidden = !open;
    render(hearing());
    if (open) buttonById("dock-save-wav").focus();
  });
  on("dock-save-wav", () => save("wav"));
  on("dock-save-original", () => save("original"));
  byId("dock-output-open").hidden = !canChooseOutput();
  on("dock-output-open", offerOutputs);
  byId("dock-output").addEventListener("change", (event) => {
    const list = /** @type {HTMLSelectElement} */ (event.target);
    chooseOutput(list.value).catch((reason) => {
      refused = { code: "player_output", detail: String(reason) };
      render(hearing());
    });
  });
  byId("dock-speed").addEventListener("change", (event) => choose({ speed: Number(/** @type {HTMLSelectElement} */ (event.target).value) }));
  byId("dock-volume").addEventListener("input", (event) => choose({ volume: Number(/** @type {HTMLInputElement} */ (event.target).value) }));
  uidForm().addEventListener("submit", (event) => {
    event.preventDefault();
    const uid = inputById("dock-uid-field").value.trim();
    if (!uid) return inputById("dock-uid-field").focus();
    const known = /** @type {HTMLElement[]} */ ([...byId("recent-list").children]).find((row) => row.dataset.uid === uid);
    start(uid, known?.dataset.title ?? uid);
  });
  listenWave();
  listenKeys();
  await listenPlayer(render);
}

/**
 * Plays a call's recording, or pauses the one that is open.
 * @param {string} uid
 * @param {string} title
 */
export function start(uid, title) {
  forget();
  uidForm().hidden = true;
  play(uid, title);
}
