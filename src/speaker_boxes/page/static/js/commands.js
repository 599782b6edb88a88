/** Changes of the document: each takes one and gives another. */

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").Click} Click */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Speaker} Speaker */
/** @typedef {import("./types.js").Span} Span */
/** @typedef {import("./types.js").Turn} Turn */
/** @typedef {import("./types.js").Clip} Clip */
/** @typedef {(doc: Doc) => Doc} Change */

/**
 * @param {string} name
 * @param {(speaker: Speaker) => Speaker} change
 * @returns {Change}
 */
const speakerChanged = (name, change) => (doc) => ({
  ...doc,
  speakers: doc.speakers.map((speaker) => (speaker.name === name ? change(speaker) : speaker)),
});

/**
 * The person under a click is this speaker, and whoever it was before is not.
 * @param {string} name
 * @param {Click} click
 * @returns {Change}
 */
export const chooseSpeaker = (name, click) => (doc) => {
  const chosen = { name, clicks: [click], tracks_yes: [], tracks_no: [] };
  const known = doc.speakers.some((speaker) => speaker.name === name);
  if (known) return speakerChanged(name, () => chosen)(doc);
  return { ...doc, speakers: [...doc.speakers, chosen] };
};

/**
 * @param {string} name
 * @param {Click} click
 * @returns {Change}
 */
export const addClick = (name, click) =>
  speakerChanged(name, (one) => ({ ...one, clicks: [...one.clicks, click] }));

/**
 * @param {string} name
 * @param {Click} click
 * @returns {Change}
 */
export const thisOne = (name, click) =>
  speakerChanged(name, (one) => ({ ...one, tracks_yes: [...one.tracks_yes, click] }));

/**
 * @param {string} name
 * @param {Click} click
 * @returns {Change}
 */
export const notThisOne = (name, click) =>
  speakerChanged(name, (one) => ({ ...one, tracks_no: [...one.tracks_no, click] }));

/**
 * Neither this track nor anybody in its frames.
 * @param {string} name
 * @param {Click} click
 * @param {number} first
 * @param {number} end
 * @returns {Change}
 */
export const nobodyThere = (name, click, first, end) => (doc) =>
  addSpan({ speaker: name, first, end, kind: "null" })(notThisOne(name, click)(doc));

/** @returns {Change} */
export const addSpeaker = () => (doc) => {
  const speakers = doc.speakers.length ? doc.speakers : [blank("")];
  const named = speakers.map((one) => (one.name ? one : { ...one, name: "speaker1" }));
  let number = named.length + 1;
  while (named.some((one) => one.name === `speaker${number}`)) number += 1;
  const renamed = doc.spans.map((span) => (span.speaker ? span : { ...span, speaker: "speaker1" }));
  return { ...doc, speakers: [...named, blank(`speaker${number}`)], spans: doc.spans.length ? renamed : doc.spans };
};

/**
 * @param {string} name
 * @returns {Speaker}
 */
const blank = (name) => ({ name, clicks: [], tracks_yes: [], tracks_no: [] });

/**
 * @param {string} from
 * @param {string} to
 * @returns {Change}
 */
export const renameSpeaker = (from, to) => (doc) => ({
  ...doc,
  speakers: doc.speakers.map((one) => (one.name === from ? { ...one, name: to } : one)),
  spans: doc.spans.map((span) => (span.speaker === from ? { ...span, speaker: to } : span)),
  turns: doc.turns.map((turn) => (turn.speaker === from ? { ...turn, speaker: to } : turn)),
});

/**
 * @param {string} name
 * @returns {Change}
 */
export const removeSpeaker = (name) => (doc) => ({
  ...doc,
  speakers: doc.speakers.filter((one) => one.name !== name),
  spans: doc.spans.filter((span) => span.speaker !== name),
  turns: doc.turns.filter((turn) => turn.speaker !== name),
});

/**
 * @param {Span} span
 * @returns {Change}
 */
export const addSpan = (span) => (doc) => ({ ...doc, spans: [...doc.spans, span] });

/**
 * The box of a drawn span in one frame.
 * @param {number} index of the span
 * @param {number} frame
 * @param {Box} box
 * @returns {Change}
 */
export const setKey = (index, frame, box) => (doc) => ({
  ...doc,
  spans: doc.spans.map((span, i) => {
    if (i !== index) return span;
    const others = (span.keys ?? []).filter((key) => key.frame !== frame);
    const keys = [...others, { frame, box }].sort((a, b) => a.frame - b.frame);
    return { ...span, keys };
  }),
});

