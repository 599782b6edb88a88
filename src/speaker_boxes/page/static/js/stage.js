/** The picture, and what lies over it: faces, the speakers' boxes, a box that is drawn. */

import { clickPicture, currentDoubt, doubts, drawn } from "./actions.js";
import { drawnBox } from "./commands.js";
import { byId, colour } from "./dom.js";
import { personColour, speakerColour, statusColour, statusName } from "./palette.js";
import { fitWidth, redraw, show } from "./pictures.js";
import { history, state, subscribe } from "./store.js";
import { boxAt, facesAt, statusAt } from "./windows.js";

/** @typedef {import("./types.js").Box} Box */

const HANDLE = 10;
/** A face that is nobody's, or that nobody was told of yet. */
const NOBODY = "#d8dbe0";
const picture = byId("picture", HTMLCanvasElement);
const overlay = byId("overlay", HTMLCanvasElement);
/** @type {{from: [number, number], box: Box, grip: string}|null} */
let drag = null;
let hover = -1;

/** Clip pixels in a pixel of the page. */
const scale = () => (state.clip ? state.clip.width / overlay.clientWidth : 1);

export function fit() {
  const clip = state.clip;
  const screen = byId("screen", HTMLElement);
  if (!clip || !screen.clientWidth) return;
  const ratio = Math.min(screen.clientWidth / clip.width, screen.clientHeight / clip.height);
  const [width, height] = [Math.round(clip.width * ratio), Math.round(clip.height * ratio)];
  for (const canvas of [picture, overlay]) {
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.style.left = `${Math.round((screen.clientWidth - width) / 2)}px`;
    canvas.style.top = `${Math.round((screen.clientHeight - height) / 2)}px`;
    canvas.width = Math.round(width * window.devicePixelRatio);
    canvas.height = Math.round(height * window.devicePixelRatio);
  }
  fitWidth();
  redraw();
  draw();
}

/** @returns {Box|null} the box that is being drawn, in the frame that is shown */
export function handBox() {
  if (drag) return drag.box;
  const span = state.drawing === null ? undefined : history.doc.spans[state.drawing];
  if (!span || state.frame < span.first || state.frame >= span.end) return null;
  return drawnBox(span, state.frame);
}

function draw() {
  const context = overlay.getContext("2d");
  if (!context || !state.clip) return;
  const ratio = overlay.width / state.clip.width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, overlay.width, overlay.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const type = parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
  const line = (1.5 * type * window.devicePixelRatio) / ratio;
  drawFaces(context, line);
  drawSpeakers(context, line);
  const hand = handBox();
  if (hand && state.drawing !== null) drawHand(context, hand, line);
}

/** @param {CanvasRenderingContext2D} context @param {number} line */
function drawFaces(context, line) {
  const doubt = doubts()[currentDoubt()]?.track;
  for (const { track, box } of facesAt(state.frame)) {
    const person = state.view?.tracks[track]?.[2] ?? -1;
    const asked = track >= 0 && track === doubt;
    context.strokeStyle = asked ? colour("unresolved") : person < 0 ? NOBODY : personColour(person);
    outline(context, box, asked || track === hover ? 2 * line : line, line);
    if (person < 0) continue;
    label(context, `${person + 1}${asked ? "?" : ""}`, box[0], box[1] - 12 * line, line);
  }
}

/**
 * With a dark edge, so that it is seen on any picture.
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} width of the line
 * @param {number} line
 */
function outline(context, box, width, line) {
  const light = context.strokeStyle;
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.lineWidth = width + 1.4 * line;
  context.strokeRect(...corner(box));
  context.strokeStyle = light;
  context.lineWidth = width;
  context.strokeRect(...corner(box));
}

/**
 * Words on a ground of the colour of the lines, never outside of the picture.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y of their upper edge
 * @param {number} line
 */
function label(context, text, x, y, line) {
  const { width: right, height: bottom } = state.clip ?? { width: 0, height: 0 };
  context.font = `600 ${9 * line}px system-ui, sans-serif`;
  const width = context.measureText(text).width + 6 * line;
  const left = Math.max(0, Math.min(x, right - width));
  const top = Math.max(0, Math.min(y, bottom - 12 * line));
  context.fillStyle = context.strokeStyle;
  context.fillRect(left, top, width, 12 * line);
  context.fillStyle = "#10131a";
  context.fillText(text, left + 3 * line, top + 9.4 * line);
}

