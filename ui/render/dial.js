// @ts-check
// The dial box. Shows below it what will be dialled, while the agent types.

import { act, explainNumber } from "../ipc.js";
import { offerIn } from "../combo.js";
import { buttonById, byId, enable, inputById, part, tell, tellWhole } from "../dom.js";
import { grouped } from "../format.js";
import { problemWords, word } from "../locale.js";
import { runUntil } from "../tick.js";
import { explainedWords, keepLines, offerChoices } from "./explained.js";

/** @import { DialLink, Explained, LinkWish, Problem, Snapshot, Targets } from "../types" */

/** The problem with the link that is shown. @type {Problem | null} */
let linkProblem = null;

/** What the link asks for that waits for the agent, and the call that it would do it to. @type {{wish: LinkWish, uid: string | null} | null} */
let linkWish = null;

/** How long a link's line waits for the agent, in ms: as long as a refusal. */
const WAITS = 30_000;
let waiting = 0;

/** @type {Targets | null} */
let targets = null;

/** The call that a wish would be done to. @param {LinkWish} wish */
const targetOf = (wish) => (wish.do === "busy" || wish.do === "idle" ? null : (targets?.[wish.do] ?? null));

/** @param {Snapshot} snapshot */
export function renderDial(snapshot) {
  const form = byId("dial");
  const field = inputById("dial-number");
  const pending = snapshot.pending.includes("dial");
  const refused = snapshot.notice?.verb === "dial";
  // The number leaves the field once the server has accepted it. After a refusal it stays for correction.
  if (form.dataset.pending === "true" && !pending && !refused && field.value === form.dataset.sent) field.value = "";
  form.dataset.pending = String(pending);
  form.dataset.refused = String(refused);
  form.dataset.asked = String(refused && snapshot.notice?.problem.code === "number_ask");
  targets = snapshot.targets;
  // It was for that call, and for no other.
  if (linkWish && targetOf(linkWish.wish) !== linkWish.uid) forgetLink();
  const { countdown } = snapshot;
  form.dataset.counting = String(countdown !== null);
  tellWhole(byId("dial-countdown-words"), countdown ? word("dial.countdown", { number: grouped(countdown.dialled) }) : "");
  runUntil(byId("dial-countdown-time"), countdown?.until);
  const button = buttonById("dial-send");
  button.setAttribute("aria-busy", String(pending));
  tell(part(button, "word"), word(pending ? "pending.dial" : "verb.dial"));
  const { state } = snapshot.connection;
  const reachable = state === "push" || state === "poll" || snapshot.line?.state === "registered";
  enable(button, !pending && reachable);
  explain();
}

/** Shows what the desk would dial by its rules. Drops an answer for text that has changed since. */
async function explain() {
  const field = inputById("dial-number");
  const preview = byId("dial-preview");
  const typed = field.value;
  const { link, offer } = byId("dial").dataset;
  const button = buttonById("dial-link");
  button.hidden = link !== "offered" && link !== "wish";
  tellWhole(button, linkWish ? wishWords(linkWish.wish) : offer ? word("dial.offer", { number: grouped(offer) }) : "");
  const counting = byId("dial").dataset.counting === "true";
  byId("dial-countdown").hidden = !counting;
  buttonById("dial-stop").hidden = !counting;
  if (counting) button.hidden = true;
  // A refusal keeps the line until the text changes.
  const sent = byId("dial").dataset.refused === "true" && typed === byId("dial").dataset.sent;
  const { sent: dialled } = byId("dial").dataset;
  const mended = byId("dial").dataset.refused === "true" && dialled !== undefined ? !sent : typed !== "";
  byId("dial-notice").hidden = link === "bad" || mended || counting;
  preview.hidden = !byId("dial-notice").hidden || counting;
  buttonById("dial-sure").hidden = byId("dial-notice").hidden || byId("dial").dataset.asked !== "true" || !button.hidden;
  if (link === "bad") {
    preview.dataset.bad = "true";
    offerAll(null);
    return tellWhole(preview, linkProblem ? problemWords(linkProblem) : "");
  }
  if (!typed.trim()) {
    offerAll(null);
    return tellWhole(preview, "");
  }
  const explained = await explainNumber(typed, false).catch(() => null);
  if (field.value !== typed || !explained) return;
  preview.dataset.bad = String(explained.problem !== null);
  tellWhole(preview, explainedWords(explained, "dial.preview"));
  offerAll(explained);
}

