/** Playing: the sound's clock leads where the browser plays it, else this machine's. */

import { isShown } from "./pictures.js";
import { nFrames, seek, state, update } from "./store.js";
import { frameOf } from "./time.js";

const sound = new Audio();
sound.preload = "none";
let silent = false;
let speed = 0;
let begun = { at: 0, time: 0 };
let ticking = 0;

sound.addEventListener("error", () => {
  silent = true;
});

/** @param {number} next times the usual speed, negative backwards */
async function start(next) {
  speed = next;
  begun = { at: performance.now(), time: state.times[state.frame] ?? 0 };
  sound.pause();
  update({ playing: true });
  cancelAnimationFrame(ticking);
  ticking = requestAnimationFrame(tick);
  if (speed < 0 || silent) return;
  if (!sound.src) sound.src = "/sound";
  sound.playbackRate = speed;
  sound.currentTime = Math.max(0, begun.time - (state.clip?.start_s ?? 0));
  try {
    await sound.play();
  } catch (error) {
    // no sound, or none that this browser knows; but not that it was stopped before it began
    if (/** @type {Error} */ (error).name !== "AbortError") silent = true;
  }
}

export function stop() {
  speed = 0;
  sound.pause();
  if (state.playing) update({ playing: false });
}

function now() {
  if (speed > 0 && !silent && !sound.paused && sound.readyState > 2) return sound.currentTime + (state.clip?.start_s ?? 0);
  return begun.time + (speed * (performance.now() - begun.at)) / 1000;
}

function tick() {
  if (!speed) return;
  const found = frameOf(now() + 0.001) - 1;
  // sound may begin before the first picture
  const frame = speed > 0 ? Math.max(0, found) : found;
  // a picture that is not there yet is waited for, and what is late is passed over
  if (isShown()) seek(frame);
  if (frame >= nFrames() - 1 || frame < 0) {
    seek(frame < 0 ? 0 : nFrames() - 1);
    stop();
  } else ticking = requestAnimationFrame(tick);
}

export const toggle = () => (speed ? stop() : void start(1));
export const faster = () => void start(speed >= 1 ? Math.min(8, speed * 2) : 1);
export const backwards = () => void start(speed <= -1 ? Math.max(-8, speed * 2) : -1);
