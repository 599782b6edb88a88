/** Lanes over time, from the whole clip to single frames; only what is visible is drawn. */

import { personName, personOf } from "./actions.js";
import { byId, colour } from "./dom.js";
import { personColour, speakerColour, statusColour } from "./palette.js";
import { expect } from "./pictures.js";
import { history, nFrames, seek, state, subscribe, update } from "./store.js";

const LABEL = 116;
const LANE = 20;
const RULER = 22;
const MOST_PX = 24;
const canvas = byId("timeline", HTMLCanvasElement);
/** First frame that is visible, and pixels a frame; 0 for the whole clip. */
const range = { first: 0, zoom: 0 };
/** @type {{from: number, scrub: boolean, moved: boolean}|null} */
let drag = null;
/** @type {{view: object|null, speech: object|null, lanes: Lane[]}} */
let known = { view: null, speech: null, lanes: [] };
/** How much a face speaks, in LR-ASD's logits, is drawn from -4 to 4: as far as it counts. */
const MOST = 4;

/**
 * @typedef {{label: string, swatch: string|null, kind: "runs"|"tracks"|"spans"|"turns"|"curve"|"found",
 *   curve?: (number|null)[], runs?: [number, number][], speaker?: string, tracks?: [number, number][], colour?: string}} Lane
 */

const widthPx = () => Math.max(1, canvas.clientWidth - LABEL);
const whole = () => widthPx() / Math.max(1, nFrames());
const perFrame = () => Math.max(range.zoom, whole());
/** @param {number} frame */
const xOf = (frame) => LABEL + (frame - range.first) * perFrame();
/** @param {number} x */
const frameAt = (x) => range.first + (x - LABEL) / perFrame();

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
  range.first = frame - (x - LABEL) / perFrame();
  clampRange();
  draw();
}

export function zoomAll() {
  range.first = range.zoom = 0;
  draw();
}

/** @returns {Lane[]} from top to bottom */
function lanes() {
  const view = state.view;
  if (!view && state.clip?.progress.found.length) return [{ label: "Looked at", swatch: null, kind: "found" }];
  if (known.view === view && known.speech === state.speech) return known.lanes;
  /** @type {Lane[]} */
  const all = [];
  for (const one of view?.speakers ?? []) {
    all.push({ label: one.name || "Speaker", swatch: one.name ? speakerColour(one.name) : null, kind: "runs", runs: one.runs, speaker: one.name });
    all.push({ label: "  by hand", swatch: null, kind: "spans", speaker: one.name });
  }
  if ((view?.speakers.length ?? 0) > 1 || history.doc.turns.length) all.push({ label: "Turns", swatch: null, kind: "turns" });
  view?.persons.forEach((person, number) => {
    const tracks = person.tracks.map((track) => /** @type {[number, number]} */ (view.tracks[track].slice(0, 2)));
    tracks.sort((a, b) => a[0] - b[0]);
    all.push({ label: personName(number), swatch: personColour(number), kind: "tracks", tracks, colour: personColour(number) });
    for (const curve of curvesOf(number)) all.push({ label: "  speaks", swatch: null, kind: "curve", curve, colour: personColour(number) });
  });
  known = { view, speech: state.speech, lanes: all };
  return all;
}

/** @param {number} person @returns {(number|null)[][]} how much they speak, if it was found */
function curvesOf(person) {
  const speech = state.speech;
  if (!speech) return [];
  const curves = Object.entries(speech.curves.speakers);
  return curves.filter(([name]) => personOf(speech, name) === person).map(([, curve]) => curve);
}

