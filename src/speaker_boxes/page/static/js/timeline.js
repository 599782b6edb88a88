/** Lanes over time, from the whole clip to single frames; only what is visible is drawn. */

import { byId, colour } from "./dom.js";
import { lanes } from "./lanes.js";
import { speakerColour, statusColour } from "./palette.js";
import { expect } from "./pictures.js";
import { history, nFrames, seek, state, subscribe, update } from "./store.js";
import { clock, frameOf } from "./time.js";

/** @typedef {import("./lanes.js").Lane} Lane */

/** Pixels, for the page's usual type; on a wide screen it is larger, and so are they. */
const USUAL = { label: 116, lane: 20, ruler: 22, font: 14 };
const MOST_PX = 24;
/** Pixels now. */
const size = { label: USUAL.label, lane: USUAL.lane, ruler: USUAL.ruler, unit: 1 };
const canvas = byId("timeline", HTMLCanvasElement);
/** First frame that is visible, and pixels a frame; 0 for the whole clip. */
const range = { first: 0, zoom: 0 };
/** @type {{from: number, scrub: boolean, moved: boolean}|null} */
let drag = null;
/** How much a face speaks, in LR-ASD's logits, is drawn from -4 to 4: as far as it counts. */
const MOST = 4;

function fitSizes() {
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL.font;
  const [label, lane, ruler] = [USUAL.label, USUAL.lane, USUAL.ruler].map((each) => Math.round(each * unit));
  Object.assign(size, { label, lane, ruler, unit });
}

/** @param {number} pixels in the page's usual type @param {string} [weight] */
const font = (pixels, weight = "400") => `${weight} ${pixels * size.unit}px system-ui, sans-serif`;
const widthPx = () => Math.max(1, canvas.clientWidth - size.label);
const whole = () => widthPx() / Math.max(1, nFrames());
const perFrame = () => Math.max(range.zoom, whole());
/** @param {number} frame */
const xOf = (frame) => size.label + (frame - range.first) * perFrame();
/** @param {number} x */
const frameAt = (x) => range.first + (x - size.label) / perFrame();

function clampRange() {
  const visible = widthPx() / perFrame();
  range.first = Math.max(0, Math.min(range.first, nFrames() - visible));
}

/**
 * @param {number} factor
 * @param {number} [x] what stays in its place
 */
export function zoom(factor, x = xOf(state.frame)) {
  const frame = frameAt(x);
  range.zoom = Math.min(MOST_PX, Math.max(whole(), perFrame() * factor));
  range.first = frame - (x - size.label) / perFrame();
  clampRange();
  draw();
}

export function zoomAll() {
  range.first = range.zoom = 0;
  draw();
}

