/** The lanes of the timeline: what there is to be drawn, not how. */

import { personName } from "./actions.js";
import { personColour, speakerColour } from "./palette.js";
import { history, state } from "./store.js";
import { personOf } from "./turns.js";

/**
 * @typedef {{label: string, swatch: string|null, kind: "runs"|"tracks"|"spans"|"turns"|"curve"|"found",
 *   person?: number, curve?: (number|null)[], runs?: [number, number][], speaker?: string, tracks?: [number, number][], colour?: string}} Lane
 */

/** @type {{view: object|null, speech: object|null, lanes: Lane[]}} */
let known = { view: null, speech: null, lanes: [] };

/** @returns {Lane[]} from top to bottom */
export function lanes() {
  const view = state.view;
  if (!view && state.clip?.progress.found.length) return [{ label: "Looked at", swatch: null, kind: "found" }];
  if (known.view === view && known.speech === state.speech) return known.lanes;
  /** @type {Lane[]} */
  const all = [];
  for (const one of view?.speakers ?? []) {
    all.push({ label: one.name || "Speaker", swatch: one.name ? speakerColour(one.name) : null, kind: "runs", runs: one.runs, speaker: one.name });
    if (history.doc.spans.some((span) => span.speaker === one.name)) all.push({ label: "  by hand", swatch: null, kind: "spans", speaker: one.name });
  }
  if ((view?.speakers.length ?? 0) > 1 || history.doc.turns.length) all.push({ label: "Turns", swatch: null, kind: "turns" });
  view?.persons.forEach((person, number) => {
    const tracks = person.tracks.map((track) => /** @type {[number, number]} */ (view.tracks[track].slice(0, 2)));
    tracks.sort((a, b) => a[0] - b[0]);
    all.push({ label: personName(number), swatch: personColour(number), kind: "tracks", person: number, tracks, colour: personColour(number) });
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
