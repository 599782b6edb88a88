/** What can be done, whether by a click, a key or a button. */

import * as change from "./commands.js";
import { toast } from "./dom.js";
import { history, nFrames, run, seek, shotAt, span, state, update } from "./store.js";
import { arrived, facesAt, isFound } from "./windows.js";

/** @typedef {import("./types.js").Click} Click */
/** @typedef {import("./types.js").Track} Track */

/** @param {number} track @returns {Track} */
export const trackOf = (track) => state.view?.tracks[track] ?? [0, -1, 0, 0, 0, 0];

/** @param {number} track @returns {Click} */
export const clickOn = (track) => {
  const found = trackOf(track);
  return [found[3], found[4], found[5]];
};

/** @param {number} person @returns {string} */
export const personName = (person) => `Person ${person + 1}`;

const chosen = () => state.view?.speakers.find((one) => one.name === state.speaker);

/**
 * A click on the picture: who is under it is the speaker.
 * @param {number} x
 * @param {number} y
 * @param {boolean} more whether it says more about the same person
 */
export async function clickPicture(x, y, more) {
  const { frame } = state;
  await arrived(frame);
  const ready = state.clip?.progress.phase === "ready";
  const under = facesAt(frame)
    .filter(({ track, box: [x1, y1, x2, y2] }) => (track >= 0 || !ready) && x >= x1 && x < x2 && y >= y1 && y < y2)
    .sort((a, b) => (a.box[2] - a.box[0]) - (b.box[2] - b.box[0]));
  if (!ready && (under.length || !isFound(frame))) {
    // kept as it is, and followed when all faces are found
    void run("Choose the speaker", change.chooseSpeaker(state.speaker, [frame, Math.round(x), Math.round(y)]));
    toast(under.length ? "This face is the speaker; where else they are comes when all faces are found." : "Noted: whoever is found there is the speaker.");
    return;
  }
  if (!under.length) {
    toast("No face was found there. Draw a box (B) if there is one.");
    return;
  }
  const { track } = under[0];
  const click = /** @type {Click} */ ([frame, Math.round(x), Math.round(y)]);
  chooseTrack(track, click, more);
}

/**
 * @param {number} track
 * @param {Click} click
 * @param {boolean} more
 */
function chooseTrack(track, click, more) {
  const speaker = chosen();
  if (speaker?.tracks.includes(track)) {
    toast("This is the speaker already.");
    return;
  }
  if (speaker?.unresolved.includes(track)) void run("This one", change.thisOne(state.speaker, click));
  else if (speaker && more) void run("Same person too", change.addClick(state.speaker, click));
  else void run("Choose the speaker", change.chooseSpeaker(state.speaker, click));
}

/** @param {number} person */
export function choosePerson(person) {
  const found = state.view?.persons[person];
  if (found) void run("Choose the speaker", change.chooseSpeaker(state.speaker, found.click));
}

/** @returns {{track: number, first: number, last: number, person: number}[]} in order of time */
export function doubts() {
  const speaker = chosen();
  const nulled = history.doc.spans.filter((one) => one.kind === "null" && one.speaker === state.speaker);
  return (speaker?.unresolved ?? [])
    .map((track) => {
      const [first, last, person] = trackOf(track);
      return { track, first, last, person };
    })
    .filter(({ first, last }) => !nulled.some((one) => one.first <= first && one.end > last));
}

/** @returns {number} which of the things to decide is looked at: there may be fewer by now */
export const currentDoubt = () => Math.max(0, Math.min(state.doubt, doubts().length - 1));

/** To the thing to decide that is looked at; from there to the next one. */
export function nextDoubt() {
  const all = doubts();
  if (!all.length) {
    toast("Nothing is left to decide.");
    return;
  }
  const now = currentDoubt();
  const isThere = all[now].first <= state.frame && state.frame <= all[now].last;
  lookAt(isThere ? (now + 1) % all.length : now);
}

/** @param {number} doubt its number in the list */
export function lookAt(doubt) {
  const one = doubts()[doubt];
  if (!one) return;
  update({ doubt });
  seek(clickOn(one.track)[0]);
}

let deciding = false;

/** @param {"this"|"not"|"nobody"} answer */
export async function decide(answer) {
  if (deciding) return; // a second press is about a face that nobody has seen yet
  const one = doubts()[currentDoubt()];
  if (!one) {
    toast("Nothing is left to decide.");
    return;
  }
  deciding = true;
  const click = clickOn(one.track);
  if (answer === "this") await run("This one", change.thisOne(state.speaker, click));
  if (answer === "not") await run("Not this one", change.notThisOne(state.speaker, click));
  if (answer === "nobody")
    await run("Nobody there", change.nobodyThere(state.speaker, click, one.first, one.last + 1));
  deciding = false;
  lookAt(currentDoubt());
}

