/** Frames as pictures: the exact one as soon as it is there, something like it before. */

import { getPicture } from "./api.js";
import { byId } from "./dom.js";
import { nFrames, state, update } from "./store.js";

const KEPT = 48;
const NEAR = 12;
const STEP_WIDTH = 320;
/** Milliseconds that a pointer rests before the frame under it is likely to be wanted. */
const REST_MS = 40;
/** @type {Map<number, ImageBitmap>} */
const kept = new Map();
/** @type {Set<number>} */
const asked = new Set();
/** What is on its way: one picture of each kind, as only the last one that is asked for counts. */
const onTheWay = { exact: none(), thumb: none(), likely: none() };
/** @type {(frame: number) => number[]} frames that may be jumped to from one */
let targets = () => [];
let wanted = -1;
let shown = -1;
let width = 1280;
let timer = 0;

/** @returns {{frame: number, abort: AbortController}} */
function none() {
  return { frame: -1, abort: new AbortController() };
}

/** How wide pictures are asked for: as wide as they are shown, in steps. */
export function fitWidth() {
  const canvas = byId("picture", HTMLCanvasElement);
  const pixels = canvas.clientWidth * window.devicePixelRatio;
  const next = Math.min(1920, state.clip?.width ?? 1920, Math.max(1, Math.ceil(pixels / STEP_WIDTH)) * STEP_WIDTH);
  if (next === width) return;
  width = next;
  kept.clear();
  shown = -1;
}

/** @param {number} frame */
export function show(frame) {
  if (frame === shown && frame === wanted) return;
  wanted = frame;
  const known = kept.get(frame);
  if (known) {
    leave("exact");
    draw(known, frame, true);
    readAround();
    return;
  }
  if (shown < 0 || Math.abs(frame - shown) > NEAR) void showThumb(frame);
  void readWanted(frame);
}

/** Draw again, if the canvas was cleared. */
export function redraw() {
  const known = kept.get(wanted);
  if (known) draw(known, wanted, true);
  else if (wanted >= 0) {
    shown = -1;
    show(wanted);
  }
}

/**
 * A frame that may be wanted next, as the pointer is over it: it is read already.
 * @param {number} frame
 */
export function expect(frame) {
  clearTimeout(timer);
  if (state.playing || !(frame >= 0 && frame < nFrames())) return;
  timer = window.setTimeout(() => void readLikely([frame]), REST_MS);
}

/** @param {(frame: number) => number[]} tells frames that keys lead to from one */
export const setTargets = (tells) => {
  targets = tells;
};

/**
 * Give up what is on its way, if it is another frame.
 * @param {"exact"|"thumb"|"likely"} kind
 * @param {number} [frame]
 * @returns {AbortSignal|null} for the one that is wanted now; `null` if it is on its way
 */
function leave(kind, frame = -1) {
  const one = onTheWay[kind];
  if (frame >= 0 && one.frame === frame) return null;
  one.abort.abort();
  onTheWay[kind] = { frame, abort: new AbortController() };
  return onTheWay[kind].abort.signal;
}

/** @param {"exact"|"thumb"|"likely"} kind @param {number} frame */
function arrived(kind, frame) {
  if (onTheWay[kind].frame === frame) onTheWay[kind].frame = -1;
}

/** @param {number} frame */
async function showThumb(frame) {
  const signal = leave("thumb", frame);
  if (!signal) return;
  try {
    const picture = await getPicture(`/thumb/${frame}.jpg`, signal);
    if (wanted === frame && shown !== frame) draw(picture, frame, false);
  } catch {
    /* the exact one tells */
  }
  arrived("thumb", frame);
}

/** @param {number} frame */
async function readWanted(frame) {
  const signal = leave("exact", frame);
  if (!signal) return;
  try {
    keep(frame, await getPicture(`/frame/${frame}.jpg?w=${width}`, signal));
    if (state.trouble) update({ trouble: null });
  } catch (error) {
    if (signal.aborted) return;
    update({ trouble: `frame ${frame}: ${/** @type {Error} */ (error).message}` });
  }
  arrived("exact", frame);
  const picture = kept.get(wanted);
  if (!picture) return;
  draw(picture, wanted, true);
  readAround();
}

function readAround() {
  for (const frame of [wanted + 1, wanted - 1, wanted + 2, wanted - 2, wanted + 3]) {
    if (frame < 0 || frame >= nFrames() || kept.has(frame) || asked.has(frame)) continue;
    if (asked.size > 1) return;
    asked.add(frame);
    getPicture(`/frame/${frame}.jpg?w=${width}`).then(
      (picture) => {
        keep(frame, picture);
        asked.delete(frame);
      },
      () => asked.delete(frame),
    );
  }
  if (!state.playing) void readLikely(targets(wanted));
}

/** @param {number[]} frames one after the other, until others are more likely */
async function readLikely(frames) {
  for (const frame of frames) {
    if (kept.has(frame) || frame === wanted) continue;
    const signal = leave("likely", frame);
    if (!signal) return;
    try {
      keep(frame, await getPicture(`/frame/${frame}.jpg?w=${width}&likely`, signal));
    } catch {
      return;
    }
    arrived("likely", frame);
    if (frame === wanted) show(frame);
  }
}

/**
 * @param {number} frame
 * @param {ImageBitmap} picture
 */
function keep(frame, picture) {
  kept.delete(frame);
  kept.set(frame, picture);
  for (const [old, each] of kept) {
    if (kept.size <= KEPT) break;
    if (old === wanted) continue;
    each.close();
    kept.delete(old);
  }
}

/**
 * @param {ImageBitmap} picture
 * @param {number} frame
 * @param {boolean} exact
 */
function draw(picture, frame, exact) {
  const canvas = byId("picture", HTMLCanvasElement);
  const context = canvas.getContext("2d");
  context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (exact) shown = frame;
  canvas.dataset.frame = String(frame);
  canvas.dataset.exact = String(exact);
  document.dispatchEvent(new CustomEvent("drawn", { detail: { frame, exact } }));
}

/** @returns {boolean} whether the wanted frame is on the screen */
export const isShown = () => shown === wanted;
