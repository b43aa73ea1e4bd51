// @ts-check
// The main window.

import { act, follow, onLink, onSettings, onShowSettings, onShowTransfer, painted, problemOf, settings, takeLink } from "./ipc.js";
import { copyOnClick } from "./copy.js";
import { buttonById, byId, inputById, tellWhole } from "./dom.js";
import { onKeys } from "./keys.js";
import { problemWords, speak } from "./locale.js";
import { closeTransfer, listenRoom, openTransfer, renderRoom } from "./render/call.js";
import { linkDial, listenDial, renderDial } from "./render/dial.js";
import { renderHeader } from "./render/header.js";
import { renderNotices } from "./render/notice.js";
import { listenPresence, renderPresence, togglePresence } from "./render/presence.js";
import { closeDock, dockHasFocus, foldDock, listenDock, start } from "./render/player-hands.js";
import { pauseForCalls, renderPlayer } from "./render/player.js";
import { listenRecent, renderRecent } from "./render/recent.js";
import { closeSettings, listenSettings, openSettings, renderSettings, tellOfLink } from "./render/settings.js";
import { listenSupervise, renderSupervise } from "./render/supervise.js";
import { listenTabs } from "./render/tabs.js";
import { listenTeam, renderTeam } from "./render/team.js";
import { drawAll } from "./shape.js";
import { startTicking } from "./tick.js";

/** @import { Settings, Snapshot } from "./types" */

/** What is on the screen, kept to say it again in another language. @type {Snapshot | null} */
let shown = null;

/** @param {Snapshot} snapshot */
function show(snapshot) {
  shown = snapshot;
  renderHeader(snapshot);
  renderPresence(snapshot);
  renderNotices(snapshot.notice, renderRoom(snapshot));
  renderDial(snapshot);
  renderSupervise(snapshot);
  renderTeam(snapshot);
  renderRecent(snapshot);
  pauseForCalls(snapshot);
}

const again = () => shown && show(shown);

/** @param {Settings} known */
async function useSettings(known) {
  await speak(known.language);
  renderSettings(known);
  renderPlayer();
  again();
}

/** Where to say that an intent did not even reach the desk. @param {string} place */
const failAt = (place) => (/** @type {unknown} */ reason) => tellWhole(byId(place), problemWords(problemOf(reason)));

/** @param {() => void} action */
const atDesk = (action) => () => {
  if (!byId("desk").hidden) action();
};

function focusDial() {
  inputById("dial-number").focus();
  inputById("dial-number").select();
}

function transfer() {
  closeSettings();
  openTransfer();
}

/** A link that another program handed over goes into the dial box; before the first settings it waits there. */
async function link() {
  const came = await takeLink();
  if (!came) return;
  if (!closeSettings()) tellOfLink(came);
  linkDial(came);
}

function escape() {
  if (closeTransfer() || closeSettings()) return;
  if (dockHasFocus() && closeDock()) return;
  if (document.activeElement instanceof HTMLInputElement) return document.activeElement.blur();
  const uid = shown?.popups[0];
  if (uid) act({ do: "dismiss", uid }).catch(failAt("call-notice"));
  else closeDock();
}

drawAll(document);
listenPresence(failAt("presence-notice"));
listenRoom(failAt("call-notice"), again);
listenDial(failAt("dial-notice"));
listenSupervise(failAt("supervisor-notice"));
listenRecent(start);
listenTabs(foldDock);
listenTeam(failAt("connection-notice"));
listenSettings();
copyOnClick(byId("room"), byId("said"));
onKeys({
  D: atDesk(focusDial),
  H: atDesk(() => buttonById("hold").click()),
  T: atDesk(openTransfer),
  S: atDesk(() => buttonById("survey").click()),
  B: atDesk(togglePresence),
  "Ctrl+E": atDesk(() => buttonById("hangup").click()),
  Esc: escape,
});
startTicking();

await listenDock();
await onSettings(useSettings);
await onShowSettings(openSettings);
await onShowTransfer(transfer);
await onLink(link);
await useSettings(await settings());
await follow(show);
// A line of the tray's menu made this window.
if (location.hash === "#settings") await openSettings();
if (location.hash === "#transfer") transfer();
await link();
document.body.dataset.ready = "true";
painted();