/**
 * @param {Click} a
 * @param {Click} b
 * @returns {Change}
 */
export const joinPeople = (a, b) => (doc) => ({ ...doc, joins: [...doc.joins, [a, b]] });

/**
 * @param {Click} click
 * @param {number} frame
 * @returns {Change}
 */
export const partTrack = (click, frame) => (doc) => ({ ...doc, parts: [...doc.parts, { click, frame }] });

/**
 * @param {Turn} turn
 * @returns {Change}
 */
export const addTurn = (turn) => (doc) => ({
  ...doc,
  turns: [...doc.turns, turn].sort((a, b) => a.start_s - b.start_s),
});

/**
 * @param {Turn[]} turns
 * @returns {Change}
 */
export const setTurns = (turns) => (doc) => ({ ...doc, turns });

/**
 * Speakers and turns as they were found; who is a speaker already keeps the name.
 * @param {Record<string, Click[]>} persons clicks on all of each one's tracks
 * @param {Map<string, string>} known names of those who are speakers already
 * @param {Turn[]} turns
 * @returns {Change}
 */
export const takeTurns = (persons, known, turns) => (doc) => {
  const names = new Map(known);
  const chosen = doc.speakers.filter((one) => one.clicks.length + one.tracks_yes.length);
  const speakers = chosen.map((one) => (one.name ? one : { ...one, name: "speaker1" }));
  for (const [name, [first, ...more]] of Object.entries(persons)) {
    if (names.has(name)) continue;
    let free = name;
    for (let i = 2; speakers.some((one) => one.name === free); i += 1) free = `${name}-${i}`;
    names.set(name, free);
    speakers.push({ name: free, clicks: [first], tracks_yes: more, tracks_no: [] });
  }
  const nameOf = (/** @type {string} */ name) => names.get(name) || "speaker1";
  return {
    ...doc,
    speakers,
    spans: doc.spans.map((span) => (span.speaker ? span : { ...span, speaker: "speaker1" })),
    turns: turns.map(({ start_s, end_s, speaker }) => ({ start_s, end_s, speaker: nameOf(speaker) })),
  };
};

/**
 * A turn is another's; of nobody any more if there is no name.
 * @param {number} index
 * @param {string|null} name
 * @returns {Change}
 */
export const giveTurn = (index, name) => (doc) => ({
  ...doc,
  turns: name === null
    ? doc.turns.filter((_, i) => i !== index)
    : doc.turns.map((turn, i) => (i === index ? { ...turn, speaker: name } : turn)),
});

/**
 * @param {"spans"|"joins"|"parts"|"turns"} key
 * @param {number} index
 * @returns {Change}
 */
export const removeEntry = (key, index) => (doc) => ({
  ...doc,
  [key]: /** @type {unknown[]} */ (doc[key]).filter((_, i) => i !== index),
});

/**
 * The document as the server's edits; `null` while nobody is chosen.
 * @param {Doc} doc
 * @param {Clip} clip
 * @returns {object|null}
 */
export function toEdits(doc, clip) {
  const speakers = doc.speakers.filter((one) => one.clicks.length + one.tracks_yes.length);
  if (!speakers.length) return null;
  const names = new Set(speakers.map((one) => one.name));
  return {
    format: 1,
    clip: { sha256: clip.sha256, name: clip.name },
    detector: clip.detector,
    stream: clip.stream,
    max_gap_s: clip.max_gap_s,
    speakers,
    joins: doc.joins,
    parts: doc.parts,
    spans: doc.spans.filter((span) => names.has(span.speaker)),
    turns: doc.turns.filter((turn) => names.has(turn.speaker)),
  };
}

/**
 * The box of a drawn span in a frame.
 * @param {Span} span
 * @param {number} frame
 * @returns {Box}
 */
export function drawnBox(span, frame) {
  const keys = span.keys ?? [];
  const after = keys.findIndex((key) => key.frame >= frame);
  if (after <= 0) return keys[after === 0 ? 0 : keys.length - 1].box;
  const [a, b] = [keys[after - 1], keys[after]];
  const t = (frame - a.frame) / (b.frame - a.frame);
  return /** @type {Box} */ (a.box.map((side, i) => side + t * (b.box[i] - side)));
}
