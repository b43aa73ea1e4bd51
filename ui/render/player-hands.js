// @ts-check
// What the agent does with the player: pointer, keys, buttons.

import { buttonById, byId, inputById, part } from "../dom.js";
import { problemOf, saveRecording } from "../ipc.js";
import { canChooseOutput, choose, chooseOutput, chosen, close, hearing, listenPlayer, openedPlayer, outputs, play, seek, setLoop, step, toggle } from "../player.js";
import { drawRange, quiet, renderPlayer, say, sayDone, sayRefused, showHearing } from "./player.js";

/** Seconds of a step by key or button. */
const STEP = 10;
/** Pixels from which on a press is a drag. */
const DRAG = 4;
/** The shortest stretch that is worth a loop, in seconds. */
const SHORTEST = 0.5;

const canvas = () => byId("dock-wave");
const uidForm = () => byId("dock-uid");

/** In the place of the tools stand either they, or one of the choices. @param {"dock-controls" | "dock-save" | "dock-outputs"} shown */
function showTools(shown) {
  for (const id of ["dock-controls", "dock-save", "dock-outputs"]) byId(id).hidden = id !== shown;
}

function forget() {
  quiet();
  showTools("dock-controls");
}

/** Opens the field for the uid of any call. */
function ask() {
  forget();
  uidForm().hidden = false;
  renderPlayer();
  inputById("dock-uid-field").focus();
  inputById("dock-uid-field").select();
}

function stopAsking() {
  uidForm().hidden = true;
  renderPlayer();
  buttonById("uid-open").focus();
}

/** Takes a choice back, and gives the keyboard to the button that offered it. @returns {boolean} whether there was one */
function closeChoice() {
  const offered = { "dock-save": "dock-save-open", "dock-outputs": "dock-output-open" };
  const open = Object.entries(offered).find(([id]) => !byId(id).hidden);
  if (!open) return false;
  showTools("dock-controls");
  buttonById(open[1]).focus();
  return true;
}

/** Closes what is open of it, the last thing first: field, choice, player. False where nothing is. */
export function closeDock() {
  quiet();
  if (!uidForm().hidden) return stopAsking(), true;
  if (closeChoice()) return true;
  const { uid } = hearing();
  if (!uid) return false;
  close();
  const row = [...byId("recent-list").children].find((row) => /** @type {HTMLElement} */ (row).dataset.uid === uid);
  if (row) part(row, "play").focus();
  return true;
}

/** Whether the keyboard is in the player. */
export const dockHasFocus = () => byId("dock").contains(document.activeElement);

/** Shows the tools, or folds them away; in a high window they always show. @param {boolean} open */
function unfold(open) {
  byId("dock").dataset.open = String(open);
  renderPlayer();
}

/** Another list wants the room. */
export const foldDock = () => unfold(false);

/** @param {"wav" | "original"} kind */
async function save(kind) {
  const player = openedPlayer();
  const here = () => player === openedPlayer();
  closeChoice();
  say("player.saving");
  try {
    const saved = await saveRecording(player, kind);
    // What becomes of it is no news beside another recording.
    if (!here()) return;
    if (saved?.problem) sayRefused(saved.problem);
    else if (saved) sayDone("player.saved", { name: saved.name });
    else quiet();
  } catch (reason) {
    if (here()) sayRefused(problemOf(reason));
  }
  renderPlayer();
}

/** Offers the devices that sound can come out of. */
async function offerOutputs() {
  forget();
  const list = /** @type {HTMLSelectElement} */ (byId("dock-output"));
  try {
    const devices = await outputs();
    list.replaceChildren(...devices.map((device) => new Option(device.label || device.deviceId, device.deviceId)));
    list.value = chosen().output;
    showTools("dock-outputs");
    list.focus();
  } catch (reason) {
    sayRefused({ code: "player_output", detail: String(reason) });
  }
}

/** Seconds at a place on the picture. @param {number} x of the window */
function secondsAt(x) {
  const { left, width } = canvas().getBoundingClientRect();
  return Math.max(0, Math.min(1, (x - left) / width)) * hearing().length;
}