export function draw() {
  const context = canvas.getContext("2d");
  if (!context) return;
  fitSizes();
  const all = lanes();
  const ratio = window.devicePixelRatio;
  const height = size.ruler + Math.max(1, all.length) * size.lane + 4;
  if (canvas.style.height !== `${height}px`) canvas.style.height = `${height}px`;
  const [w, h] = [Math.round(canvas.clientWidth * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  clampRange();
  context.fillStyle = colour("panel");
  context.fillRect(0, 0, canvas.clientWidth, height);
  context.save();
  context.beginPath();
  context.rect(size.label, 0, widthPx(), height);
  context.clip();
  drawMarks(context, height);
  all.forEach((lane, i) => drawLane(context, lane, size.ruler + i * size.lane));
  drawCuts(context, height);
  drawRuler(context);
  drawHead(context, height);
  context.restore();
  drawLabels(context, all);
}

/** @param {CanvasRenderingContext2D} context @param {number} height */
function drawMarks(context, height) {
  if (state.first === null && state.end === null) return;
  const first = state.first ?? /** @type {number} */ (state.end) - 1;
  const end = state.end ?? first + 1;
  context.fillStyle = colour("accent");
  context.globalAlpha = 0.18;
  context.fillRect(xOf(first), 0, Math.max(2, xOf(end) - xOf(first)), height);
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Lane} lane @param {number} y */
function drawLane(context, lane, y) {
  const [from, to] = [range.first, frameAt(size.label + widthPx())];
  const [top, tall] = [y + 3, size.lane - 6];
  /** @param {number} first @param {number} end @param {string} fill */
  const bar = (first, end, fill) => {
    context.fillStyle = fill;
    const x = Math.max(size.label - 2, xOf(first));
    context.fillRect(x, top, Math.max(1, Math.min(xOf(end), size.label + widthPx() + 2) - x), tall);
  };
  if (lane.kind === "runs" && lane.runs) drawRuns(lane.runs, from, to, bar);
  if (lane.kind === "tracks") {
    const tracks = lane.tracks ?? [];
    for (let i = firstAfter(tracks, from); i < tracks.length && tracks[i][0] <= to; i += 1)
      bar(tracks[i][0], tracks[i][1] + 1, lane.colour ?? "");
  }
  if (lane.kind === "spans")
    for (const span of history.doc.spans.filter((one) => one.speaker === lane.speaker && one.first <= to && one.end >= from)) {
      bar(span.first, span.end, colour({ null: "nulled", person: "accent", box: "drawn" }[span.kind]));
      context.fillStyle = colour("ink");
      for (const key of span.keys ?? []) context.fillRect(xOf(key.frame), top - 2, 2, tall + 4);
    }
  if (lane.kind === "found")
    for (const [first, end] of state.clip?.progress.found ?? []) bar(first, end, colour("accent"));
  if (lane.kind === "turns") drawTurns(context, top, tall, bar);
  if (lane.kind === "curve" && lane.curve) drawCurve(context, lane.curve, y, lane.colour ?? "");
}

/**
 * Filled above nobody's, so that talk stands out.
 * @param {CanvasRenderingContext2D} context
 * @param {(number|null)[]} curve
 * @param {number} y
 * @param {string} fill
 */
function drawCurve(context, curve, y, fill) {
  const { start_s, per_second } = /** @type {import("./types.js").Speech} */ (state.speech).curves;
  const middle = y + size.lane / 2;
  context.fillStyle = colour("line");
  context.fillRect(size.label, middle, widthPx(), 1);
  context.fillStyle = fill;
  const to = frameAt(size.label + widthPx());
  const place = (/** @type {number} */ frame) => Math.floor((state.times[Math.max(0, Math.min(frame, nFrames() - 1))] - start_s) * per_second);
  for (let i = Math.max(0, place(Math.floor(range.first))); i < curve.length && i <= place(Math.ceil(to)); i += 1) {
    const value = curve[i];
    if (value === null) continue;
    const x = xOf(frameOf(start_s + i / per_second));
    const wide = Math.max(1, xOf(frameOf(start_s + (i + 1) / per_second)) - x);
    const tall = (Math.max(-MOST, Math.min(MOST, value)) / MOST) * (size.lane / 2 - 1);
    context.globalAlpha = value > 0 ? 1 : 0.35;
    context.fillRect(x, tall > 0 ? middle - tall : middle, wide, Math.abs(tall));
  }
  context.globalAlpha = 1;
}

/**
 * @param {[number, number][]} runs
 * @param {number} from
 * @param {number} to
 * @param {(first: number, end: number, fill: string) => void} bar
 */
function drawRuns(runs, from, to, bar) {
  let i = Math.max(0, firstAfter(runs, from) - 1);
  for (; i < runs.length && runs[i][0] <= to; i += 1)
    bar(runs[i][0], runs[i + 1]?.[0] ?? nFrames(), statusColour(runs[i][1]));
}

/**
 * The last entry that begins before a frame, or the first one: what may reach into the screen.
 * @param {[number, number][]} entries rising
 * @param {number} frame
 * @returns {number}
 */
function firstAfter(entries, frame) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle][0] < frame) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} top
 * @param {number} tall
 * @param {(first: number, end: number, fill: string) => void} bar
 */
function drawTurns(context, top, tall, bar) {
  for (const turn of history.doc.turns) {
    const [first, end] = [frameOf(turn.start_s), frameOf(turn.end_s)];
    bar(first, end, speakerColour(turn.speaker));
    context.fillStyle = "#10131a";
    context.font = font(11, "600");
    context.fillText(turn.speaker, xOf(first) + 4, top + tall * 0.78, Math.max(0, xOf(end) - xOf(first) - 8));
  }
  context.setLineDash([4, 3]);
  context.strokeStyle = colour("unresolved");
  for (const open of openTurns())
    context.strokeRect(xOf(frameOf(open.start_s)), top + 0.5, xOf(frameOf(open.end_s)) - xOf(frameOf(open.start_s)), tall - 1);
  context.setLineDash([]);
}

/** What was left open of who speaks, and has no turn by now. */
const openTurns = () =>
  (state.speech?.unresolved ?? []).filter(
    (open) => !history.doc.turns.some((turn) => turn.start_s < open.end_s && open.start_s < turn.end_s),
  );

/** @param {CanvasRenderingContext2D} context @param {number} height */
function drawCuts(context, height) {
  context.fillStyle = colour("cut");
  let last = -10;
  for (const cut of state.view?.cuts ?? []) {
    const x = Math.round(xOf(cut));
    if (x < size.label || x > size.label + widthPx() || x - last < 2) continue;
    context.fillRect(x, size.ruler - 6, 1, height);
    last = x;
  }
}