/** @returns {boolean} whether somebody is chosen; says so if not */
function needsSpeaker() {
  if (chosen()) return true;
  toast("Choose the speaker first: click on their face.");
  return false;
}

export function nullSpan() {
  if (needsSpeaker()) void run("Nobody", change.addSpan({ speaker: state.speaker, ...span(), kind: "null" }));
}

/** The selected person over the span: by a face of theirs in it, if there is one. */
export function personSpan() {
  if (!needsSpeaker()) return;
  const person = state.person === null ? null : state.view?.persons[state.person];
  if (!person || !state.view) {
    toast("Select a person's card first.");
    return;
  }
  const { first, end } = span();
  const there = person.tracks.find((track) => {
    const [from, to] = trackOf(track);
    return from < end && to >= first;
  });
  if (there === undefined) {
    toast(`${personName(/** @type {number} */ (state.person))} is not seen in frames ${first} to ${end - 1}.`);
    return;
  }
  const click = clickOn(there);
  void run("This person", change.addSpan({ speaker: state.speaker, first, end, kind: "person", click }));
}

export function drawBox() {
  if (state.drawing !== null) update({ drawing: null });
  else if (needsSpeaker()) {
    const at = state.frame;
    const index = history.doc.spans.findIndex(
      (one) => one.kind === "box" && one.speaker === state.speaker && one.first <= at && at < one.end,
    );
    update({ drawing: index });
    toast(index < 0 ? "Drag a box on the picture." : "Drag the box or its corners; each frame you do it in is a key frame.");
  }
}

/** @param {import("./types.js").Box} box drawn in the frame that is shown */
export async function drawn(box) {
  const at = state.frame;
  const known = state.drawing === null || state.drawing < 0 ? undefined : history.doc.spans[state.drawing];
  if (known && known.first <= at && at < known.end) {
    await run("Move the box", change.setKey(/** @type {number} */ (state.drawing), at, box));
    return;
  }
  const { first, end } = span();
  const inside = first <= at && at < end ? { first, end } : shotAt(at);
  const keys = [{ frame: at, box }];
  const done = await run("Draw a box", change.addSpan({ speaker: state.speaker, ...inside, kind: "box", keys }));
  if (done) update({ drawing: history.doc.spans.length - 1 });
}

/** @param {number} other person to join the selected one with */
export function join(other) {
  if (!needsSpeaker() || state.person === null || !state.view) return;
  const [a, b] = [state.view.persons[state.person], state.view.persons[other]];
  void run(`Join ${personName(state.person)} and ${personName(other)}`, change.joinPeople(a.click, b.click));
}

/** Part the selected person's track here, or the only one there is. */
export function part() {
  if (!needsSpeaker() || !state.view) return;
  const at = state.frame;
  const there = state.view.tracks
    .map((track, index) => ({ track, index }))
    .filter(({ track }) => track[0] < at && at <= track[1]);
  const mine = there.filter(({ track }) => track[2] === state.person);
  const found = mine[0] ?? (there.length === 1 ? there[0] : undefined);
  if (!found) {
    toast(there.length ? "Select the person to part first." : "No face goes on through this frame.");
    return;
  }
  void run("Part", change.partTrack(clickOn(found.index), at));
}

export const markIn = () =>
  update({ first: state.frame, end: state.end !== null && state.end > state.frame ? state.end : null });
export const markOut = () =>
  update({ end: state.frame + 1, first: state.first !== null && state.first <= state.frame ? state.first : null });
export const markClear = () => update({ first: null, end: null, drawing: null });

/** @param {number} step */
export const toShot = (step) => seek(shotBeside(state.frame, step));

/** @param {number} frame @param {number} step @returns {number} */
function shotBeside(frame, step) {
  const { first, end } = shotAt(frame);
  if (step > 0) return end;
  return frame > first ? first : shotAt(first - 1).first;
}

/** @param {number} frame @returns {number[]} where keys lead from a frame: read before they are asked for */
export function targetsFrom(frame) {
  const doubt = doubts()[currentDoubt()];
  const all = [shotBeside(frame, 1), shotBeside(frame, -1), ...(doubt ? [clickOn(doubt.track)[0]] : [])];
  return state.view ? all.filter((one) => one >= 0 && one < nFrames()) : [];
}
