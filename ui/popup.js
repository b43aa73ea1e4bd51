// @ts-check
// The pop-up: a card per call, in the snapshot's order. Which calls pop is decided by the desk.

import { act, follow, onSettings, painted, settings } from "./ipc.js";
import { copyOnClick } from "./copy.js";
import { byId, reconcile, tell } from "./dom.js";
import { onKeys } from "./keys.js";
import { dress, speak, word } from "./locale.js";
import { closeKeypad, fillCard, makeCard } from "./render/card.js";
import { nameOf } from "./render/party.js";
import { turned } from "./settle.js";
import { startTicking } from "./tick.js";

/** @import { Settings, Snapshot } from "./types" */

/** What is on the screen, kept to say it again in another language. @type {Snapshot | null} */
let shown = null;

/** @param {string} uid */
function newCard(uid) {
  painted(uid);
  return makeCard();
}

/** @param {Snapshot} snapshot */
function show(snapshot) {
  const before = shown?.popups ?? [];
  if (before.length && snapshot.popups.length && before.join() !== snapshot.popups.join()) turned();
  shown = snapshot;
  reconcile(byId("cards"), snapshot.popups, (uid) => uid, newCard, (card, uid) => fillCard(card, uid, snapshot));
  const first = snapshot.calls.find((call) => call.uid === snapshot.popups[0]);
  tell(byId("said"), first ? [word(`direction.${first.direction}`), word(`state.${first.state}`), nameOf(first)].join(" ") : "");
}

/** @param {Settings} known */
async function useSettings(known) {
  await speak(known.language);
  for (const card of byId("cards").children) dress(card);
  if (shown) show(shown);
}

copyOnClick(byId("cards"), byId("said"));
onKeys({
  Esc: () => {
    const open = document.querySelector(".keypad:not([hidden])");
    const card = open?.closest(".card");
    const uid = shown?.popups[0];
    if (card instanceof HTMLElement) closeKeypad(card);
    else if (uid) act({ do: "dismiss", uid }).catch(() => {});
  },
});
startTicking();

await onSettings(useSettings);
await useSettings(await settings());
await follow(show);
document.body.dataset.ready = "true";