const STEPS_S = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];

/** @param {CanvasRenderingContext2D} context */
function drawRuler(context) {
  const [first, last] = [state.times[0] ?? 0, state.times[nFrames() - 1] ?? 0];
  const perSecond = ((nFrames() - 1) / (last - first || 1)) * perFrame();
  const step = STEPS_S.find((seconds) => seconds * perSecond >= 76 * size.unit) ?? 3600;
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  const right = size.label + widthPx();
  context.fillStyle = colour("quiet");
  context.font = font(11);
  const from = state.times[Math.floor(range.first)] ?? first;
  // by the clip's own clock, as turns and reports: it need not begin at 0
  for (let i = Math.max(Math.floor(from / step), Math.ceil(first / step)); i * step <= last; i += 1) {
    const x = Math.round(xOf(frameOf(i * step)));
    if (x >= right) break;
    context.fillRect(x, size.ruler - 8, 1, 6);
    const text = clock(i * step, digits);
    if (x + 4 + context.measureText(text).width <= right) context.fillText(text, x + 4, size.ruler - 9);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} height */
function drawHead(context, height) {
  const x = Math.round(xOf(state.frame));
  context.fillStyle = colour("ink");
  context.globalAlpha = 0.14;
  context.fillRect(x, 0, perFrame(), height);
  context.globalAlpha = 1;
  context.fillRect(x - 1, 0, 2, height);
}

/** @param {CanvasRenderingContext2D} context @param {Lane[]} all */
function drawLabels(context, all) {
  context.font = font(12);
  all.forEach((lane, i) => {
    const y = size.ruler + i * size.lane;
    if (lane.swatch) {
      context.fillStyle = lane.swatch;
      context.fillRect(2, y + size.lane / 2 - 4, 8, 8);
    }
    context.fillStyle = colour(lane.kind === "spans" ? "quiet" : "ink");
    if (lane.person !== undefined && lane.person === state.person) context.font = font(12, "700");
    context.fillText(lane.label, 15, y + size.lane * 0.7, size.label - 20);
    context.font = font(12);
  });
  if (all.length) return;
  context.fillStyle = colour("quiet");
  const failed = state.clip?.progress.phase === "failed";
  context.fillText(failed ? "" : "Lanes come when the faces are found.", size.label + 8, size.ruler + size.lane * 0.7);
}

/** @param {number} y where a lane's name was clicked on: its person is selected */
function selectLane(y) {
  const person = lanes()[Math.floor((y - size.ruler) / size.lane)]?.person;
  if (person !== undefined) update({ person: person === state.person ? null : person });
}

canvas.addEventListener("wheel", (event) => {
  if (event.deltaX || event.shiftKey) range.first += (event.deltaX || event.deltaY) / perFrame();
  else if (event.ctrlKey || event.metaKey || event.offsetY < size.ruler || canvas.clientHeight <= byId("timeline-scroll", HTMLElement).clientHeight)
    zoom(Math.exp(-event.deltaY / 300), event.offsetX);
  else return;
  event.preventDefault();
  draw();
}, { passive: false });

canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  if (event.offsetX < size.label) {
    selectLane(event.offsetY);
    return;
  }
  drag = { from: frameAt(event.offsetX), scrub: event.offsetY < size.ruler, moved: false };
  canvas.setPointerCapture(event.pointerId);
  if (drag.scrub) seek(Math.floor(drag.from));
});
canvas.addEventListener("pointermove", (event) => {
  const at = frameAt(event.offsetX);
  if (!drag) {
    expect(Math.floor(at));
    return;
  }
  drag.moved ||= Math.abs(at - drag.from) * perFrame() > 4;
  if (drag.scrub) seek(Math.floor(at));
  else if (drag.moved) {
    const [a, b] = [Math.min(at, drag.from), Math.max(at, drag.from)];
    update({ first: Math.max(0, Math.floor(a)), end: Math.min(nFrames(), Math.floor(b) + 1) });
  }
});
canvas.addEventListener("pointercancel", () => {
  drag = null;
});
canvas.addEventListener("pointerup", () => {
  if (drag && !drag.moved) seek(Math.floor(drag.from));
  drag = null;
});

new ResizeObserver(draw).observe(canvas);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
subscribe((changed) => {
  if (changed.has("frame") && (xOf(state.frame) < size.label || xOf(state.frame) > size.label + widthPx())) {
    range.first = state.frame - widthPx() / perFrame() / 3;
  }
  draw();
});