/** @param {CanvasRenderingContext2D} context @param {number} line */
function drawSpeakers(context, line) {
  for (const speaker of state.view?.speakers ?? []) {
    const box = boxAt(state.frame, speaker.name);
    if (!box) continue;
    const code = statusAt(speaker.runs, state.frame);
    context.strokeStyle = speaker.name ? speakerColour(speaker.name) : statusColour(code);
    context.setLineDash(statusName(code) === "interpolated" ? [5 * line, 3 * line] : []);
    outline(context, box, speaker.name === state.speaker ? 3 * line : 2 * line, line);
    context.setLineDash([]);
    if (speaker.name) label(context, speaker.name, box[0], box[3], line);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Box} box @param {number} line */
function drawHand(context, box, line) {
  context.strokeStyle = context.fillStyle = colour("drawn");
  context.lineWidth = 2 * line;
  context.strokeRect(...corner(box));
  const half = 4 * line;
  for (const x of [box[0], box[2]])
    for (const y of [box[1], box[3]]) context.fillRect(x - half, y - half, 2 * half, 2 * half);
}

/** @param {Box} box @returns {[number, number, number, number]} */
const corner = ([x1, y1, x2, y2]) => [x1, y1, x2 - x1, y2 - y1];

/** @param {PointerEvent} event @returns {[number, number]} in pixels of the clip */
function point(event) {
  const bounds = overlay.getBoundingClientRect();
  return [(event.clientX - bounds.left) * scale(), (event.clientY - bounds.top) * scale()];
}

/** @param {Box} box @param {number} x @param {number} y @returns {string} what is held */
function gripAt(box, x, y) {
  const near = HANDLE * scale();
  const side = (Math.abs(x - box[0]) < near ? "w" : "") + (Math.abs(x - box[2]) < near ? "e" : "");
  const level = (Math.abs(y - box[1]) < near ? "n" : "") + (Math.abs(y - box[3]) < near ? "s" : "");
  if (side && level) return level[0] + side[0];
  return x > box[0] && x < box[2] && y > box[1] && y < box[3] ? "move" : "new";
}

overlay.addEventListener("pointerdown", (event) => {
  if (state.drawing === null || event.button) return;
  const [x, y] = point(event);
  const hand = handBox();
  const grip = hand ? gripAt(hand, x, y) : "new";
  drag = { from: [x, y], box: grip === "new" || !hand ? [x, y, x, y] : hand, grip };
  overlay.setPointerCapture(event.pointerId);
});

overlay.addEventListener("pointermove", (event) => {
  const [x, y] = point(event);
  if (drag) {
    drag.box = moved(drag, x, y);
    if (drag.grip !== "new") drag.from = [x, y];
    draw();
    return;
  }
  const under = facesAt(state.frame).find(({ box: b }) => x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
  if ((under?.track ?? -1) === hover) return;
  hover = under?.track ?? -1;
  draw();
});

overlay.addEventListener("pointerup", (event) => {
  const [x, y] = point(event);
  if (!drag) {
    if (state.drawing === null && event.button === 0) void clickPicture(x, y, event.shiftKey);
    return;
  }
  const box = inside(drag.box);
  drag = null;
  if (box[2] - box[0] >= 4 && box[3] - box[1] >= 4) void drawn(box);
  draw();
});

overlay.addEventListener("pointercancel", () => {
  drag = null;
  draw();
});
overlay.addEventListener("pointerleave", () => {
  hover = -1;
  draw();
});

/** @param {NonNullable<typeof drag>} held @param {number} x @param {number} y @returns {Box} */
function moved(held, x, y) {
  if (held.grip === "new") return [held.from[0], held.from[1], x, y];
  const [dx, dy] = [x - held.from[0], y - held.from[1]];
  let [x1, y1, x2, y2] = held.box;
  const all = held.grip === "move";
  if (all || held.grip.includes("w")) x1 += dx;
  if (all || held.grip.includes("e")) x2 += dx;
  if (all || held.grip.includes("n")) y1 += dy;
  if (all || held.grip.includes("s")) y2 += dy;
  return [x1, y1, x2, y2];
}

/** @param {Box} box @returns {Box} upright, in whole pixels, inside the picture */
export function inside([x1, y1, x2, y2]) {
  const { width, height } = state.clip ?? { width: 1, height: 1 };
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
  const clamp = (/** @type {number} */ value, /** @type {number} */ limit) =>
    Math.round(Math.min(limit, Math.max(0, value)));
  return [clamp(left, width), clamp(top, height), clamp(right, width), clamp(bottom, height)];
}

new ResizeObserver(fit).observe(byId("screen", HTMLElement));
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
subscribe((changed) => {
  if (changed.has("clip")) fit();
  if (changed.has("frame") || changed.has("clip")) show(state.frame);
  overlay.classList.toggle("drawing", state.drawing !== null);
  draw();
});
