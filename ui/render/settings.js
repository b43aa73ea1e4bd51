// @ts-check
// First start and settings use the same form. The host tests a connection before saving it.

import { hearing, problemOf, quit, report, saveSettings, settings, testSettings } from "../ipc.js";
import { buttonById, byId, enable, inputById, part, tell, tellWhole } from "../dom.js";
import { grouped } from "../format.js";
import { addTo, problemWords, word } from "../locale.js";
import { listenScreenPop, renderScreenPop } from "./screen-pop.js";
import { fillFields, renderFields, showServer, typed, typedLogin } from "./settings-fields.js";

/** @import { LoginKind, Settings } from "../types" */

/** An address on this machine, for which unencrypted logins are fine. */
const LOOPBACK = /^(http:\/\/)?(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/i;

/** The current settings. @type {Settings | null} */
let set = null;

const loginKind = () => /** @type {LoginKind} */ (inputById("settings-login").value);

/** Shows the fields for the kind of login, and hints about them. */
function renderLogin() {
  const kind = loginKind();
  const fields = byId("settings-login-fields");
  fields.hidden = kind === "none";
  fields.dataset.kind = kind;
  byId("settings-user-field").hidden = kind !== "password";
  tell(byId("settings-secret-label"), word(kind === "token" ? "settings.token" : "settings.password"));
  const known = set?.secret_set && set.login === kind && set.user === inputById("settings-user").value.trim();
  inputById("settings-secret").placeholder = known ? word("settings.secret_kept") : "";
  // A login from the environment or an administrator is kept elsewhere.
  byId("settings-secret-where").hidden = Boolean(set?.sources.login) && inputById("settings-secret").value === "";
  tell(byId("settings-secret-where"), word(set?.in_keyring ? "settings.in_keyring" : "settings.in_file"));
  const servers = inputById("settings-server").value.split(/\s+/).filter((server) => server !== "");
  byId("settings-readable").hidden = servers.every((server) => /^https:/i.test(server) || LOOPBACK.test(server));
}

/** Opens the login's fields, and puts the cursor where something is missing. */
function askForLogin() {
  if (loginKind() === "none") inputById("settings-login").value = "password";
  renderLogin();
  const wantsUser = loginKind() === "password" && inputById("settings-user").value.trim() === "";
  inputById(wantsUser ? "settings-user" : "settings-secret").focus();
}

/** @param {Settings} known */
function fill(known) {
  set = known;
  fillFields(known);
  renderScreenPop(known);
  renderLogin();
}

/** @param {string} text @param {"" | "ok" | "bad"} tone */
function say(text, tone) {
  const line = byId("settings-problem");
  line.dataset.tone = tone;
  tellWhole(line, text);
}

/** @param {"" | "test" | "save"} what is under way */
function busy(what) {
  for (const name of ["test", "save"]) {
    const button = buttonById(`settings-${name}`);
    button.setAttribute("aria-busy", String(what === name));
    tell(part(button, "word"), word(what === name ? "settings.testing" : `settings.${name}`));
    enable(button, what === "");
  }
}

/** Redraws texts that depend on the settings, in the current language. @param {Settings} known */
export function renderSettings(known) {
  const form = byId("settings");
  form.dataset.first = String(!known.configured);
  tell(byId("settings-heading"), word(known.configured ? "settings.heading" : "settings.welcome"));
  byId("settings-intro").hidden = known.configured;
  byId("settings-close").hidden = !known.configured;
  byId("settings-demo").hidden = !known.demo;
  byId("demo").hidden = !known.demo;
  tell(byId("settings-version"), word("settings.version", { version: known.version }));
  busy("");
  if (!form.hidden) renderLogin();
  if (!form.hidden && set) renderFields(set);
  if (!known.configured && form.hidden) show(known);
}

/** @param {Settings} known */
function show(known) {
  fill(known);
  const kept = known.kept_as ? word("settings.kept_as", { file: known.kept_as }) : "";
  say(known.problem ? addTo(problemWords(known.problem), kept) : "", "bad");
  /** @type {HTMLDetailsElement} */ (byId("settings-more")).open = known.configured;
  renderHearing();
  byId("settings").hidden = false;
  byId("desk").hidden = true;
  const [first, other] = ["settings-server", "settings-extension"].map(inputById);
  // Skip a field that an administrator has locked.
  (known.configured || first?.disabled ? other : first)?.focus();
  const denied = byId("connection").dataset.problem;
  if (known.configured && denied) {
    say(problemWords({ code: denied, detail: "" }), "bad");
    if (denied.startsWith("login_")) askForLogin();
  }
}

/** Shows how late polls and events come. */
async function renderHearing() {
  const heard = await hearing();
  const line = byId("settings-hearing");
  line.hidden = !heard || heard.polls + heard.events === 0;
  if (!heard || line.hidden) return;
  const seconds = (/** @type {number} */ ms) => (ms / 1000).toFixed(1);
  const pushed = heard.events > 0 && heard.longest_gap === 0;
  /** @type {Record<string, string>} */
  const values = pushed
    ? { late: seconds(heard.event_p95), losses: String(heard.losses) }
    : { late: seconds(heard.late_p95), gap: seconds(heard.longest_gap), missed: String(heard.missed), losses: String(heard.losses) };
  tell(line, word(pushed ? "settings.hearing_push" : "settings.hearing_poll", values));
}

/** Opens the form with the current settings. */
export async function openSettings() {
  if (byId("settings").hidden) show(await settings());
}

/**
 * Before the first setup a link's number waits in the dial box. Says so in the form.
 * @param {import("../types").DialLink} link
 */
export function tellOfLink({ number, problem }) {
  const line = byId("settings-link");
  // A verb that a link asks for waits at the desk.
  if (byId("settings").hidden || (!number && !problem)) return;
  line.hidden = false;
  line.dataset.waits = String(number !== null);
  tell(line, number ? word("settings.link", { number: grouped(number) }) : problem ? problemWords(problem) : "");
}

/** Closes the form, except at the first start. True if it was open. */
export function closeSettings() {
  if (byId("settings").hidden || byId("settings").dataset.first === "true") return false;
  byId("settings").hidden = true;
  byId("desk").hidden = false;
  const line = byId("settings-link");
  (line.hidden || line.dataset.waits === "false" ? buttonById("settings-open") : inputById("dial-number")).focus();
  line.hidden = true;
  return true;
}

const pair = () => `${inputById("settings-server").value.trim()}\n${inputById("settings-extension").value.trim()}`;

/** Tests server and extension, and shows the address that will be used. Throws the problem. */
async function test() {
  const tried = pair();
  const [server = "", extension = ""] = tried.split("\n");
  const answer = await testSettings({
    server,
    extension,
    login: typedLogin(),
    followWsdlHost: inputById("settings-wsdl-host").checked,
  });
  // If the fields have changed meanwhile, the result is not for their new values.
  if (pair() === tried) showServer(answer.server);
}

async function save() {
  await saveSettings(typed());
  inputById("settings-secret").value = "";
  byId("settings").dataset.first = "false";
}

/** @param {"test" | "save"} name @param {() => Promise<void>} task @param {() => void} done */
async function run(name, task, done) {
  busy(name);
  say(word("settings.asking"), "");
  try {
    await task();
    busy("");
    done();
  } catch (reason) {
    busy("");
    const problem = problemOf(reason);
    say(problemWords(problem), "bad");
    if (problem.code.startsWith("login_")) askForLogin();
  }
}

export function listenSettings() {
  listenScreenPop();
  buttonById("settings-open").addEventListener("click", openSettings);
  buttonById("settings-close").addEventListener("click", closeSettings);
  buttonById("settings-report").addEventListener("click", async () => {
    try {
      const file = await report();
      if (file) say(word("settings.reported", { file }), "ok");
    } catch (reason) {
      say(problemWords(problemOf(reason)), "bad");
    }
  });
  buttonById("settings-quit").addEventListener("click", () => quit().catch(() => {}));
  buttonById("settings-test").addEventListener("click", () => run("test", test, () => say(word("settings.works"), "ok")));
  buttonById("login-open").addEventListener("click", openSettings);
  inputById("settings-login").addEventListener("change", () => (loginKind() === "none" ? renderLogin() : askForLogin()));
  for (const field of ["settings-user", "settings-secret", "settings-server"]) byId(field).addEventListener("input", renderLogin);
  for (const event of ["input", "change"]) byId("settings").addEventListener(event, () => set && renderFields(set));
  byId("settings").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!buttonById("settings-save").disabled) run("save", save, closeSettings);
  });
}
