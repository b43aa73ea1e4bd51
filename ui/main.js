// @ts-check
// The main window.

import { act, follow, followJournal, onLink, onSettings, onShowSettings, onShowTransfer, painted, problemOf, settings, takeLink } from "./ipc.js";
import { turnBrowserOff } from "./browser.js";
import { copyOnClick } from "./copy.js";
import { closeSuggestions, listenSuggestions, renderSuggestions } from "./combo.js";
import { byId, inputById, tellWhole } from "./dom.js";
import { keepJournal } from "./journal.js";
import { onKeys } from "./keys.js";
import { problemWords, speak } from "./locale.js";
import { listenContacts, renderContacts } from "./render/contacts.js";
import { listenRoom, renderLast, renderRoom, transferCall } from "./render/call.js";
import { linkDial, listenDial, renderDial } from "./render/dial.js";
import { renderHeader } from "./render/header.js";
import { renderNotices } from "./render/notice.js";
import { listenPresence, renderPresence, togglePresence } from "./render/presence.js";
import { closeDock, dockHasFocus, foldDock, listenDock, start } from "./render/player-hands.js";
import { pauseForCalls, renderPlayer } from "./render/player.js";
import { askAgain } from "./render/history.js";
import { listenRecent, openLine, refresh, renderJournal, renderRecent } from "./render/recent.js";
import { closeSettings, listenSettings, openSettings, renderSettings, tellOfLink } from "./render/settings.js";
import { listenSupervise, renderSupervise } from "./render/supervise.js";
import { listenReturned, renderReturned } from "./render/returned.js";
import { listenTabs, openTab, reopenTab } from "./render/tabs.js";
import { listenTeam, renderTeam } from "./render/team.js";
import { closeKeys } from "./render/phone.js";
import { closeReasons } from "./render/reasons.js";
import { listenTotals, renderTotals } from "./render/totals.js";
import { closeTransfer } from "./render/transfer.js";
import { listenWrapUp } from "./render/wrap-up.js";
import { keyMeans, watchPresses } from "./series.js";
import { byItself, settled, turned, watchFocus } from "./settle.js";
import { drawAll } from "./shape.js";
import { setClock, startTicking } from "./tick.js";
import { listenTips } from "./tip.js";

/** @import { JournalView, LinkWish, Settings, Snapshot, Targets } from "./types" */

/** What is on the screen, kept for redrawing in another language. @type {Snapshot | null} */
let shown = null;

/** Whether letters are commands without Alt. */
let lettersAlone = false;

/** Notices when keys start to act on another call. @param {Targets | undefined} before @param {Targets} now */
function heedTargets(before, now) {
  const verbs = /** @type {(keyof Targets)[]} */ (Object.keys(now));
  if (verbs.some((verb) => before?.[verb] && now[verb] && before[verb] !== now[verb])) turned();
}

/** The position of the call's buttons. 0 if there are none. */
const place = () => byId("hangup").getBoundingClientRect().top;

/** The desk has changed. @param {Snapshot} snapshot */
function receive(snapshot) {
  setClock(snapshot.clock);
  heedTargets(shown?.targets, snapshot.targets);
  const before = place();
  byItself(() => show(snapshot));
  // A message above the buttons has moved them.
  if (before && place() && before !== place()) turned();
}

/** @param {Snapshot} snapshot */
function show(snapshot) {
  shown = snapshot;
  renderHeader(snapshot);
  renderPresence(snapshot);
  renderReturned(snapshot);
  renderNotices(snapshot.notice, renderRoom(snapshot));
  renderDial(snapshot);
  renderSupervise(snapshot);
  renderTeam(snapshot);
  renderSuggestions(snapshot.team);
  renderRecent(snapshot);
  pauseForCalls(snapshot);
}

function again() {
  if (shown) show(shown);
}

/** @param {Settings} known */
async function useSettings(known) {
  lettersAlone = known.letter_keys;
  await speak(known.language);
  renderSettings(known);
  renderContacts();
  renderPlayer();
  renderJournal();
  again();
}

/** The journal has changed. @param {JournalView} view */
async function receiveJournal(view) {
  keepJournal(view);
  renderJournal();
  renderLast();
  askAgain(byId("call-history"));
  await renderTotals();
  await refresh();
}

/** Names in the journal may have changed. */
async function renamed() {
  askAgain(byId("call-history"));
  await refresh();
}

/** Shows at this place that an intent did not even reach the desk. @param {string} place */
const failAt = (place) => (/** @type {unknown} */ reason) => tellWhole(byId(place), problemWords(problemOf(reason)));

