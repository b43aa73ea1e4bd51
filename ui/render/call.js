// @ts-check
// The main area with one call, or its contents without a call.

import { act } from "../ipc.js";
import { buttonById, byId, part, setTip, tell } from "../dom.js";
import { clock, duration, grouped, plain } from "../format.js";
import { word } from "../locale.js";
import { settled, turned } from "../settle.js";
import { draw } from "../shape.js";
import { runSince } from "../tick.js";
import { fillBehind, listenBehind } from "./behind.js";
import { journal } from "../journal.js";
import { askCaller } from "./history.js";
import { listenLines, renderLines } from "./lines.js";
import { renderWrapUp, renderWrapUpNote } from "./wrap-up.js";
import { nameOf, shapeOf, stateWord, tellName } from "./party.js";
import { listenPhone, renderPhone } from "./phone.js";
import { isTransferring, listenTransfer, openTransfer, renderTransfer } from "./transfer.js";
import { explainVerb, fillHold, fillVerb } from "./verbs.js";

/** @import { CallView, Row, Snapshot, Targets, Verb } from "../types" */

/** @type {[string, Verb][]} */
const BUTTONS = [["transfer", "transfer"], ["survey", "survey"], ["hangup", "hang_up"]];

/**
 * Which of several calls is shown: the one whose transfer is being typed; or else the agent's choice, until the desk's first call
 * changes; or else the first.
 * @param {CallView[]} calls
 */
function chosen(calls) {
  const { uid, first } = byId("room").dataset;
  const kept = calls.find((call) => call.uid === uid);
  if (kept && (first === calls[0]?.uid || isTransferring(kept.uid))) return kept;
  return calls[0] ?? null;
}

/** @param {HTMLElement} fact @param {string} value */
function renderFact(fact, value) {
  tell(part(fact, "value"), plain(value) || "–");
  fact.dataset.copy = value;
  setTip(fact, value ? word("copy.title", { value: plain(value) }) : "");
}

/** An explanation of the call's state, if it needs one. @param {CallView} call @param {boolean} online */
function explained(call, online) {
  if (call.unconfirmed) return word(online ? "state.unconfirmed_title" : "connection.title.offline");
  return call.state === "in_call" || call.state === "hold_unknown" ? word(`state.${call.state}_title`) : "";
}

/** @param {CallView} call @param {boolean} online @param {boolean} shares whether there are other calls */
function renderCall(call, online, shares) {
  byId("room").dataset.state = call.state;
  byId("room").dataset.unconfirmed = String(call.unconfirmed);
  byId("room").dataset.heldLong = String(call.held_long);
  draw(byId("call-shape"), shapeOf(call));
  tell(byId("call-direction"), word(`direction.${call.direction}`));
  tell(byId("call-state-word"), stateWord(call));
  setTip(byId("call-top"), explained(call, online));
  runSince(byId("call-state-time"), call.state === "held" || call.state === "transferring" ? call.since : null);
  runSince(byId("call-time"), call.answered ?? call.began);
  tellName(byId("call-number"), byId("call-second"), call, shares);
  askCaller(byId("call-history"), call);
  renderFact(byId("call-callee"), call.callb);
  // The phone's own name for a call is nobody's to tell.
  byId("call-uid").hidden = call.uid.startsWith("sip:");
  renderFact(byId("call-uid"), call.uid);
  // A call behind another one has just been named by the server, so it is not over.
  byId("call-over").hidden = !call.closable || call.behind !== null;
  setTip(byId("call-over"), word("call.over_title"));
}

/** @param {CallView | null} call @param {Targets} targets */
function renderVerbs(call, targets) {
  const [hold, restore] = [buttonById("hold"), buttonById("restore")];
  fillHold(hold, restore, call);
  hold.dataset.test = hold.dataset.verb;
  for (const [id, name] of BUTTONS) fillVerb(buttonById(id), name, call);
  const survey = buttonById("survey");
  survey.setAttribute("aria-pressed", String(call?.survey ?? false));
  if (call?.survey && call.pending !== "survey") tell(part(survey, "word"), word("survey.armed"));
  renderPhone(call);
  for (const button of [hold, restore, buttonById("answer"), ...BUTTONS.map(([id]) => buttonById(id))]) explainVerb(button, call, targets);
}

/** @param {Snapshot} snapshot */
const isOnline = ({ connection, line }) =>
  connection.state === "push" || connection.state === "poll" || (connection.state === "unconfigured" && line?.state === "registered");

