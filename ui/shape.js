// @ts-check
// Shapes on a 16 × 16 grid, in the text's colour. Every state has its own, so that colour is never the only sign.

const SVG = "http://www.w3.org/2000/svg";
const HANDSET = "M1.8 9.9c0-1.5 2.7-3.2 6.2-3.2s6.2 1.7 6.2 3.2v1.2c0 .6-.4 1-1 1h-2.1c-.5 0-.9-.4-1-.9l-.2-1.2c-1.2-.4-2.6-.4-3.8 0l-.2 1.2c-.1.5-.5.9-1 .9H2.8c-.6 0-1-.4-1-1z";

/** Filled paths, and `line` for stroked ones. @type {Record<string, {fill?: string, line?: string, turn?: number, thin?: boolean}>} */
const SHAPES = {
  offline: { line: "M13 8A5 5 0 1 1 3 8a5 5 0 0 1 10 0z" },
  idle: { fill: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z" },
  ringing: { fill: "M11.2 8a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0z", line: "M3.2 3.4a6.6 6.6 0 0 0 0 9.2M12.8 3.4a6.6 6.6 0 0 1 0 9.2" },
  talking: { fill: HANDSET, turn: -135 },
  held: { fill: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" },
  busy: { fill: "M3.5 5.5h9a2.5 2.5 0 0 1 0 5h-9a2.5 2.5 0 0 1 0-5z" },
  transferring: { line: "M2 5.2h10.5M9.6 2.2l3 3-3 3M14 10.8H3.5M6.4 7.8l-3 3 3 3" },
  ended: { line: "M3.5 8h9" },
  in: { line: "M3.5 3.5l9 9M12.5 5.5v7h-7" },
  out: { line: "M3.5 12.5l9-9M5.5 3.5h7v7" },
  missed: { line: "M2 5l5.5 5.5L14 4M9.5 4H14v4.5" },
  hold: { line: "M5.2 3v10M10.8 3v10" },
  restore: { line: "M4.5 3l8 5-8 5z" },
  transfer: { line: "M2 8h9M7.6 4.4L11.2 8l-3.6 3.6M14 3v10" },
  survey: { line: "M8 2.2l1.8 3.7 4 .5-3 2.8.8 4L8 11.2l-3.6 2 .8-4-3-2.8 4-.5z" },
  star: { line: "M8 2.2l1.8 3.7 4 .5-3 2.8.8 4L8 11.2l-3.6 2 .8-4-3-2.8 4-.5z" },
  starred: { fill: "M8 1.8l1.9 4 4.4.6-3.2 3 .8 4.4L8 11.7l-3.9 2.1.8-4.4-3.2-3 4.4-.6z" },
  hang_up: { fill: HANDSET },
  play: { fill: "M4.5 2.8l8.5 5.2-8.5 5.2z" },
  pause: { fill: "M4 3h2.8v10H4zM9.2 3H12v10H9.2z" },
  wait: { fill: "M4.6 8a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM9.5 8a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM14.4 8a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0z" },
  back10: { line: "M4.2 3.6A6.1 6.1 0 1 1 2 7.2M4.6 1.2L4 3.9l2.7.6M5.7 7.4l1-.8v4.2M9.9 6.6a1.3 1.3 0 0 1 1.3 1.3v1.6a1.3 1.3 0 0 1-2.6 0V7.9a1.3 1.3 0 0 1 1.3-1.3z", thin: true },
  forth10: { line: "M11.8 3.6A6.1 6.1 0 1 0 14 7.2M11.4 1.2l.6 2.7-2.7.6M5.1 7.4l1-.8v4.2M9.3 6.6a1.3 1.3 0 0 1 1.3 1.3v1.6a1.3 1.3 0 0 1-2.6 0V7.9a1.3 1.3 0 0 1 1.3-1.3z", thin: true },
  again: { line: "M3.2 5.5A6 6 0 1 1 2 9M2.6 2.2v3.6h3.6" },
  more: { line: "M3 10.5l5-5 5 5" },
  down: { line: "M3.5 6l4.5 4.5L12.5 6" },
  loud: { fill: "M2 6v4h2.5L8 13V3L4.5 6z", line: "M10.8 5.5a3.6 3.6 0 0 1 0 5M12.8 3.5a6.4 6.4 0 0 1 0 9" },
  mute: { fill: "M2 6v4h2.5L8 13V3L4.5 6z", line: "M10.8 6l4 4M14.8 6l-4 4" },
  skip: { line: "M2 8h1.5M5 5.5v5M13.5 8h.5M8 4.5l3.5 3.5L8 11.5M14 4v8" },
  loop: { line: "M4.5 12.5H12a2 2 0 0 0 2-2V8M11.5 3.5H4a2 2 0 0 0-2 2V8M9.8 1.4l2 2.1-2 2.1M6.2 10.4l-2 2.1 2 2.1" },
  save: { line: "M8 2v8M4.8 7L8 10.2 11.2 7M2.5 11v3h11v-3" },
  output: { line: "M2 6v4h2.5L8 13V3L4.5 6zM10.8 5.5a3.6 3.6 0 0 1 0 5M12.8 3.5a6.4 6.4 0 0 1 0 9" },
  find: { line: "M11.2 6.8a4.4 4.4 0 1 1-8.8 0 4.4 4.4 0 0 1 8.8 0zM10.2 10.2L14 14" },
  note: { line: "M3 13.2l.7-3L10.9 3l2.3 2.3L6 12.5zM9.2 4.7l2.3 2.3" },
  copy: { line: "M6 5.5h7.5V14H6zM10 3V2H2.5v8.5H4" },
  close: { line: "M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4" },
  back: { line: "M10 3L5 8l5 5" },
  erase: { line: "M6 3.5h8v9H6L2 8zM8 6.2l3.6 3.6M11.6 6.2L8 9.8" },
  phone: { fill: HANDSET, turn: -135 },
  answer: { fill: HANDSET, turn: -135 },
  mic: { fill: "M8 1.5a2.3 2.3 0 0 1 2.3 2.3v3.9a2.3 2.3 0 0 1-4.6 0V3.8A2.3 2.3 0 0 1 8 1.5z", line: "M3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.5" },
  mic_off: { fill: "M8 1.5a2.3 2.3 0 0 1 2.3 2.3v3.9a2.3 2.3 0 0 1-4.6 0V3.8A2.3 2.3 0 0 1 8 1.5z", line: "M3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.5M2 2l12 12" },
  keys: { fill: "M3 2.5h2.4v2.4H3zM6.8 2.5h2.4v2.4H6.8zM10.6 2.5H13v2.4h-2.4zM3 6.6h2.4V9H3zM6.8 6.6h2.4V9H6.8zM10.6 6.6H13V9h-2.4zM3 10.7h2.4v2.4H3zM6.8 10.7h2.4v2.4H6.8zM10.6 10.7H13v2.4h-2.4z" },
  complete: { line: "M1.5 5h5l3 3h5M1.5 11h5l3-3M12 5.5L14.5 8 12 10.5" },
  swap: { line: "M2 5.2h10.5M9.6 2.2l3 3-3 3M14 10.8H3.5M6.4 7.8l-3 3 3 3" },
  settings: { line: "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M12 4.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM8 11.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z" },
};

/**
 * Shows a shape in an element. An unchanged shape is left alone.
 * @param {Element} element
 * @param {string} name
 */
export function draw(element, name) {
  if (element.getAttribute("data-shape") === name && element.firstChild) return;
  element.setAttribute("data-shape", name);
  const { fill, line, turn, thin } = SHAPES[name] ?? {};
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  for (const [d, kind] of [[fill, "fill"], [line, "line"]]) {
    if (!d) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("class", thin ? `${kind} thin` : (kind ?? ""));
    if (turn) path.setAttribute("transform", `rotate(${turn} 8 8) translate(0 -1)`);
    svg.append(path);
  }
  element.replaceChildren(svg);
}

/**
 * Draws the shapes named in the markup by `data-shape`.
 * @param {ParentNode} root
 */
export function drawAll(root) {
  for (const element of root.querySelectorAll("[data-shape]")) draw(element, element.getAttribute("data-shape") ?? "");
}
