/** Faces and boxes of the frames around the one that is shown, asked for as they are needed. */

import { getFound, getWindow } from "./api.js";
import { nFrames, state, update } from "./store.js";

/** @typedef {import("./types.js").Window} Window */
/** @typedef {import("./types.js").Box} Box */

const LENGTH = 500;
const KEPT = 12;
/** @type {Map<string, Window|null>} */
const windows = new Map();
/** @type {Set<Promise<void>>} what is on its way */
const loading = new Set();

/**
 * @param {number} frame
 * @returns {Window|null} `null` while it is on its way
 */
function windowOf(frame) {
  const rev = state.view?.rev ?? `found ${state.clip?.progress.found.length ? doneIn(frame) : 0}`;
  if (rev === "found 0") return null;
  const first = Math.floor(frame / LENGTH) * LENGTH;
  const key = `${rev}:${first}`;
  const known = windows.get(key);
  if (known !== undefined) return known;
  windows.set(key, null);
  const end = Math.min(nFrames(), first + LENGTH);
  const asked = (state.view ? getWindow(rev, first, end) : getFound(first, end)).then(
    (window) => {
      windows.set(key, window);
      for (const old of [...windows.keys()].slice(0, -KEPT)) windows.delete(old);
      update({ windows: state.windows + 1 });
    },
    () => { windows.delete(key); },
  ).finally(() => loading.delete(asked));
  loading.add(asked);
  return null;
}

/**
 * Wait for the faces of a frame that are on their way, after a change all of them are.
 * @param {number} frame
 */
export async function arrived(frame) {
  for (let tries = 0; tries < 3 && !windowOf(frame) && loading.size; tries++) await Promise.all(loading);
}

/**
 * How many frames of a window are done while detection runs: with more of them it is asked for again.
 * @param {number} frame
 * @returns {number}
 */
function doneIn(frame) {
  const first = Math.floor(frame / LENGTH) * LENGTH;
  const parts = state.clip?.progress.found ?? [];
  return parts.reduce((sum, [from, end]) => sum + Math.max(0, Math.min(end, first + LENGTH) - Math.max(from, first)), 0);
}

/**
 * @param {number} frame
 * @returns {boolean} whether its faces are found
 */
export const isFound = (frame) =>
  state.view !== null || (state.clip?.progress.found ?? []).some(([first, end]) => first <= frame && frame < end);

/**
 * @param {number} frame
 * @returns {{track: number, box: Box}[]} every face of a frame
 */
export function facesAt(frame) {
  const window = windowOf(frame);
  if (!window) return [];
  return window.faces
    .filter((row) => row[0] === frame)
    .map((row) => ({ track: row[1], box: /** @type {Box} */ (row.slice(2, 6)) }));
}

/**
 * @param {number} frame
 * @param {string} speaker
 * @returns {Box|null}
 */
export function boxAt(frame, speaker) {
  const window = windowOf(frame);
  return window?.boxes[speaker]?.[frame - window.first] ?? null;
}

/**
 * The status code of a frame, from stretches of equal ones.
 * @param {[number, number][]} runs
 * @param {number} frame
 * @returns {number}
 */
export function statusAt(runs, frame) {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle][0] <= frame) low = middle;
    else high = middle - 1;
  }
  return runs[low]?.[1] ?? 2;
}