/** @param {LinkWish} wish */
function wishWords(wish) {
  const what = word(`verb.${wish.do}`);
  return wish.do === "transfer"
    ? word("dial.wish_transfer", { what, number: grouped(wish.target) })
    : word("dial.wish", { what });
}

/** @param {Explained | null} explained */
const offerAll = (explained) => offerChoices(byId("dial-choices"), explained?.choices ?? [], fillDial);

/** Puts a number into the dial box. @param {string} number */
export function fillDial(number) {
  const field = inputById("dial-number");
  forgetLink();
  field.value = number;
  // A number that was not typed may be replaced by the next one.
  byId("dial").dataset.filled = number;
  field.focus();
  explain();
}

/** Removes a link's line below the dial box. */
function forgetLink() {
  for (const name of ["link", "offer"]) delete byId("dial").dataset[name];
  linkProblem = null;
  linkWish = null;
  clearTimeout(waiting);
}

/** Whether the agent is writing in another field. */
function writesElsewhere() {
  const active = document.activeElement;
  return active instanceof HTMLInputElement && active.id !== "dial-number" && active.value !== "";
}

/**
 * Puts a link's number into the dial box. A number that the agent has typed but not dialled stays, and the link's is offered
 * below it. An agent who is typing elsewhere keeps the keyboard there.
 * @param {DialLink} link
 */
export function linkDial({ number, wish, problem }) {
  const { value } = inputById("dial-number");
  const { filled, sent, pending, refused } = byId("dial").dataset;
  const wasSent = value === sent && (pending === "true" || refused === "true");
  forgetLink();
  if (number && (value.trim() === "" || value === filled || value === number || wasSent)) {
    const active = writesElsewhere() ? /** @type {HTMLElement} */ (document.activeElement) : null;
    fillDial(number);
    return active?.focus();
  }
  byId("dial").dataset.link = number ? "offered" : wish ? "wish" : "bad";
  if (wish) linkWish = { wish, uid: targetOf(wish) };
  else if (number) byId("dial").dataset.offer = number;
  else linkProblem = problem;
  if (!number) {
    waiting = setTimeout(() => {
      forgetLink();
      explain();
    }, WAITS);
  }
  explain();
}

/** Whatever the agent does while a link's number is counted down stops it: he is busy with something else, or does not want it. */
function stopOnAnyAct(/** @type {(reason: unknown) => void} */ failed) {
  for (const kind of ["pointerdown", "keydown", "input"]) {
    addEventListener(kind, () => {
      const { dataset } = byId("dial");
      if (dataset.counting !== "true") return;
      dataset.counting = "stopped";
      act({ do: "stop_countdown" }).catch(failed);
    }, true);
  }
}

/** @param {(reason: unknown) => void} failed @param {(wish: LinkWish) => void} grant does what a link asks for */
export function listenDial(failed, grant) {
  const field = inputById("dial-number");
  field.addEventListener("input", () => {
    // An offered number stays while the agent goes on typing.
    if (byId("dial").dataset.link === "bad") forgetLink();
    explain();
  });
  keepLines(field);
  offerIn(field, /** @type {HTMLElement} */ (byId("dial").querySelector(".line")), fillDial);
  stopOnAnyAct(failed);
  buttonById("dial-link").addEventListener("click", () => {
    const wish = linkWish?.wish;
    if (!wish) return fillDial(byId("dial").dataset.offer ?? "");
    forgetLink();
    explain();
    grant(wish);
  });
  buttonById("dial-stop").addEventListener("click", () => {
    act({ do: "stop_countdown" }).catch(failed);
  });
  buttonById("dial-sure").addEventListener("click", () => {
    act({ do: "dial", number: byId("dial").dataset.sent ?? "", sure: true }).catch(failed);
  });
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = field.value;
    if (!number.trim()) return field.focus();
    if (buttonById("dial-send").disabled) return;
    byId("dial").dataset.sent = number;
    forgetLink();
    act({ do: "dial", number, sure: false }).catch(failed);
  });
}
