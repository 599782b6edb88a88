/** The head line, the transport and the notes over the picture. */

import * as act from "./actions.js";
import { byId, make } from "./dom.js";
import { statusWords } from "./palette.js";
import { expect } from "./pictures.js";
import * as player from "./player.js";
import { history, nFrames, seek, state, subscribe, travel } from "./store.js";
import { clock } from "./time.js";
import { zoom, zoomAll } from "./timeline.js";
import { statusAt } from "./windows.js";

const scrub = byId("scrub", HTMLInputElement);
const number = byId("frame-number", HTMLInputElement);

function drawHead() {
  const clip = state.clip;
  if (!clip) return;
  byId("clip-name", HTMLElement).textContent = clip.name;
  document.title = `${state.saved ? "" : "• "}${clip.name} – pick`;
  const rate = clip.frame_rate ? `, ${Number(clip.frame_rate.toFixed(3))} fps` : "";
  byId("clip-facts", HTMLElement).textContent = `${clip.width} × ${clip.height}, ${clip.n_frames} frames${rate}`;
  const { phase, done, total } = clip.progress;
  const comparing = phase === "ready" && !state.view;
  byId("progress", HTMLElement).hidden = (phase === "ready" && !comparing) || phase === "failed";
  const bar = byId("progress-bar", HTMLProgressElement);
  if (total && !comparing) [bar.max, bar.value] = [total, done];
  else bar.removeAttribute("value");
  byId("progress-text", HTMLElement).textContent = comparing ? "Comparing faces…" : total ? `Finding faces: ${done} of ${total} frames` : "Finding faces…";
  set("undo", !history.past.length, history.past.at(-1)?.label, "Undo");
  set("redo", !history.future.length, history.future.at(-1)?.label, "Redo");
  /** @type {HTMLButtonElement} */ (byId("save-open", HTMLElement)).disabled = !state.view?.speakers.length;
}

/** @param {string} id @param {boolean} disabled @param {string|undefined} label @param {string} word */
function set(id, disabled, label, word) {
  const element = /** @type {HTMLButtonElement} */ (byId(id, HTMLElement));
  element.disabled = disabled;
  element.title = label ? `${word}: ${label}` : word;
}

function drawTransport() {
  scrub.max = String(Math.max(0, nFrames() - 1));
  scrub.value = String(state.frame);
  const time = clock(state.times[state.frame] ?? 0, 3);
  scrub.setAttribute("aria-valuetext", `Frame ${state.frame}, ${time}`);
  if (document.activeElement !== number) number.value = String(state.frame);
  number.max = scrub.max;
  byId("time", HTMLElement).textContent = time;
  const speaker = state.view?.speakers.find((one) => one.name === state.speaker);
  byId("status", HTMLElement).textContent = speaker && !state.playing ? statusWords(statusAt(speaker.runs, state.frame)) : "";
  byId("play", HTMLElement).textContent = state.playing ? "■" : "▶";
  const { first, end } = state;
  const words = first === null && end === null ? "" : `${first ?? "…"} – ${end === null ? "…" : end - 1}`;
  byId("range-text", HTMLElement).textContent = words;
}

function drawNote() {
  const note = byId("stage-note", HTMLElement);
  const progress = state.clip?.progress;
  if (state.trouble) note.textContent = state.trouble;
  else if (progress?.phase === "failed") note.textContent = `Faces could not be found: ${progress.error}`;
  else if (state.clip) note.textContent = "";
}

byId("legend", HTMLElement).append(
  ...[["detected", "found"], ["interpolated", "interpolated"], ["null", "no box"], ["unresolved", "to decide"], ["nulled", "nobody, by hand"], ["drawn", "drawn"]].map(
    ([name, words]) => make("li", {}, make("span", { class: `swatch ${name}` }), ` ${words}`),
  ),
);
scrub.onpointermove = (/** @type {PointerEvent} */ event) => {
  if (!event.buttons) expect(Math.round((event.offsetX / scrub.clientWidth) * (nFrames() - 1)));
};
scrub.oninput = () => seek(Number(scrub.value));
number.oninput = () => expect(Math.round(number.valueAsNumber));
number.onchange = () => {
  seek(number.valueAsNumber);
  number.value = String(state.frame);
};
/** @type {[string, () => void][]} */
const BUTTONS = [
  ["undo", () => void travel("undo")], ["redo", () => void travel("redo")], ["play", player.toggle],
  ["step-back", () => seek(state.frame - 1)], ["step-on", () => seek(state.frame + 1)],
  ["shot-back", () => act.toShot(-1)], ["shot-on", () => act.toShot(1)], ["mark-in", act.markIn],
  ["mark-out", act.markOut], ["mark-clear", act.markClear], ["zoom-in", () => zoom(1.6)],
  ["zoom-out", () => zoom(1 / 1.6)], ["zoom-all", zoomAll],
];
for (const [id, action] of BUTTONS) byId(id, HTMLElement).onclick = action;
subscribe((changed) => {
  if (!(changed.size === 1 && changed.has("frame"))) drawHead();
  drawTransport();
  drawNote();
});
