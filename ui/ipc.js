// @ts-check
// The only module that talks to the host.

/** @import { Caller, ContactsView, DialLink, Explained, Filter, Intent, JournalView, Page, Picture, PlayerChoice, Preview, Problem, Settings, Snapshot, Suggestion, Totals, Trial, Tried, Wish } from "./types" */

/** @param {string} name @param {Record<string, unknown>} [args] */
const invoke = (name, args) => window.__TAURI__.core.invoke(name, args);

/** @param {string} name @param {(payload: any) => void} heard */
const listen = (name, heard) => window.__TAURI__.event.listen(name, (event) => heard(event.payload));

/**
 * Shows the desk now and on every change. Subscribes first and asks afterwards. An answer overtaken by an event is older than the
 * screen, so it is dropped.
 * @param {(snapshot: Snapshot) => void} show
 */
export async function follow(show) {
  let heard = false;
  await listen("desk_changed", (snapshot) => {
    heard = true;
    show(snapshot);
  });
  const first = await invoke("snapshot");
  if (!heard) show(first);
}

/**
 * Reports the state of the journal now and on every change.
 * @param {(journal: JournalView) => void} show
 */
export async function followJournal(show) {
  let heard = false;
  await listen("journal_changed", (journal) => {
    heard = true;
    show(journal);
  });
  const first = await invoke("journal");
  if (!heard && first) show(first);
}

/** The state of the contacts. @returns {Promise<ContactsView>} */
export const contacts = () => invoke("contacts");

/** What each rule of the screen pop would do, for the last call or for a sample. @param {boolean} last @returns {Promise<Tried[]>} */
export const tryScreenPop = (last) => invoke("try_screen_pop", { last });

/** Called when names may have changed. @param {(view: ContactsView) => void} heard */
export const followContacts = (heard) => listen("contacts_changed", heard);

/** Opens a file dialog and previews the picked file. Null if none was picked. @returns {Promise<Preview | null>} */
export const pickContacts = () => invoke("pick_contacts");

/** Saves the contacts in the preview. @returns {Promise<null>} */
export const importContacts = () => invoke("import_contacts");

/** Removes the imported contacts. @returns {Promise<null>} */
export const forgetContacts = () => invoke("forget_contacts");

/** Suggestions for a typed text. @param {string} typed @returns {Promise<Suggestion[]>} */
export const suggest = (typed) => invoke("suggest", { typed }).then((all) => all ?? []);

/** Adds or removes a favourite number. @param {string} number @param {boolean} on @returns {Promise<null>} */
export const favour = (number, on) => invoke("favour", { number, on });

/** Tells the pop-up that the journal has changed. @param {() => void} heard */
export const onJournal = (heard) => listen("journal_changed", () => heard());

/** The rows of the journal that match a filter, newest first. @param {Filter} filter @returns {Promise<Page>} */
export const recent = (filter) => invoke("recent", { filter });

/** What is known about the other party. @param {string} uid @param {string} other @returns {Promise<Caller | null>} */
export const caller = (uid, other) => invoke("caller", { uid, other });

/** @param {number} id @param {string} text @returns {Promise<null>} */
export const noteCall = (id, text) => invoke("note_call", { id, text });

/** @param {number} id @param {string | null} first @param {string | null} second @returns {Promise<null>} */
export const disposeCall = (id, first, second) => invoke("dispose_call", { id, first, second });

/** What today was made of until now. @returns {Promise<Totals>} */
export const totals = () => invoke("totals");

/** @param {number} through the last row that was seen @returns {Promise<null>} */
export const seeMissed = (through) => invoke("see_missed", { through });

/** @param {Intent} intent @returns {Promise<null>} */
export const act = (intent) => invoke("act", { intent });

/** The size the pop-up needs for all its cards, in the page's pixels. @param {{width: number, height: number}} size */
export const popupSize = (size) => invoke("popup_size", size).catch(() => {});

/** The id of the tab that was last open. @returns {Promise<string | null>} */
export const lastTab = () => invoke("tab").catch(() => null);

/** @param {string} tab its id */
export const keepTab = (tab) => invoke("keep_tab", { tab }).catch(() => {});

/** @returns {Promise<Settings>} */
export const settings = () => invoke("settings");

/** @param {(settings: Settings) => void} heard */
export const onSettings = (heard) => listen("settings_changed", heard);

/** @param {() => void} heard */
export const onShowSettings = (heard) => listen("show_settings", () => heard());

/** @param {() => void} heard */
export const onShowTransfer = (heard) => listen("show_transfer", () => heard());

/** @param {() => void} heard */
export const onLink = (heard) => listen("link_came", () => heard());

/** Takes the link that waits for the dial box. @returns {Promise<DialLink | null>} */
export const takeLink = () => invoke("take_link");

/** @param {Trial} trial @returns {Promise<{server: string}>} */
export const testSettings = (trial) => invoke("test_settings", { ...trial });

/** Writes a problem report to a file the agent chooses; its name, or null if cancelled. @returns {Promise<string | null>} */
export const report = () => invoke("report");

/** The microphones and loudspeakers. @returns {Promise<import("./types").SoundDevice[]>} */
export const soundDevices = () => invoke("sound_devices");

/** The quality of the connection. @returns {Promise<import("./types").Quality | null>} */
export const hearing = () => invoke("hearing").catch(() => null);

/** Ends the panel. @returns {Promise<null>} */
export const quit = () => invoke("quit");

/** @param {Wish} wish @returns {Promise<null>} */
export const saveSettings = (wish) => invoke("save_settings", { wish });

/** @param {string} uid @returns {Promise<{player: string, url: string, at: number}>} */
export const openPlayer = (uid) => invoke("open_player", { uid });

/** @param {string} player @returns {Promise<null>} */
export const closePlayer = (player) => invoke("close_player", { player });

/** @param {string} player @param {number} at seconds @returns {Promise<null>} */
export const keepPosition = (player, at) => invoke("keep_position", { player, at });

/** @returns {Promise<PlayerChoice>} */
export const playerChoice = () => invoke("player_choice");

/** @param {PlayerChoice} choice @returns {Promise<null>} */
export const keepPlayerChoice = (choice) => invoke("keep_player_choice", { choice });

/** @param {string} player @param {"wav" | "original"} kind @returns {Promise<{name: string, problem: Problem | null} | null>} */
export const saveRecording = (player, kind) => invoke("save_recording", { player, kind });

/** @param {(picture: Picture) => void} heard */
export const onPicture = (heard) => listen("playback_changed", heard);

/** @param {string} typed @param {boolean} target whether it is the target of a transfer @returns {Promise<Explained>} */
export const explainNumber = (typed, target) => invoke("explain_number", { typed, target });

/**
 * Reports that the window, or a call in the pop-up, has been painted.
 * @param {string} [uid]
 */
export function painted(uid) {
  requestAnimationFrame(() => requestAnimationFrame(() => invoke("painted", { uid }).catch(() => {})));
}

/**
 * The problem from a rejected command. Any other error becomes a problem with its text as detail.
 * @param {unknown} reason
 * @returns {Problem}
 */
export function problemOf(reason) {
  if (reason && typeof reason === "object" && "code" in reason) {
    const { code, detail } = /** @type {{code: unknown, detail?: unknown}} */ (reason);
    return { code: String(code), detail: String(detail ?? "") };
  }
  return { code: "unknown", detail: String(reason) };
}
