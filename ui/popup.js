// @ts-check
// The pop-up: a card per call, in the snapshot's order. Which calls pop is decided by the desk.

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

/** What is on the screen, kept to say it again in another language. @type {Snapshot | null} */
let shown = null;

/** @param {string} uid */
function newCard(uid) {
  painted(uid);
  // The window comes with its first card, and may come late: what lies under the pointer is new when it is painted.
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
  // A name that came late, or a sentence, has moved the buttons.
  if (before && place() && before !== place()) turned();
  // A window that is hidden is laid out all the same, but observes no sizes.
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

/** How wide the cards are where the screen has the room, in the page's pixels. */
const WIDTH = 360;

/** So much less than a line is nothing to scroll for, in the page's pixels. */
const SLIGHT = 8;

/** What was last asked for. */
let asked = "";

/** Asks for the window that the cards need: so high as they are when they are as wide as they should be. */
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

/** Says at the window's edges that there is more. */
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
// A window that was closed comes back under the pointer.
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
