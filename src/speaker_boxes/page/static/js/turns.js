/** Who speaks when: turns by hand, and those that are found by lips and sound. */

import { trackOf } from "./actions.js";
import * as api from "./api.js";
import * as change from "./commands.js";
import { toast } from "./dom.js";
import { history, nFrames, run, span, state, update } from "./store.js";

/** @typedef {import("./types.js").Click} Click */

export function addTurn() {
  if (!state.speaker) {
    toast("Turns are for two speakers or more: add a speaker first.");
    return;
  }
  const { first, end } = span();
  const rest = state.clip?.frame_rate ? 1 / state.clip.frame_rate : 0.04;
  const end_s = end < nFrames() ? state.times[end] : state.times[end - 1] + rest;
  void run("Turn", change.addTurn({ start_s: round(state.times[first]), end_s: round(end_s), speaker: state.speaker }));
}

/** Ask who speaks when; the turns that are found take the place of those that are there. */
export async function findTurns() {
  if (state.listening) return;
  if (state.clip?.progress.phase !== "ready") {
    toast("Comes when the faces are found.");
    return;
  }
  update({ listening: true });
  toast("Looking at lips and listening: this takes about as long as finding the faces.");
  try {
    const speech = state.speech ?? (await api.findSpeech());
    update({ speech });
    if (!speech.turns.length) toast("Nobody is found to speak.");
    else if (await run("Find who speaks", change.takeTurns(speech.persons, knownSpeakers(speech), speech.turns)))
      toast(`${speech.turns.length} turns are found, ${speech.unresolved.length} spans are open (dashed). W gives a turn to another.`);
  } catch (error) {
    toast(`Who speaks is not found: ${/** @type {Error} */ (error).message}`);
  } finally {
    update({ listening: false });
  }
}

/**
 * Names in the document of those persons who are speakers already.
 * @param {import("./types.js").Speech} speech
 * @returns {Map<string, string>}
 */
function knownSpeakers(speech) {
  const names = new Map();
  for (const [person, clicks] of Object.entries(speech.persons)) {
    const tracks = clicks.map(trackUnder);
    const speaker = state.view?.speakers.find((one) => one.tracks.some((track) => tracks.includes(track)));
    if (speaker) names.set(person, speaker.name);
  }
  return names;
}

/** @param {Click} click a track's own @returns {number} its number, -1 if it was parted */
const trackUnder = (click) =>
  state.view?.tracks.findIndex((track) => click.every((value, i) => track[i + 3] === value)) ?? -1;

/**
 * The number of a person of whom it was found how they speak, from 0; -1 if that is not clear.
 * @param {import("./types.js").Speech} speech
 * @param {string} name
 * @returns {number}
 */
export const personOf = (speech, name) => {
  const tracks = (speech.persons[name] ?? []).map(trackUnder).filter((track) => track >= 0);
  return tracks.length ? trackOf(tracks[0])[2] : -1;
};

/** The turn at the frame that is shown goes to the next speaker, after the last to nobody. */
export function giveTurn() {
  const at = state.times[state.frame] + 0.0005;
  const names = (state.view?.speakers ?? []).map((one) => one.name);
  const index = history.doc.turns.findIndex((turn) => turn.start_s <= at && at < turn.end_s);
  if (index >= 0) {
    const next = names[names.indexOf(history.doc.turns[index].speaker) + 1] ?? null;
    void run(next === null ? "Nobody's turn" : `Turn of ${next}`, change.giveTurn(index, next));
    return;
  }
  const open = state.speech?.unresolved.find((one) => one.start_s <= at && at < one.end_s);
  if (!open || !names.length) {
    toast("No turn is here. Mark a span and press T, or F to find who speaks.");
    return;
  }
  const { start_s, end_s } = open;
  void run(`Turn of ${names[0]}`, change.addTurn({ start_s, end_s, speaker: names[0] }));
}

/** @param {number} seconds @returns {number} in whole milliseconds */
const round = (seconds) => Math.round(seconds * 1000) / 1000;
