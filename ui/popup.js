// @ts-check
// The pop-up: a card per call, in the snapshot's order. The desk decides which calls pop up.

import { act, follow, onJournal, onSettings, painted, popupSize, settings } from "./ipc.js";
import { turnBrowserOff } from "./browser.js";
import { copyOnClick } from "./copy.js";
import { byId, reconcile, tell } from "./dom.js";
import { onKeys } from "./keys.js";
import { dress, speak, word } from "./locale.js";
import { closeKeypad, fillCard, makeCard } from "./render/card.js";
import { askAgain } from "./render/history.js";
import { nameOf, stateWord } from "./render/party.js";
import { watchPresses } from "./series.js";
import { byItself, turned, watchFocus } from "./settle.js";
import { drawAll } from "./shape.js";
import { setClock, startTicking } from "./tick.js";
import { listenTips } from "./tip.js";

/** @import { Settings, Snapshot } from "./types" */

/** What is on the screen, kept for redrawing in another language. @type {Snapshot | null} */
let shown = null;

/** @param {string} uid */
function newCard(uid) {
  painted(uid);
  // The window appears with its first card, perhaps late, so what is under the pointer counts as new from the first paint.
  requestAnimationFrame(turned);
  return makeCard();
}

/** Where the last card's buttons are; 0 where there are none. */
const place = () => [...document.querySelectorAll(".card .hangup")].at(-1)?.getBoundingClientRect().top ?? 0;

/** The desk has changed. @param {Snapshot} snapshot */
function receive(snapshot) {
  setClock(snapshot.clock);
  const before = place();
  byItself(() => show(snapshot));
  // A late name or a message may have moved the buttons.
  if (before && place() && before !== place()) turned();
  // A hidden window is laid out, but does not observe sizes.
  askForRoom();
  markEdges();
}

/** @param {Snapshot} snapshot */
function show(snapshot) {
  const before = shown?.popups ?? [];
  if (snapshot.popups.length && before.join() !== snapshot.popups.join()) turned();
  shown = snapshot;
  reconcile(byId("cards"), snapshot.popups, (uid) => uid, newCard, (card, uid) => fillCard(card, uid, snapshot));
  const first = snapshot.calls.find((call) => call.uid === snapshot.popups[0]);
  tell(byId("said"), first ? [word(`direction.${first.direction}`), stateWord(first), nameOf(first)].join(" ") : "");
}

/** @param {Settings} known */
async function useSettings(known) {
  await speak(known.language);
  for (const card of byId("cards").children) dress(card);
  if (shown) show(shown);
}

function escape() {
  const open = document.querySelector(".keypad:not([hidden])");
  const card = open?.closest(".card");
  const uid = shown?.popups[0];
  if (card instanceof HTMLElement) closeKeypad(card);
  else if (uid) act({ do: "dismiss", uid }).catch(() => {});
}

/** The width of the cards if the screen has room, in the page's pixels. */
const WIDTH = 360;

/** Overflow smaller than this, less than a line, needs no scrolling. In the page's pixels. */
const SLIGHT = 8;

/** The last requested size. */
let asked = "";

/** Requests the window size that the cards need: their height at their normal width. */
function askForRoom() {
  const cards = byId("cards");
  cards.dataset.measured = "true";
  const height = Math.ceil(cards.getBoundingClientRect().height);
  delete cards.dataset.measured;
  const size = { width: WIDTH, height };
  if (height === 0 || JSON.stringify(size) === asked) return;
  asked = JSON.stringify(size);
  popupSize(size);
}

/** Marks at the window's edges that there is more. */
function markEdges() {
  const { scrollTop, scrollHeight } = document.documentElement;
  const top = scrollTop || document.body.scrollTop;
  const below = Math.max(scrollHeight, document.body.scrollHeight) - innerHeight - top;
  byId("more-above").hidden = top <= SLIGHT;
  byId("more-below").hidden = below <= SLIGHT;
}

watchFocus();
watchPresses();
listenTips();
copyOnClick(byId("cards"), byId("said"));
onKeys({}, {}, escape, () => false);
turnBrowserOff();
drawAll(document);
for (const event of ["scroll", "resize"]) addEventListener(event, markEdges, true);
// A window that was closed reappears under the pointer.
let seen = document.visibilityState === "visible";
document.addEventListener("visibilitychange", () => {
  const visible = document.visibilityState === "visible";
  if (visible && !seen) turned();
  seen = visible;
});
startTicking();

await onSettings(useSettings);
await onJournal(() => document.querySelectorAll(".card .history").forEach((line) => askAgain(/** @type {HTMLElement} */ (line))));
await useSettings(await settings());
await follow(receive);
new ResizeObserver(() => {
  askForRoom();
  markEdges();
}).observe(byId("cards"));
document.body.dataset.ready = "true";