function listenWave() {
  let from = Number.NaN;
  /** @type {[number, number] | null} */
  let range = null;
  const target = canvas();
  const end = () => {
    from = Number.NaN;
    range = null;
    drawRange(null);
  };
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !hearing().length) return;
    from = event.clientX;
    target.setPointerCapture(event.pointerId);
  });
  target.addEventListener("pointermove", (event) => {
    if (Number.isNaN(from) || (!range && Math.abs(event.clientX - from) < DRAG)) return;
    const [one, other] = [secondsAt(from), secondsAt(event.clientX)];
    range = [Math.min(one, other), Math.max(one, other)];
    drawRange(range);
  });
  target.addEventListener("pointerup", (event) => {
    if (Number.isNaN(from)) return;
    const chosen = range;
    end();
    forget();
    if (!chosen) seek(secondsAt(event.clientX));
    else if (chosen[1] - chosen[0] >= SHORTEST) setLoop(chosen);
    renderPlayer();
  });
  target.addEventListener("pointercancel", end);
  new ResizeObserver(renderPlayer).observe(target);
  const dock = byId("dock");
  new ResizeObserver(() => document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`)).observe(dock);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", renderPlayer);
}

/** Whether the keyboard is in the player, or on the button in the list that it plays by. @param {Element} at */
function plays(at) {
  if (byId("dock").contains(at)) return true;
  const row = at.closest(".play") && at.closest(".row");
  return row instanceof HTMLElement && row.dataset.uid === hearing().uid;
}

/** Arrows, Home, End and Space, except where a control has them for itself. */
function listenKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    const own = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (own || !hearing().uid || !plays(event.target)) return;
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
  const from = Math.max(0, Math.min(at, length - STEP));
  setLoop(loop ? null : [from, Math.min(length, from + STEP)]);
}

function listenTools() {
  const on = (/** @type {string} */ id, /** @type {() => void} */ act) => byId(id).addEventListener("click", act);
  on("dock-back", () => step(-STEP));
  on("dock-forth", () => step(STEP));
  on("dock-skip", () => choose({ skipSilence: !chosen().skipSilence }));
  on("dock-loop", toggleLoop);
  on("dock-save-open", () => {
    forget();
    showTools("dock-save");
    buttonById("dock-save-wav").focus();
  });
  on("dock-save-wav", () => save("wav"));
  on("dock-save-original", () => save("original"));
  on("dock-save-close", closeChoice);
  byId("dock-output-open").hidden = !canChooseOutput();
  on("dock-output-open", offerOutputs);
  on("dock-output-close", closeChoice);
  byId("dock-output").addEventListener("change", (event) => {
    const list = /** @type {HTMLSelectElement} */ (event.target);
    chooseOutput(list.value).catch((reason) => sayRefused({ code: "player_output", detail: String(reason) }));
  });
  byId("dock-speed").addEventListener("change", (event) => choose({ speed: Number(/** @type {HTMLSelectElement} */ (event.target).value) }));
  byId("dock-volume").addEventListener("input", (event) => choose({ volume: Number(/** @type {HTMLInputElement} */ (event.target).value) }));
}

export async function listenDock() {
  const on = (/** @type {string} */ id, /** @type {() => void} */ act) => byId(id).addEventListener("click", act);
  on("uid-open", () => (uidForm().hidden ? ask() : closeDock()));
  on("dock-uid-close", stopAsking);
  on("dock-play", () => {
    quiet();
    toggle();
  });
  on("dock-more", () => unfold(byId("dock").dataset.open !== "true"));
  on("dock-close", () => {
    forget();
    closeDock();
  });
  uidForm().addEventListener("submit", (event) => {
    event.preventDefault();
    const uid = inputById("dock-uid-field").value.trim();
    if (!uid) return inputById("dock-uid-field").focus();
    const known = /** @type {HTMLElement[]} */ ([...byId("recent-list").children]).find((row) => row.dataset.uid === uid);
    start(uid, known?.dataset.title ?? uid);
    canvas().focus();
  });
  listenTools();
  listenWave();
  listenKeys();
  await listenPlayer(showHearing);
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
