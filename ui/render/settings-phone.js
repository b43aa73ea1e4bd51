// @ts-check
// The settings of the panel as the phone.

import { byId, inputById, tell } from "../dom.js";
import { soundDevices } from "../ipc.js";
import { word } from "../locale.js";

/** @import { PhoneSettings, PhoneWish, SoundDevice } from "../types" */

/** Devices that ring beside the one that is shown; they are kept. @type {string[]} */
let ringsElsewhere = [];

/** Whether the host has listed the devices: until then none is said to be missing. */
let listed = false;

/** @param {string} name */
const absent = (name) => (listed ? word("settings.not_connected", { name }) : name);

/** @param {string} id @param {string} none the word for no choice @param {string} chosen @param {SoundDevice[]} devices */
function offer(id, none, chosen, devices) {
  const select = byId(id);
  const names = devices.map(({ name, description }) => ({ name, description }));
  // A device that is not plugged in stays chosen.
  if (chosen && !names.some(({ name }) => name === chosen)) names.push({ name: chosen, description: absent(chosen) });
  select.replaceChildren();
  for (const { name, description } of [{ name: "", description: word(none) }, ...names]) {
    const option = document.createElement("option");
    option.value = name;
    tell(option, description);
    select.append(option);
  }
  inputById(id).value = chosen;
}

/** @param {PhoneSettings} phone @param {SoundDevice[]} devices */
function offerDevices(phone, devices) {
  const ears = devices.filter((device) => !device.captures);
  offer("settings-input", "settings.system_device", phone.input, devices.filter((device) => device.captures));
  offer("settings-output", "settings.system_device", phone.output, ears);
  offer("settings-ring", "settings.ring_nowhere", phone.ring_on[0] ?? "", ears);
}

export function renderPhoneFields() {
  byId("settings-phone-fields").hidden = !inputById("settings-phone").checked;
}

/** @param {PhoneSettings} phone */
export async function fillPhone(phone) {
  byId("settings-phone-group").hidden = !phone.available;
  inputById("settings-phone").checked = phone.enabled;
  inputById("settings-registrar").value = phone.registrar;
  inputById("settings-phone-user").value = phone.user;
  inputById("settings-phone-secret").value = "";
  byId("settings-phone-secret-kept").hidden = !phone.secret_set;
  ringsElsewhere = phone.ring_on.slice(1);
  offerDevices(phone, []);
  renderPhoneFields();
  if (!phone.available) return;
  const devices = await soundDevices().catch(() => []);
  listed = true;
  // What was chosen meanwhile stays.
  offerDevices({ ...phone, ...chosenDevices() }, devices);
}

const chosenDevices = () => ({
  input: inputById("settings-input").value,
  output: inputById("settings-output").value,
  ring_on: [inputById("settings-ring").value, ...ringsElsewhere].filter((name) => name !== ""),
});

/** @returns {PhoneWish} */
export const typedPhone = () => ({
  enabled: inputById("settings-phone").checked,
  registrar: inputById("settings-registrar").value.trim(),
  user: inputById("settings-phone-user").value.trim(),
  secret: inputById("settings-phone-secret").value,
  ...chosenDevices(),
});
