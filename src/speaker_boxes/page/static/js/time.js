/** Seconds and frames: the times of the clip's own frames lead, never a rate. */

import { state } from "./store.js";

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

/** @param {number} seconds @param {number} digits after the point @returns {string} */
export function clock(seconds, digits) {
  const one = 10 ** digits;
  if (seconds < 0) return `-${clock(-seconds, digits)}`;
  const ticks = Math.round(seconds * one);
  const whole = Math.floor(ticks / one);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const text = `${h ? `${h}:` : ""}${h ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
  return digits ? `${text}.${String(ticks % one).padStart(digits, "0")}` : text;
}
