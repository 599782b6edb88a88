/** Frames as pictures: the exact one as soon as it is there, something like it before. */

import { getPicture } from "./api.js";
import { byId } from "./dom.js";
import { nFrames, state, update } from "./store.js";

const KEPT = 48;
const NEAR = 12;
const STEP_WIDTH = 320;
/** @type {Map<number, ImageBitmap>} */
const kept = new Map();
/** @type {Set<number>} */
const asked = new Set();
let wanted = -1;
let shown = -1;
let busy = false;
let width = 1280;

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
    draw(known, frame, true);
    void readAround();
    return;
  }
  if (shown < 0 || Math.abs(frame - shown) > NEAR) void showThumb(frame);
  void readWanted();
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

/** @param {number} frame */
async function showThumb(frame) {
  try {
    const picture = await getPicture(`/thumb/${frame}.jpg`);
    if (wanted === frame && shown !== frame) draw(picture, frame, false);
  } catch {
    /* the exact one tells */
  }
}

/** One request at a time, always for what is wanted now. */
async function readWanted() {
  if (busy) return;
  busy = true;
  while (wanted >= 0 && !kept.has(wanted)) {
    const frame = wanted;
    try {
      keep(frame, await getPicture(`/frame/${frame}.jpg?w=${width}`));
      if (state.trouble) update({ trouble: null });
    } catch (error) {
      update({ trouble: `frame ${frame}: ${/** @type {Error} */ (error).message}` });
      if (wanted === frame) break;
    }
    const picture = kept.get(wanted);
    if (picture) draw(picture, wanted, true);
  }
  busy = false;
  void readAround();
}

async function readAround() {
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
}

/**
 * @param {number} frame
 * @param {ImageBitmap} picture
 */
function keep(frame, picture) {
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
