// @ts-check
// What the panel's own phone does for the call in the room: answer, microphone, keypad, the colleague who is asked, and how the call
// sounds. Where the phone is switched off nothing of it is drawn.

import { act } from "../ipc.js";
import { buttonById, byId, enable, hide, part, setTip, tell } from "../dom.js";
import { problemWords, word } from "../locale.js";
import { settled } from "../settle.js";
import { draw } from "../shape.js";
import { fillVerb } from "./verbs.js";

/** @import { CallView, LineView, Sound, Verb } from "../types" */

/** Buttons that are there only where they make sense. @type {[string, Verb][]} */
const ONLY = [["answer", "answer"], ["complete", "complete"], ["swap", "swap"], ["back", "back"]];

/** Buttons that give way to a colleague who is asked, and to a call that rings here. */
const GIVE_WAY = ["hold", "transfer", "survey"];

/** The keys of a telephone, and the letters on a keyboard that press them. */
const KEYS = "123456789*0#";

/** From these on a call sounds bad enough to say so: packets lost in per cent, jitter and delay in ms, MOS in tenths. */
const BAD = { loss: 5, jitter: 60, delay: 400, mos: 31 };
const FAIR_MOS = 37;

/** What is wrong with the sound, the worst first. @param {Sound} sound */
function trouble({ nothing_arrives, microphone_silent, loss, jitter, delay, mos }) {
  if (nothing_arrives) return "nothing_arrives";
  if (microphone_silent) return "microphone_silent";
  if (loss >= BAD.loss) return "loss";
  if (jitter >= BAD.jitter) return "jitter";
  if (delay >= BAD.delay) return "delay";
  return mos < BAD.mos ? "mos" : "";
}

/** @param {Sound} sound */
const level = (sound) => (trouble(sound) ? "bad" : sound.mos < FAIR_MOS ? "fair" : "good");

/** @param {Sound} sound */
function figures({ mos, loss, jitter, delay }) {
  return { mos: (mos / 10).toFixed(1), loss: String(loss), jitter: String(jitter), delay: String(delay) };
}

/** @param {CallView} call */
function renderSound(call) {
  const sound = call.phone?.sound ?? null;
  const bar = byId("sound");
  tell(byId("sound-word"), "");
  bar.hidden = !sound;
  if (!sound) return;
  const wrong = trouble(sound);
  bar.dataset.level = level(sound);
  tell(byId("sound-word"), wrong ? word(`sound.${wrong}`, figures(sound)) : "");
  setTip(bar, word("sound.title", { ...figures(sound), codec: call.phone?.codec ?? "–" }));
  bar.setAttribute("aria-label", word(`sound.${level(sound)}`));
}

/** @param {CallView | null} call */
export function renderPhone(call) {
  for (const [id, verb] of ONLY) {
    const button = buttonById(id);
    const pending = call?.pending === verb;
    fillVerb(button, verb, call);
    button.hidden = !(pending || call?.verbs.includes(verb));
  }
  const asks = !buttonById("back").hidden;
  const rings = !buttonById("answer").hidden;
  // Swapping two customers is what "resume" does.
  if (!asks) buttonById("swap").hidden = true;
  for (const id of GIVE_WAY) byId(id).hidden = asks || rings;
  if (rings) tell(part(buttonById("hangup"), "word"), word("verb.decline"));
  const phone = call?.phone ?? null;
  const up = call?.verbs.includes("mute") ?? false;
  byId("phone").hidden = !phone || rings;
  if (!phone || !call) {
    tell(byId("sound-word"), "");
    return closeKeys();
  }
  const mute = buttonById("mute");
  mute.setAttribute("aria-pressed", String(phone.muted));
  draw(part(mute, "shape"), phone.muted ? "mic_off" : "mic");
  tell(part(mute, "word"), word(phone.muted ? "phone.muted" : "verb.mute"));
  enable(mute, up);
  enable(buttonById("keys-open"), call.verbs.includes("dtmf"));
  if (!call.verbs.includes("dtmf")) closeKeys();
  tell(byId("keys-sent"), phone.digits);
  tell(byId("phone-note"), phone.held_by_other ? word("phone.held_by_other") : "");
  renderSound(call);
}

/** How the phone stands, in the header. @param {LineView | null} line @param {CallView[]} calls */
export function renderLine(line, calls) {
  const shown = byId("line");
  shown.hidden = !line;
  if (!line) return;
  const sound = calls.map((call) => call.phone?.sound).find(Boolean);
  shown.dataset.state = line.state;
  shown.dataset.level = sound ? level(sound) : "";
  const mos = sound ? (sound.mos / 10).toFixed(1) : "";
  tell(byId("line-word"), line.state === "registered" ? mos : word(`line.${line.state}`));
  setTip(shown, line.state === "lost" && line.problem ? problemWords(line.problem) : word(`line.title.${line.state}`));
}

/** What is to be said about the phone, if anything. @param {LineView | null} line */
export function lineWords(line) {
  if (!line) return "";
  if (line.state === "lost" && line.problem) return problemWords(line.problem);
  if (!line.device) return "";
  const name = line.device.name || word("phone.system_device");
  return word(line.device.gone ? "phone.device_gone" : "phone.device_back", { name });
}

/** Closes the keypad; true if it was open. */
export function closeKeys() {
  if (byId("keys").hidden) return false;
  hide(byId("keys"));
  buttonById("keys-open").setAttribute("aria-expanded", "false");
  return true;
}

function toggleKeys() {
  if (closeKeys()) return;
  byId("keys").hidden = false;
  buttonById("keys-open").setAttribute("aria-expanded", "true");
  byId("keys").querySelector("button")?.focus();
}

/** @param {(reason: unknown) => void} failed @param {() => string} uid the call in the room */
export function listenPhone(failed, uid) {
  for (const [id, verb] of ONLY) {
    buttonById(id).addEventListener("click", () => {
      if (settled()) act({ do: /** @type {"answer" | "complete" | "swap" | "back"} */ (verb), uid: uid() }).catch(failed);
    });
  }
  buttonById("mute").addEventListener("click", () => {
    const on = buttonById("mute").getAttribute("aria-pressed") !== "true";
    if (settled()) act({ do: "mute", uid: uid(), on }).catch(failed);
  });
  buttonById("keys-open").addEventListener("click", toggleKeys);
  const press = (/** @type {string} */ digits) => act({ do: "dtmf", uid: uid(), digits }).catch(failed);
  byId("keys").addEventListener("click", (event) => {
    const key = event.target instanceof Element ? event.target.closest("button") : null;
    if (key?.dataset.digit && settled()) press(key.dataset.digit);
  });
  byId("keys").addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || !KEYS.includes(event.key)) return;
    event.preventDefault();
    press(event.key);
  });
}