/** @param {() => void} action */
const atDesk = (action) => () => {
  if (!byId("desk").hidden) action();
};

function focusDial() {
  inputById("dial-number").focus();
  inputById("dial-number").select();
}

/** Acts on the call that the desk names as the target of this verb. @param {string} key @param {keyof Targets} verb */
function press(key, verb) {
  const uid = shown?.targets[verb];
  if (!uid || !settled() || !keyMeans(key, `${verb} ${uid}`)) return;
  if (verb === "transfer") transferCall(uid, again);
  else if (verb !== "mute") act({ do: verb, uid }).catch(failAt("call-notice"));
}

/** The microphone off or on. A press too many is set right by the next. */
function toggleMute() {
  const call = shown?.calls.find((each) => each.uid === shown?.targets.mute);
  if (call) act({ do: "mute", uid: call.uid, on: !call.phone?.muted }).catch(failAt("call-notice"));
}

/** Hold and resume share a key: hold if a call is connected, otherwise resume. */
const toggleHold = () => press("H", shown?.targets.hold ? "hold" : "restore");

function toggleBusy() {
  if (keyMeans("B", shown?.presence.value === "busy" ? "idle" : "busy")) togglePresence();
}

/** The tray's menu line. */
function transfer() {
  closeSettings();
  transferCall(shown?.targets.transfer ?? null, again);
}

/** Takes a link from another program into the dial box, where it waits until the first setup is done. */
async function link() {
  const came = await takeLink();
  if (!came) return;
  byItself(() => {
    if (!closeSettings()) tellOfLink(came);
    linkDial(came);
  });
}

/** Carries out a link's request, now that the agent has agreed. @param {LinkWish} wish */
function grant(wish) {
  if (wish.do === "busy" || wish.do === "idle") return act({ do: wish.do }).catch(failAt("presence-notice"));
  const uid = shown?.targets[wish.do];
  if (!uid) return tellWhole(byId("call-notice"), problemWords({ code: "not_now", detail: "" }));
  if (wish.do === "transfer") transferCall(uid, again, wish.target);
  else act({ do: wish.do, uid }).catch(failAt("call-notice"));
}

/** Closes the suggestions, leaves a field, or closes whatever is open, or else the pop-up. */
function escape() {
  if (closeSuggestions()) return;
  if (closeReasons()) return;
  const active = document.activeElement;
  if (byId("transfer-form").contains(active) ? closeTransfer() : closeSettings()) return;
  if (dockHasFocus() && closeDock()) return;
  if (active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement) return active.blur();
  if (closeTransfer() || closeKeys()) return;
  const uid = shown?.popups[0];
  if (uid) act({ do: "dismiss", uid }).catch(failAt("call-notice"));
  else closeDock();
}

watchFocus();
watchPresses();
listenTips();
drawAll(document);
listenPresence(failAt("presence-notice"));
listenReturned(failAt("presence-notice"));
listenTotals();
listenRoom(failAt("call-notice"), again);
listenWrapUp(failAt("call-notice"));
listenDial(failAt("dial-notice"), grant);
listenSupervise(failAt("supervisor-notice"));
listenRecent(start, failAt("dial-notice"));
byId("call-history").addEventListener("click", () => {
  openTab("tab-recent");
  openLine(byId("call-history").dataset.id ?? "");
});
listenSuggestions();
listenTabs(foldDock);
listenTeam(failAt("connection-notice"));
listenSettings();
copyOnClick(byId("room"), byId("said"));
const letters = {
  D: atDesk(focusDial),
  H: atDesk(toggleHold),
  T: atDesk(() => press("T", "transfer")),
  S: atDesk(() => press("S", "survey")),
  B: atDesk(toggleBusy),
  // A call rings while the settings are open, too.
  A: () => press("A", "answer"),
  M: atDesk(toggleMute),
};
// A slip of the finger must not end a call, so this always needs Alt.
onKeys({ ...letters, E: atDesk(() => press("E", "hang_up")) }, letters, escape, () => lettersAlone);
turnBrowserOff();
startTicking();

await listenDock();
await listenContacts(renamed);
await onSettings(useSettings);
await onShowSettings(openSettings);
await onShowTransfer(() => byItself(transfer));
await onLink(link);
await useSettings(await settings());
await reopenTab();
await followJournal(receiveJournal);
await follow(receive);
// The tray's menu opened this window.
if (location.hash === "#settings") await openSettings();
if (location.hash === "#transfer") transfer();
await link();
document.body.dataset.ready = "true";
painted();
