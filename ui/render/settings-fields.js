// @ts-check
// The fields of the settings: their values, the sources of these, and who may change them.

import { byId, inputById, tell } from "../dom.js";
import { word } from "../locale.js";
import { fillPhone, renderPhoneFields, typedPhone } from "./settings-phone.js";

/** @import { Notify, SettingKey, Settings, Wish } from "../types" */

/** The controls of each setting. @type {Partial<Record<SettingKey, string[]>>} */
const CONTROLS = {
  server: ["settings-server"],
  extension: ["settings-extension"],
  login: ["settings-login", "settings-user", "settings-secret"],
  language: ["settings-language"],
  popup_place: ["settings-screen", "settings-corner"],
  popup_callout: ["settings-callout"],
  notify: ["settings-notify"],
  letter_keys: ["settings-letters"],
  mask_numbers: ["settings-mask"],
  popup_private: ["settings-private"],
  busy_reasons: ["settings-reasons"],
  busy_when_locked: ["settings-locked-busy"],
  busy_when_idle_minutes: ["settings-idle-busy"],
  wrap_up_seconds: ["settings-wrap-up"],
  wrap_up_after: ["settings-wrap-up-after"],
  hold_alert_seconds: ["settings-hold-alert"],
  dispositions: ["settings-dispositions"],
  dispositions_required: ["settings-required"],
  link_countdown: ["settings-link-countdown"],
  journal_days: ["settings-journal-days"],
  poll_seconds: ["settings-poll"],
  follow_wsdl_host: ["settings-wsdl-host"],
  "phone.enabled": ["settings-phone"],
  "phone.registrar": ["settings-registrar"],
  "phone.user": ["settings-phone-user"],
  contacts: [],
  contacts_url: [],
  screen_pop: [],
};

/** The intervals of polls to choose from, in seconds. */
const PAUSES = [1, 2, 3, 5, 10, 15, 20, 30];
/** Numbers that are offered, and the words for them. @type {[string, number[], string, string][]} */
const NUMBERS = [
  ["settings-wrap-up", [0, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300], "settings.off", "settings.seconds"],
  ["settings-hold-alert", [0, 30, 45, 60, 90, 120, 180, 300], "settings.off", "settings.after_seconds"],
  ["settings-idle-busy", [0, 5, 10, 15, 30, 60], "settings.off", "settings.after_minutes"],
  ["settings-journal-days", [0, 30, 90, 180, 365, 730], "settings.for_ever", "settings.days"],
];

/** @param {string} id @param {number} chosen */
function offerNumbers(id, chosen) {
  const numbers = NUMBERS.find(([own]) => own === id)?.[1] ?? [];
  byId(id).replaceChildren();
  for (const number of [...new Set([...numbers, chosen])].sort((a, b) => a - b)) offer(id, String(number), "");
  inputById(id).value = String(chosen);
}

/** A list in one line. @param {string} id @returns {string[]} */
const listed = (id) => inputById(id).value.split(/[;；]/).map((text) => text.trim()).filter(Boolean);

/** The values of the controls when the form was filled. @type {Map<string, string>} */
const filled = new Map();

/** @param {string[]} ids */
const held = (ids) => ids.map((id) => (inputById(id).type === "checkbox" ? inputById(id).checked : inputById(id).value)).join("\n");

/** @param {string} id @param {string} value @param {string} text */
function offer(id, value, text) {
  const select = inputById(id);
  if (select.querySelector(`option[value="${CSS.escape(value)}"]`)) return;
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  select.append(option);
}

/** Shows an address from its beginning. @param {string} address */
export function showServer(address) {
  const field = inputById("settings-server");
  field.value = address;
  field.setSelectionRange(0, 0);
  field.scrollLeft = 0;
}

