// @ts-check
// Operations on the document that every view needs.

/**
 * The element with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {string} id */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @param {string} id */
export const buttonById = (id) => /** @type {HTMLButtonElement} */ (byId(id));

/**
 * The part of a view with this class.
 * @param {Element} root
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(root, name) {
  const found = root.querySelector(`.${name}`);
  if (!found) throw new Error(`the view ${root.id || root.className} has no .${name}`);
  return /** @type {HTMLElement} */ (found);
}

/** A number in groups. It never breaks. */
const GROUPS = /(?<![\d.:-])(\+?\d{1,4}(?: \d{3,4}){1,3})(?![\d.:-])/;

/** @param {string} name @param {(string | Node)[]} content */
function span(name, ...content) {
  const made = document.createElement("span");
  made.className = name;
  made.append(...content);
  return made;
}

/** @param {string} line @returns {(string | Node)[]} */
const pieces = (line) => line.split(GROUPS).map((piece, at) => (at % 2 ? span("whole", piece) : piece));

/**
 * Sets a text. An unchanged text is left alone, so that a screen reader does not say it again. What follows a line break is a
 * technical detail: a quiet line of its own.
 * @param {Element} element
 * @param {string} text
 */
export function tell(element, text) {
  if (element.textContent === text) return;
  const [said = "", ...details] = text.split("\n");
  element.replaceChildren(...pieces(said), ...details.flatMap((detail) => ["\n", span("technical", detail)]));
}

/**
 * Sets a text that may be cut off on the screen. If it is, its tip shows all of it.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function tellWhole(element, text) {
  tell(element, text);
  const cut = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
  if (cut) element.dataset.tip = text;
  else delete element.dataset.tip;
}

/**
 * Sets the tip that an element shows while the pointer rests on it, or when Tab reaches it (`tip.js`).
 * @param {HTMLElement} element
 * @param {string} text empty for no tip
 */
export function setTip(element, text) {
  if ((element.dataset.tip ?? "") === text) return;
  if (text) element.dataset.tip = text;
  else delete element.dataset.tip;
  // A screen reader says the name anyway.
  if (text && text !== element.getAttribute("aria-label")) element.setAttribute("aria-description", text);
  else element.removeAttribute("aria-description");
}

/**
 * Hides a part of the page, and first takes the keyboard focus from it. Browsers do that late or never, and typed text would wait
 * there for another call.
 * @param {HTMLElement} element
 */
export function hide(element) {
  if (element.contains(document.activeElement)) /** @type {HTMLElement} */ (document.activeElement).blur();
  element.hidden = true;
}

/**
 * Enables or disables a button. A button that loses the focus when disabled gets it back when enabled.
 * @param {HTMLButtonElement} button
 * @param {boolean} enabled
 */
export function enable(button, enabled) {
  if (button.disabled === !enabled) return;
  if (!enabled && document.activeElement === button) button.dataset.focus = "lost";
  button.disabled = !enabled;
  if (enabled && button.dataset.focus) {
    delete button.dataset.focus;
    if (document.activeElement === document.body || document.activeElement === null) button.focus();
  }
}

/**
 * Makes a list contain one view per key, in this order. Existing views keep their place in the document (and their focus, player,
 * open field).
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(view: HTMLElement, item: T) => void} fill
 */
export function reconcile(list, items, keyOf, make, fill) {
  const old = new Map([...list.children].map((view) => [/** @type {HTMLElement} */ (view).dataset.key, view]));
  const keep = new Set(items.map(keyOf));
  for (const [key, view] of old) if (!keep.has(key ?? "")) view.remove();
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  /** @type {Element | null} */
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const view = /** @type {HTMLElement} */ (old.get(key) ?? make(item));
    view.dataset.key = key;
    fill(view, item);
    if (view === next) next = next.nextElementSibling;
    else list.insertBefore(view, next);
  }
  // Moving an element takes the focus from it.
  if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/**
 * A copy of a template's only element.
 * @param {string} id
 */
export function stamp(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
}
