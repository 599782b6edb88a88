/** The state of the page: in one place, changed by one function. */

import * as api from "./api.js";
import { toEdits } from "./commands.js";
import { toast } from "./dom.js";
import { History } from "./history.js";

/** @typedef {import("./types.js").Clip} Clip */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Doc} Doc */

/**
 * @typedef {object} State
 * @property {Clip|null} clip
 * @property {Float64Array} times seconds of each frame
 * @property {number} frame the one that is shown
 * @property {View|null} view what the document makes of the clip
 * @property {string} speaker name of the active one
 * @property {number|null} person number of the selected one, from 0
 * @property {number|null} first in point
 * @property {number|null} end frame after the out point
 * @property {number|null} drawing index of the span whose box is drawn; -1 for a new one
 * @property {number} doubt which of the things to decide is looked at
 * @property {import("./types.js").Speech|null} speech who speaks, as found by lips and sound
 * @property {boolean} listening whether that is being found
 * @property {boolean} playing
 * @property {number} windows how many windows of faces and boxes have come
 * @property {boolean} saved
 * @property {string|null} trouble
 */

/** @type {State} */
export const state = {
  clip: null, times: new Float64Array(), frame: 0, view: null, speaker: "", person: null,
  first: null, end: null, drawing: null, doubt: 0,
  speech: null, listening: false, playing: false, windows: 0, saved: true, trouble: null,
};
export const history = new History();

/** @type {((changed: Set<string>) => void)[]} */
const listeners = [];
let pending = /** @type {Set<string>} */ (new Set());

/**
 * Be told of changes, at most once a picture of the screen.
 * @param {(changed: Set<string>) => void} listener
 */
export const subscribe = (listener) => void listeners.push(listener);

/** @param {Partial<State>} changes */
export function update(changes) {
  Object.assign(state, changes);
  if (!pending.size) requestAnimationFrame(tell);
  for (const key of Object.keys(changes)) pending.add(key);
}

function tell() {
  const changed = pending;
  pending = new Set();
  for (const listener of listeners) listener(changed);
}

export const nFrames = () => state.clip?.n_frames ?? 0;

/** @param {number} frame */
export function seek(frame) {
  const last = Math.max(0, nFrames() - 1);
  const next = Math.min(last, Math.max(0, Math.round(frame)));
  if (Number.isFinite(next) && next !== state.frame) update({ frame: next });
}

/** @returns {{first: number, end: number}} what mending is about: the marked span, or the shot */
export function span() {
  if (state.first !== null && state.end !== null && state.first < state.end)
    return { first: state.first, end: state.end };
  return shotAt(state.frame);
}

/**
 * @param {number} frame
 * @returns {{first: number, end: number}}
 */
export function shotAt(frame) {
  const cuts = [0, ...(state.view?.cuts ?? []), nFrames()];
  const place = cuts.findLastIndex((cut) => cut <= frame);
  return { first: cuts[place], end: cuts[place + 1] ?? nFrames() };
}

/** @type {Promise<void>} */
let applied = Promise.resolve();

/**
 * Change the document; what the server refuses is taken back.
 * @param {string} label
 * @param {(doc: Doc) => Doc} change
 * @param {() => void} [meanwhile] done with it, before the server has answered
 * @returns {Promise<boolean>} whether it holds
 */
export function run(label, change, meanwhile) {
  const task = applied.then(async () => {
    const held = drawnSpan();
    if (!history.run(label, change)) return false;
    meanwhile?.();
    hold(held);
    try {
      await apply();
    } catch (error) {
      history.drop();
      hold(held);
      toast(`${label}: ${/** @type {Error} */ (error).message}`);
      return false;
    }
    keepDraft();
    return true;
  });
  applied = task.then(() => {});
  return task;
}

/** @param {"undo"|"redo"} which */
export function travel(which) {
  applied = applied.then(async () => {
    const held = drawnSpan();
    const command = history[which]();
    if (!command) return;
    hold(held);
    try {
      await apply();
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
    toast(`${which === "undo" ? "Undone" : "Redone"}: ${command.label}`);
    keepDraft();
  });
  return applied;
}

/** @returns {import("./types.js").Span|undefined} the span whose box is drawn */
const drawnSpan = () => (state.drawing === null ? undefined : history.doc.spans[state.drawing]);

/**
 * Go on drawing the same span, which may have another place in the document now.
 * @param {import("./types.js").Span|undefined} span
 */
function hold(span) {
  if (!span) {
    update({});
    return;
  }
  const { speaker, first, end } = span;
  const place = history.doc.spans.findLastIndex(
    (one) => one.kind === "box" && one.speaker === speaker && one.first === first && one.end === end,
  );
  update({ drawing: place < 0 ? null : place });
}

/**
 * The number of a person in another view: numbers go by time on screen, and a change of one face
 * may give them all another.
 * @param {View|null} before
 * @param {View} after
 * @param {number|null} person
 * @returns {number|null} who has most of the same tracks; `null` if nobody has any
 */
export function samePerson(before, after, person) {
  const known = person === null ? undefined : before?.persons[person];
  if (!before || !known) return null;
  const clicks = new Set(known.tracks.map((track) => before.tracks[track].slice(3).join()));
  const frames = after.persons.map((one) =>
    one.tracks
      .map((track) => after.tracks[track])
      .filter((track) => clicks.has(track.slice(3).join()))
      .reduce((sum, [first, last]) => sum + last - first + 1, 0));
  const most = Math.max(0, ...frames);
  return most ? frames.indexOf(most) : null;
}

/** Ask the server what the document makes of the clip. */
export async function apply() {
  if (!state.clip || state.clip.progress.phase !== "ready") return;
  const view = await api.getView(toEdits(history.doc, state.clip));
  const names = history.doc.speakers.map((one) => one.name);
  const speaker = names.includes(state.speaker) ? state.speaker : names[0] ?? "";
  update({ view, speaker, person: samePerson(state.view, view, state.person) });
}

let timer = 0;

// a page that is closed at once after a change: what is small enough still gets there
window.addEventListener("pagehide", () => {
  if (!timer) return;
  void fetch("/api/draft", { method: "PUT", keepalive: true, body: JSON.stringify(history.toJson()) });
});

function keepDraft() {
  update({ saved: false });
  clearTimeout(timer);
  timer = window.setTimeout(async () => {
    timer = 0;
    try {
      await api.putDraft(history.toJson());
      document.body.dataset.draft = String(history.past.length);
    } catch (error) {
      toast(`not kept: ${/** @type {Error} */ (error).message}`);
    }
  }, 150);
}