/** @param {Settings} known */
export function fillFields(known) {
  showServer(known.server);
  inputById("settings-login").value = known.login;
  inputById("settings-user").value = known.user;
  inputById("settings-secret").value = "";
  inputById("settings-extension").value = known.extension;
  inputById("settings-language").value = known.language_choice;
  inputById("settings-callout").checked = known.popup_callout;
  inputById("settings-wsdl-host").checked = known.follow_wsdl_host;
  inputById("settings-letters").checked = known.letter_keys;
  inputById("settings-mask").checked = known.mask_numbers;
  inputById("settings-private").checked = known.popup_private;
  byId("settings-private-whole").hidden = !known.can_hide_popup;
  inputById("settings-notify").value = known.notify;
  offerNumbers("settings-wrap-up", known.wrap_up_seconds);
  offerNumbers("settings-hold-alert", known.hold_alert_seconds);
  offerNumbers("settings-idle-busy", known.busy_when_idle_minutes);
  offerNumbers("settings-journal-days", known.journal_days);
  inputById("settings-wrap-up-after").value = known.wrap_up_after;
  inputById("settings-reasons").value = known.busy_reasons.join("; ");
  inputById("settings-dispositions").value = known.dispositions.join("; ");
  inputById("settings-required").value = known.dispositions_required;
  inputById("settings-link-countdown").checked = known.link_countdown;
  inputById("settings-locked-busy").checked = known.busy_when_locked;
  const [corner = "", screen = "pointer"] = known.popup_place.split(/ on (.*)/s);
  offer("settings-screen", screen, screen);
  inputById("settings-screen").value = screen;
  inputById("settings-corner").value = corner === "pointer" ? "bottom-right" : corner;
  byId("settings-poll").replaceChildren();
  for (const seconds of [...new Set([...PAUSES, known.poll_seconds])].sort((a, b) => a - b)) {
    offer("settings-poll", String(seconds), "");
  }
  inputById("settings-poll").value = String(known.poll_seconds);
  fillPhone(known.phone);
  for (const [key, ids] of Object.entries(CONTROLS)) filled.set(key, held(ids));
  renderFields(known);
}

/** Shows hints about the current values. @param {Settings} known */
export function renderFields(known) {
  renderPhoneFields();
  for (const option of byId("settings-poll").querySelectorAll("option")) {
    tell(option, word("settings.poll_every", { seconds: option.value }));
  }
  for (const [id, , none, some] of NUMBERS) {
    for (const option of byId(id).querySelectorAll("option")) {
      const number = option.value;
      tell(option, number === "0" ? word(none) : word(some, { seconds: number, days: number }));
    }
  }
  const usual = (/** @type {string} */ key) => word(key).split("|").join("; ");
  inputById("settings-reasons").placeholder = usual("presence.reasons");
  inputById("settings-dispositions").placeholder = usual("dispositions");
  tell(byId("settings-poll-cost"), word("settings.poll_cost", { seconds: inputById("settings-poll").value }));
  for (const [key, ids] of Object.entries(CONTROLS)) {
    const source = known.sources[/** @type {SettingKey} */ (key)];
    for (const id of ids) inputById(id).disabled = source === "locked_policy";
    const line = document.querySelector(`[data-source="${key}"]`);
    if (!(line instanceof HTMLElement)) continue;
    // A value that was changed in the form comes from the agent.
    line.hidden = !source || held(ids) !== filled.get(key);
    tell(line, source ? word(`settings.from.${source}`, { place: known.policy }) : "");
  }
}

/** The login as it is in the form. @returns {Wish["login"]} */
export const typedLogin = () => ({
  kind: /** @type {Wish["login"]["kind"]} */ (inputById("settings-login").value),
  user: inputById("settings-user").value.trim(),
  secret: inputById("settings-secret").value,
});

/** The whole form. @returns {Wish} */
export function typed() {
  const [corner, screen] = [inputById("settings-corner").value, inputById("settings-screen").value];
  return {
    server: inputById("settings-server").value.trim(),
    extension: inputById("settings-extension").value.trim(),
    login: typedLogin(),
    language: /** @type {Wish["language"]} */ (inputById("settings-language").value),
    popup_callout: inputById("settings-callout").checked,
    follow_wsdl_host: inputById("settings-wsdl-host").checked,
    poll_seconds: Number(inputById("settings-poll").value),
    notify: /** @type {Notify} */ (inputById("settings-notify").value),
    popup_place: screen === "pointer" ? corner : `${corner} on ${screen}`,
    letter_keys: inputById("settings-letters").checked,
    mask_numbers: inputById("settings-mask").checked,
    popup_private: inputById("settings-private").checked,
    phone: typedPhone(),
    busy_reasons: listed("settings-reasons"),
    busy_when_locked: inputById("settings-locked-busy").checked,
    busy_when_idle_minutes: Number(inputById("settings-idle-busy").value),
    wrap_up_seconds: Number(inputById("settings-wrap-up").value),
    wrap_up_after: /** @type {Wish["wrap_up_after"]} */ (inputById("settings-wrap-up-after").value),
    hold_alert_seconds: Number(inputById("settings-hold-alert").value),
    dispositions: listed("settings-dispositions"),
    dispositions_required: /** @type {Wish["dispositions_required"]} */ (inputById("settings-required").value),
    link_countdown: inputById("settings-link-countdown").checked,
    journal_days: Number(inputById("settings-journal-days").value),
  };
}
