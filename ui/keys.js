// @ts-check
// Keys of the main window.

/** @param {EventTarget | null} target */
const isTextField = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "range", "radio"].includes(target.type));

/**
 * The key by what is printed on it; with an input method or a non-Latin layout, by where it is.
 * @param {KeyboardEvent} event
 */
function nameOf(event) {
  const letter = /^[a-z]$/i.test(event.key) ? event.key : event.code.replace(/^Key/, "");
  const plain = event.key === "Escape" ? "Esc" : letter.toUpperCase();
  return event.ctrlKey ? `Ctrl+${plain}` : plain;
}

/**
 * Calls what stands for a key (`D`, `Ctrl+E`, `Esc`). None works in a text field, save Esc.
 * @param {Record<string, () => void>} actions
 */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.isComposing || event.altKey || event.metaKey || event.shiftKey) return;
    const name = nameOf(event);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action || (name !== "Esc" && isTextField(event.target))) return;
    event.preventDefault();
    action();
  });
}