/** @param {Snapshot} snapshot */
function renderNoCall(snapshot) {
  tell(byId("no-call-word"), word(isOnline(snapshot) ? "call.none" : "call.none_offline"));
  renderLast();
}

/** Shows the last call that has ended. */
export function renderLast() {
  const last = journal()?.last;
  tell(byId("last-call"), last ? lastWords(last) : "");
  renderWrapUpNote();
}

/** @param {Row} entry */
function lastWords(entry) {
  const length = entry.talked_seconds === null ? "" : duration(entry.talked_seconds);
  const values = { time: clock(entry.began), number: nameOf(entry), length };
  return word(length ? "call.last_length" : "call.last", values);
}

/**
 * Shows the main area, and returns the uid of the call in it.
 * @param {Snapshot} snapshot
 */
export function renderRoom(snapshot) {
  const room = byId("room");
  const call = chosen(snapshot.calls);
  const uids = snapshot.calls.map((each) => each.uid).join();
  const known = (room.dataset.calls ?? "").split(",");
  // Adding or removing a line moves the buttons, and another call has other buttons.
  if (call && room.dataset.uid && (room.dataset.uid !== call.uid || room.dataset.calls !== uids)) turned();
  if (room.dataset.uid !== (call?.uid ?? "")) leaveButtons(room);
  room.dataset.uid = call?.uid ?? "";
  room.dataset.first = snapshot.calls[0]?.uid ?? "";
  room.dataset.calls = uids;
  room.dataset.phone = String(snapshot.line !== null);
  byId("call").hidden = !call;
  byId("no-call").hidden = renderWrapUp(snapshot) || call !== null;
  renderVerbs(call, snapshot.targets);
  renderTransfer(call, snapshot.calls);
  renderLines(snapshot, call?.uid ?? "");
  fillBehind(byId("call-behind"), call, snapshot.calls);
  if (call) {
    renderCall(call, isOnline(snapshot), snapshot.calls.length > 1);
    tell(byId("said"), [word(`direction.${call.direction}`), stateWord(call), nameOf(call)].join(" "));
  } else {
    room.dataset.state = "none";
    room.dataset.unconfirmed = "false";
    room.dataset.heldLong = "false";
    tell(byId("said"), "");
    renderNoCall(snapshot);
  }
  const came = snapshot.calls.find((each) => !known.includes(each.uid));
  if (came) bringIntoSight(came, came.uid === call?.uid);
  return call?.uid ?? "";
}

/**
 * If the whole window scrolls, scrolls to what is new: a call's state, time and number, or its line.
 * @param {CallView} call
 * @param {boolean} inRoom
 */
function bringIntoSight({ uid }, inRoom) {
  const line = byId("call-lines").querySelector(`[data-key="${CSS.escape(uid)}"]`);
  const before = scrollY;
  for (const part of inRoom ? [byId("call-mid"), byId("call-top")] : [line]) part?.scrollIntoView({ block: "nearest" });
  if (scrollY !== before) turned();
}

/**
 * Keeps the focus from passing from one call's button to the next call's, where Space would hang that up.
 * @param {HTMLElement} room
 */
function leaveButtons(room) {
  const focused = document.activeElement;
  if (focused instanceof HTMLButtonElement && room.contains(focused)) focused.blur();
}

/**
 * Shows a call and opens its transfer field.
 * @param {string | null} uid null for the shown call
 * @param {() => void} again renders what is shown
 * @param {string} [target] the field's initial text
 */
export function transferCall(uid, again, target) {
  if (uid) bring(uid, again);
  openTransfer(target);
}

/** @param {string} uid @param {() => void} again */
function bring(uid, again) {
  byId("room").dataset.uid = uid;
  again();
}

/** @param {(reason: unknown) => void} failed @param {() => void} again renders what is shown */
export function listenRoom(failed, again) {
  const uid = () => byId("room").dataset.uid ?? "";
  for (const id of ["hold", "restore", "survey", "hangup"]) {
    buttonById(id).addEventListener("click", () => {
      if (!settled()) return;
      const verb = /** @type {"hold" | "restore" | "survey" | "hang_up"} */ (buttonById(id).dataset.verb);
      act({ do: verb, uid: uid() }).catch(failed);
    });
  }
  listenTransfer(failed);
  listenPhone(failed, uid);
  listenBehind(byId("call-behind"), failed);
  const answer = (/** @type {string} */ call) => act({ do: "answer", uid: call }).catch(failed);
  listenLines((chosen) => bring(chosen, again), answer);
  buttonById("call-over").addEventListener("click", () => {
    if (settled()) act({ do: "over", uid: uid() }).catch(failed);
  });
}
