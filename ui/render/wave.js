// @ts-check
// The picture of a recording: a lane for each channel, silences as flat bands, what has been played in another colour.

/** @import { Picture } from "../types" */

/**
 * @typedef {object} View
 * @property {Picture | null} picture
 * @property {number} at seconds
 * @property {number} length seconds
 * @property {[number, number] | null} loop seconds
 */

/** Of a bar and of a bar with its gap, in pixels. */
const BAR = 2;
const STEP = 3;

/** @param {Picture} picture @param {number} lane @param {number} from @param {number} to seconds */
function loudest(picture, lane, from, to) {
  const levels = picture.lanes[lane] ?? [];
  const first = Math.floor(from / picture.step);
  const last = Math.max(first + 1, Math.ceil(to / picture.step));
  let most = 0;
  for (let at = first; at < last; at += 1) most = Math.max(most, levels[at] ?? 0);
  return most / 255;
}

/** @param {HTMLCanvasElement} canvas */
function sized(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/** What was drawn last. @type {unknown[]} */
let drawn = [];

/** @param {HTMLCanvasElement} canvas @param {View} view */
export function drawWave(canvas, { picture, at, length, loop }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  // Of an hour half a pixel is five seconds: to draw it at every frame would be waste, and garbage of 3 MB a second.
  const place = length ? Math.round((at / length) * width * 2) : 0;
  const now = [picture, length, place, loop?.[0], loop?.[1], width, height, window.devicePixelRatio, darkness.matches];
  if (now.every((value, index) => value === drawn[index])) return;
  drawn = now;
  const context = sized(canvas);
  if (!context) return;
  const style = getComputedStyle(canvas);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  context.clearRect(0, 0, width, height);
  if (!picture || !length || !picture.lanes.length) return;
  const x = (/** @type {number} */ seconds) => (seconds / length) * width;
  context.fillStyle = colour("--sunken");
  for (const [from, to] of picture.silences) context.fillRect(x(from), 0, Math.max(1, x(to) - x(from)), height);
  if (loop) {
    context.fillStyle = colour("--talking-tint");
    context.fillRect(x(loop[0]), 0, x(loop[1]) - x(loop[0]), height);
  }
  drawLanes(context, picture, { width, height, length, played: at, colour });
  if (loop) {
    context.fillStyle = colour("--talking");
    for (const edge of loop) context.fillRect(Math.min(x(edge), width - 1), 0, 1, height);
  }
  context.fillStyle = colour("--ink");
  context.fillRect(Math.min(Math.max(0, x(at) - 0.75), width - 1.5), 0, 1.5, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {{width: number, height: number, length: number, played: number, colour: (name: string) => string}} frame
 */
function drawLanes(context, picture, { width, height, length, played, colour }) {
  const [heard, ahead, silent, missing] = [colour("--talking"), colour("--wave"), colour("--edge-line"), colour("--line")];
  const lanes = picture.lanes.length;
  const lane = height / lanes;
  const gap = lane < 20 ? 2 : 4;
  for (let left = 0; left < width; left += STEP) {
    const [from, to] = [(left / width) * length, ((left + STEP) / width) * length];
    const middle = (from + to) / 2;
    const quiet = picture.silences.some(([begin, end]) => middle >= begin && middle < end);
    const known = from < picture.ready;
    context.fillStyle = !known ? missing : quiet ? silent : middle < played ? heard : ahead;
    for (let of = 0; of < lanes; of += 1) {
      // What is faint is to be seen: the ear hears by the power's root, too.
      const most = known && !quiet ? Math.pow(loudest(picture, of, from, to), 0.6) : 0;
      const tall = Math.max(quiet || !known ? 1 : 2, most * (lane - gap));
      context.fillRect(left, of * lane + (lane - tall) / 2, BAR, tall);
    }
  }
}
