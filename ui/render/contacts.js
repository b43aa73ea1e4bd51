// @ts-check
// The contacts in the settings: their number, their files, and importing a file with a preview.

import { contacts, followContacts, forgetContacts, importContacts, pickContacts, problemOf } from "../ipc.js";
import { buttonById, byId, enable, tell, tellWhole } from "../dom.js";
import { grouped, plain } from "../format.js";
import { problemWords, word } from "../locale.js";

/** @import { ContactsFile, ContactsView, Preview } from "../types" */

/** @type {ContactsView | null} */
let view = null;

/** The preview. @type {Preview | null} */
let waiting = null;

/** @param {HTMLElement} list @param {string[]} texts */
function fillList(list, texts) {
  list.replaceChildren(
    ...texts.map((text) => {
      const line = document.createElement("li");
      tell(line, text);
      return line;
    }),
  );
  list.hidden = texts.length === 0;
}

/** @param {ContactsFile} known */
function fileWords({ file, count, skipped, problem }) {
  const values = { file: plain(file), count: String(count), skipped: String(skipped) };
  const said = word(skipped ? "contacts.file_skipped" : "contacts.file", values);
  return problem ? `${said}${word("contacts.but")}${problemWords(problem)}` : said;
}

/** @param {Preview} preview */
function columnWords({ kind, columns }) {
  if (kind !== "csv") return "";
  const named = columns.map(({ at, heading, meaning }) =>
    word("contacts.column", { heading: plain(heading) || word("contacts.column_at", { at: String(at) }), meaning: word(`contacts.meaning.${meaning}`) }),
  );
  return word("contacts.columns", { columns: named.join(word("contacts.and")) });
}

/** @param {Preview["first"][number]} contact */
function contactWords({ name, company, telephones }) {
  const numbers = telephones.map(({ number, label }) => (label ? `${grouped(number)} (${plain(label)})` : grouped(number)));
  return [plain(name), company === name ? "" : plain(company), numbers.join(", ")].filter(Boolean).join(" · ");
}

function renderPreview() {
  byId("contacts-preview").hidden = !waiting;
  if (!waiting) return;
  const { file, count, replaces, first, skipped, skipped_in_all: all } = waiting;
  const encoding = word(`contacts.encoding.${waiting.encoding}`);
  const kind = word(`contacts.kind.${waiting.kind}`);
  tell(byId("preview-what"), word("contacts.what", { file: plain(file), count: String(count), kind, encoding }));
  tell(byId("preview-columns"), columnWords(waiting));
  fillList(byId("preview-first"), first.map(contactWords));
  byId("preview-skipped").hidden = all === 0;
  tell(byId("preview-skipped"), word("contacts.skipped", { count: String(all) }));
  fillList(byId("preview-lines"), skipped.map(({ line, why }) => word(`contacts.why.${why}`, { line: String(line) })));
  byId("preview-replaces").hidden = replaces === 0;
  tell(byId("preview-replaces"), word("contacts.replaces", { count: String(replaces) }));
  tell(buttonById("contacts-import"), word("contacts.import", { count: String(count) }));
  enable(buttonById("contacts-import"), count > 0);
}

/** Renders the contacts, e.g. in another language. */
export function renderContacts() {
  const { count, own, files } = view ?? { count: 0, own: 0, files: [] };
  tell(byId("contacts-count"), word(count ? "contacts.count" : "contacts.none", { count: String(count) }));
  fillList(byId("contacts-files"), files.map(fileWords));
  buttonById("contacts-forget").hidden = own === 0;
  renderPreview();
}

/** @param {string} text */
const say = (text) => tellWhole(byId("contacts-problem"), text);

/** @param {HTMLButtonElement} button @param {() => Promise<unknown>} task */
async function run(button, task) {
  if (button.disabled) return;
  enable(button, false);
  say("");
  try {
    await task();
  } catch (reason) {
    say(problemWords(problemOf(reason)));
  }
  enable(button, true);
  renderContacts();
}

/** @param {ContactsView} now */
function receive(now) {
  view = now;
  renderContacts();
}

/** @param {() => void} renamed called when names may have changed */
export async function listenContacts(renamed) {
  const [pick, forget, take] = ["contacts-pick", "contacts-forget", "contacts-import"].map(buttonById);
  if (!pick || !forget || !take) return;
  pick.addEventListener("click", () =>
    run(pick, async () => {
      const picked = await pickContacts();
      if (picked) waiting = picked;
    }),
  );
  take.addEventListener("click", () =>
    run(take, async () => {
      await importContacts();
      waiting = null;
      pick.focus();
    }),
  );
  forget.addEventListener("click", () => run(forget, forgetContacts));
  buttonById("contacts-cancel").addEventListener("click", () => {
    waiting = null;
    renderContacts();
    pick.focus();
  });
  await followContacts((now) => {
    receive(now);
    renamed();
  });
  receive(await contacts());
}
