/** Colours of people and of statuses. */

import { colour } from "./dom.js";
import { history, state } from "./store.js";

const HUES = [212, 28, 280, 160, 340, 60, 190, 310, 100, 0];

/**
 * @param {number} person number, from 0
 * @returns {string}
 */
export const personColour = (person) => `hsl(${HUES[person % HUES.length]} 62% 58%)`;

const SPEAKER_HUES = [150, 325, 45, 200, 265, 90];

/**
 * Of one of several speakers: on their box, their lane, their turns and their row.
 * @param {string} name
 * @returns {string}
 */
export function speakerColour(name) {
  const place = history.doc.speakers.findIndex((one) => one.name === name);
  return `hsl(${SPEAKER_HUES[Math.max(0, place) % SPEAKER_HUES.length]} 75% 62%)`;
}

/** @type {Record<string, [string, string]>} the colour and the words of each status, by its name */
const STATUSES = {
  detected: ["detected", "found"],
  interpolated: ["interpolated", "interpolated"],
  no_face: ["null", "no face"],
  other_shot: ["null", "nobody tied to the speaker"],
  gap_too_long: ["null", "gap too long"],
  hidden: ["null", "behind another face"],
  unresolved: ["unresolved", "to decide"],
  no_turn: ["null", "not their turn"],
  nulled: ["nulled", "nobody, by hand"],
  drawn: ["drawn", "drawn by hand"],
};

/** @param {number} code @returns {string} its name, as the server has it */
export const statusName = (code) => state.clip?.statuses[code] ?? "";

/** @param {number} code */
export const statusColour = (code) => colour(STATUSES[statusName(code)]?.[0] ?? "null");

/** @param {number} code @returns {string} for people */
export const statusWords = (code) => STATUSES[statusName(code)]?.[1] ?? "";
