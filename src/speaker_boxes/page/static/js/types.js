/**
 * What passes between the modules; types only.
 *
 * A click is `[frame, x, y]`, a box `[x1, y1, x2, y2]`, in pixels of the upright frame.
 * @typedef {[number, number, number]} Click
 * @typedef {[number, number, number, number]} Box
 * @typedef {{name: string, clicks: Click[], tracks_yes: Click[], tracks_no: Click[]}} Speaker
 * @typedef {{frame: number, box: Box}} KeyBox
 * @typedef {{speaker: string, first: number, end: number, kind: "null"|"person"|"box",
 *   click?: Click, keys?: KeyBox[]}} Span Frames `[first, end)`.
 * @typedef {{start_s: number, end_s: number, speaker: string, audio_start_s?: number|null}} Turn
 * @typedef {{speakers: Speaker[], joins: [Click, Click][], parts: {click: Click, frame: number}[],
 *   spans: Span[], turns: Turn[]}} Doc All that was done by hand.
 * @typedef {{phase: string, done: number, total: number|null, error: string|null,
 *   found: [number, number][]}} Progress `found`: frames `[first, end)` that are done already.
 * @typedef {{name: string, sha256: string|null, width: number, height: number, n_frames: number,
 *   frame_rate: number|null, start_s: number, out: string, stream: number|null,
 *   detector: string|null, max_gap_s: number|null, statuses: Record<string, string>,
 *   progress: Progress}} Clip `detector` and `max_gap_s`: `null` for the usual ones, as edits have it.
 * @typedef {[number, number, number, number, number, number]} Track
 *   first, last, person, and the frame, x and y of a click on it
 * @typedef {{tracks: number[], frames: number, shots: number, crops: number[], click: Click}} Person
 * @typedef {{name: string, runs: [number, number][], boxes: number, reason: string,
 *   unresolved: number[], tracks: number[]}} SpeakerView
 * @typedef {{rev: string, cuts: number[], tracks: Track[], persons: Person[],
 *   speakers: SpeakerView[], output: {name: string, runs: [number, number][], boxes: number}[]}} View
 * @typedef {{first: number, faces: number[][], boxes: Record<string, (Box|null)[]>}} Window
 * @typedef {{heard: string, turns: Turn[], unresolved: (Turn & {reason: string})[],
 *   persons: Record<string, Click[]>, curves: {start_s: number, per_second: number,
 *   voice: (number|null)[], speakers: Record<string, (number|null)[]>}}} Speech Who speaks, as found.
 * @typedef {{speaker: string, severity: string, code: string, message: string}} Finding
 */
export {};
