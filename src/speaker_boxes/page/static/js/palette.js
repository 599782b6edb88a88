/** Colours of people and of statuses. */

import { colour } from "./dom.js";
import { history } from "./store.js";

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

/** What a status code stands for on the screen. */
export const STATUS_CLASS = [
  "detected", "interpolated", "null", "null", "null", "null", "unresolved", "null", "nulled", "drawn",
];

export const STATUS_WORDS = [
  "found", "interpolated", "no face", "nobody tied to the speaker", "gap too long",
  "behind another face", "to decide", "not their turn", "nobody, by hand", "drawn by hand",
];

/** @param {number} code */
export const statusColour = (code) => colour(STATUS_CLASS[code] ?? "null");