export function draw() {
  const context = canvas.getContext("2d");
  if (!context) return;
  const all = lanes();
  const ratio = window.devicePixelRatio;
  const height = RULER + Math.max(1, all.length) * LANE + 4;
  if (canvas.style.height !== `${height}px`) canvas.style.height = `${height}px`;
  const [w, h] = [Math.round(canvas.clientWidth * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  clampRange();
  context.fillStyle = colour("panel");
  context.fillRect(0, 0, canvas.clientWidth, height);
  context.save();
  context.beginPath();
  context.rect(LABEL, 0, widthPx(), height);
  context.clip();
  drawMarks(context, height);
  all.forEach((lane, i) => drawLane(context, lane, RULER + i * LANE));
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
  const [from, to] = [range.first, frameAt(LABEL + widthPx())];
  const [top, tall] = [y + 3, LANE - 6];
  /** @param {number} first @param {number} end @param {string} fill */
  const bar = (first, end, fill) => {
    context.fillStyle = fill;
    const x = Math.max(LABEL - 2, xOf(first));
    context.fillRect(x, top, Math.max(1, Math.min(xOf(end), LABEL + widthPx() + 2) - x), tall);
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
  const middle = y + LANE / 2;
  context.fillStyle = colour("line");
  context.fillRect(LABEL, middle, widthPx(), 1);
  context.fillStyle = fill;
  const to = frameAt(LABEL + widthPx());
  const place = (/** @type {number} */ frame) => Math.floor((state.times[Math.max(0, Math.min(frame, nFrames() - 1))] - start_s) * per_second);
  for (let i = Math.max(0, place(Math.floor(range.first))); i < curve.length && i <= place(Math.ceil(to)); i += 1) {
    const value = curve[i];
    if (value === null) continue;
    const x = xOf(frameOf(start_s + i / per_second));
    const wide = Math.max(1, xOf(frameOf(start_s + (i + 1) / per_second)) - x);
    const tall = (Math.max(-MOST, Math.min(MOST, value)) / MOST) * (LANE / 2 - 1);
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
    context.font = "600 11px system-ui, sans-serif";
    context.fillText(turn.speaker, xOf(first) + 4, top + tall - 3, Math.max(0, xOf(end) - xOf(first) - 8));
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

/** @param {number} seconds @returns {number} the first frame that is not before */
export function frameOf(seconds) {
  let [low, high] = [0, state.times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (state.times[middle] + 0.0005 < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {CanvasRenderingContext2D} context @param {number} height */
function drawCuts(context, height) {
  context.fillStyle = colour("cut");
  let last = -10;
  for (const cut of state.view?.cuts ?? []) {
    const x = Math.round(xOf(cut));
    if (x < LABEL || x > LABEL + widthPx() || x - last < 2) continue;
    context.fillRect(x, RULER - 6, 1, height);
    last = x;
  }
}

const STEPS_S = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];

/** @param {CanvasRenderingContext2D} context */
function drawRuler(context) {
  const rate = state.clip?.frame_rate ?? 25;
  const step = STEPS_S.find((seconds) => seconds * rate * perFrame() >= 76) ?? 3600;
  context.fillStyle = colour("quiet");
  context.font = "11px system-ui, sans-serif";
  const from = Math.floor(range.first / rate / step) * step;
  for (let t = from; xOf(t * rate) < LABEL + widthPx(); t += step) {
    const x = Math.round(xOf(t * rate));
    context.fillRect(x, 14, 1, 6);
    context.fillText(clock(t, step < 1), x + 4, 13);
  }
}

/** @param {number} seconds @param {boolean} fine @returns {string} */
export function clock(seconds, fine) {
  const whole = Math.floor(seconds + 1e-6);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const text = `${h ? `${h}:` : ""}${h ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
  return fine ? `${text}.${String(Math.floor((seconds - whole) * 1000 + 0.5)).padStart(3, "0")}` : text;
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
  context.font = "12px system-ui, sans-serif";
  all.forEach((lane, i) => {
    const y = RULER + i * LANE;
    if (lane.swatch) {
      context.fillStyle = lane.swatch;
      context.fillRect(2, y + 6, 8, 8);
    }
    context.fillStyle = colour(lane.kind === "spans" ? "quiet" : "ink");
    context.fillText(lane.label, 15, y + 14, LABEL - 20);
  });
  if (all.length) return;
  context.fillStyle = colour("quiet");
  const failed = state.clip?.progress.phase === "failed";
  context.fillText(failed ? "" : "Lanes come when the faces are found.", LABEL + 8, RULER + 15);
}

canvas.addEventListener("wheel", (event) => {
  if (event.deltaX || event.shiftKey) range.first += (event.deltaX || event.deltaY) / perFrame();
  else if (event.ctrlKey || event.metaKey || event.offsetY < RULER || canvas.clientHeight <= byId("timeline-scroll", HTMLElement).clientHeight)
    zoom(Math.exp(-event.deltaY / 300), event.offsetX);
  else return;
  event.preventDefault();
  draw();
}, { passive: false });

canvas.addEventListener("pointerdown", (event) => {
  drag = { from: frameAt(event.offsetX), scrub: event.offsetY < RULER, moved: false };
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
canvas.addEventListener("pointerup", () => {
  if (drag && !drag.moved) seek(Math.floor(drag.from));
  drag = null;
});

new ResizeObserver(draw).observe(canvas);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
subscribe((changed) => {
  if (changed.has("frame") && (xOf(state.frame) < LABEL || xOf(state.frame) > LABEL + widthPx())) {
    range.first = state.frame - widthPx() / perFrame() / 3;
  }
  draw();
});
