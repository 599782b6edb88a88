/** Speakers, people, what is to decide, and what was done by hand. */

import { choosePerson, currentDoubt, decide, doubts, join, lookAt, nextDoubt, personName } from "./actions.js";
import * as change from "./commands.js";
import { button, byId, fill, make } from "./dom.js";
import { personColour, speakerColour } from "./palette.js";
import { history, run, seek, state, subscribe, update } from "./store.js";
import { frameOf } from "./time.js";

const NAME = /^[\p{L}\p{N}_-]{1,64}$/u;

/** What to do while nobody is chosen. */
function firstWords() {
  const phase = state.clip?.progress.phase;
  if (phase === "failed" || state.view?.persons.length === 0) return "There is nobody to choose.";
  if (phase === "ready") return "Click on the speaker's face in the picture, or choose a person below.";
  return "You can click on a face already; where else it appears comes when all faces are found.";
}

function drawSpeakers() {
  const speakers = history.doc.speakers;
  if (!speakers.length) {
    fill(byId("speakers", HTMLElement), [make("p", { class: "quiet" }, firstWords())]);
    return;
  }
  fill(byId("speakers", HTMLElement), speakers.map(speakerRow));
}

/** @param {import("./types.js").Speaker} speaker @returns {HTMLElement} */
function speakerRow(speaker) {
  const view = state.view?.speakers.find((one) => one.name === speaker.name);
  const active = speaker.name === state.speaker;
  const name = speaker.name
    ? make("input", {
        type: "text", value: speaker.name, "aria-label": `Name of ${speaker.name}`, "data-key": `name-${speaker.name}`,
        onchange: (/** @type {Event} */ event) => rename(speaker.name, /** @type {HTMLInputElement} */ (event.target)),
      })
    : make("strong", {}, "Speaker");
  const words = view
    ? `${view.boxes} of ${state.clip?.n_frames} frames with a box`
    : "Nobody yet: click on their face.";
  return make(
    "div", { class: active ? "speaker active" : "speaker" },
    make("input", {
      type: "radio", name: "speaker", checked: active, "aria-label": `Work on ${speaker.name || "the speaker"}`,
      "data-key": `radio-${speaker.name}`, onchange: () => update({ speaker: speaker.name, doubt: 0 }),
    }),
    speaker.name ? make("span", { class: "named" }, swatch(speakerColour(speaker.name)), name) : name,
    button("Remove", () => void run("Remove speaker", change.removeSpeaker(speaker.name)), { "aria-label": `Remove ${speaker.name || "the speaker"}`, "data-key": `remove-${speaker.name}` }),
    make("span", { class: "quiet" }, words),
  );
}

/** @param {string} from @param {HTMLInputElement} input */
async function rename(from, input) {
  delete input.dataset.typed;
  const to = input.value.trim().normalize("NFC");
  if (!NAME.test(to) || history.doc.speakers.some((one) => one.name === to)) {
    input.value = from;
    return;
  }
  await run("Rename", change.renameSpeaker(from, to), () => update({ speaker: to }));
}

function drawDoubts() {
  const all = doubts();
  const count = byId("resolve-count", HTMLElement);
  count.textContent = String(all.length);
  count.classList.toggle("some", all.length > 0);
  byId("resolve-next", HTMLElement).hidden = !all.length;
  const now = currentDoubt();
  const shown = all.slice(Math.max(0, now - 1), now + 4);
  const chosen = (state.view?.speakers.length ?? 0) > 0;
  const empty = make("p", { class: "quiet" }, chosen ? "Nothing is open." : "Comes when a speaker is chosen.");
  const more = all.length > shown.length ? make("p", { class: "quiet" }, `and ${all.length - shown.length} more`) : null;
  fill(byId("resolve", HTMLElement), all.length ? [...shown.map((one) => doubtRow(one, all.indexOf(one))), more] : [empty]);
}

/** @type {[string, "this"|"not"|"nobody", string][]} words, answer, key */
const ANSWERS = [["This one", "this", "Y"], ["Not this one", "not", "X"], ["Nobody", "nobody", "M"]];

/** @param {{track: number, first: number, last: number, person: number}} one @param {number} index */
function doubtRow(one, index) {
  const current = index === currentDoubt();
  const crop = state.view?.persons[one.person]?.crops[0];
  /** @param {"this"|"not"|"nobody"} answer */
  const answer = (answer) => () => {
    update({ doubt: index });
    void decide(answer);
  };
  return make(
    "div", { class: current ? "doubt current" : "doubt" },
    crop === undefined ? make("span") : make("img", { src: `/crop/${crop}.jpg`, alt: "", loading: "lazy" }),
    make(
      "div", {},
      button(`Frames ${one.first} to ${one.last}: ${personName(one.person)}?`, () => lookAt(index), { class: "link", "data-key": `doubt-${one.track}` }),
      make(
        "div", { class: "row" },
        ...ANSWERS.map(([words, how, key]) => button(words, answer(how), { title: key, "data-key": `doubt-${one.track}-${how}` })),
      ),
    ),
  );
}

function drawPeople() {
  const view = state.view;
  const room = byId("people", HTMLElement);
  if (!view) {
    const failed = state.clip?.progress.phase === "failed";
    fill(room, [make("p", { class: "quiet" }, failed ? "No faces: detection failed." : "Faces are being looked for…")]);
    return;
  }
  if (!view.persons.length) {
    fill(room, [make("p", { class: "quiet" }, "No face was found in this clip. Start again with --detector yunet: it finds more small and turned faces.")]);
    return;
  }
  fill(room, view.persons.map((person, number) => personCard(person, number)));
}

/** @param {import("./types.js").Person} person @param {number} number @returns {HTMLElement} */
function personCard(person, number) {
  const selected = state.person === number;
  const speakers = state.view?.speakers.filter((one) => one.tracks.some((track) => person.tracks.includes(track))) ?? [];
  const joinable = state.person !== null && !selected;
  return make(
    "div", { class: `card${selected ? " selected" : ""}${speakers.length ? " speaking" : ""}` },
    make(
      "div", { class: "row" },
      swatch(personColour(number)),
      make("strong", {}, personName(number)),
      make("span", { class: "quiet" }, `${person.frames} frames, ${person.shots} shot${person.shots === 1 ? "" : "s"}`),
      speakers.length ? make("span", { class: "badge" }, speakers.map((one) => one.name || "speaker").join(", ")) : null,
    ),
    make("div", { class: "faces" }, ...person.crops.map((crop) => make("img", { src: `/crop/${crop}.jpg`, alt: "", loading: "lazy" }))),
    make(
      "div", { class: "row" },
      button("Speaker", () => choosePerson(number), { "data-key": `choose-${number}`, "aria-label": `${personName(number)} is the speaker` }),
      button("Select", () => update({ person: selected ? null : number }), { "data-key": `select-${number}`, "aria-pressed": selected, "aria-label": `Select ${personName(number)}` }),
      button("Show", () => seek(person.click[0]), { "data-key": `show-${number}`, "aria-label": `Show ${personName(number)}` }),
      joinable ? button(`Join with ${/** @type {number} */ (state.person) + 1}`, () => join(number), { "data-key": `join-${number}`, "aria-label": `Join with ${/** @type {number} */ (state.person) + 1}: ${personName(number)} with ${personName(/** @type {number} */ (state.person))}` }) : null,
    ),
  );
}

/** A small square in a colour; by the object model, as the policy allows no style attribute. */
function swatch(/** @type {string} */ fillColour) {
  const element = make("span", { class: "swatch" });
  element.style.backgroundColor = fillColour;
  return element;
}

function drawHand() {
  const { spans, joins, parts, turns } = history.doc;
  /** @type {[string, number, "spans"|"joins"|"parts"|"turns", number][]} */
  const entries = [
    ...spans.map((one, i) => entry(`${one.speaker ? `${one.speaker}: ` : ""}${{ null: "nobody", person: "a person", box: `box, ${one.keys?.length} key${one.keys?.length === 1 ? "" : "s"}` }[one.kind]}, frames ${one.first} to ${one.end - 1}`, one.first, "spans", i)),
    ...joins.map(([a, b], i) => entry(`joined: faces in frames ${a[0]} and ${b[0]}`, a[0], "joins", i)),
    ...parts.map((one, i) => entry(`parted at frame ${one.frame}`, one.frame, "parts", i)),
    ...turns.map((one, i) => entry(`turn of ${one.speaker}, ${one.start_s} to ${one.end_s} s`, frameOf(one.start_s), "turns", i)),
  ];
  const list = make("ul", {}, ...entries.map(([words, frame, key, index]) =>
    make(
      "li", {},
      button(words, () => {
        seek(frame);
        if (key === "spans") update({ first: spans[index].first, end: spans[index].end, drawing: spans[index].kind === "box" ? index : null });
      }, { class: "text", "data-key": `hand-${key}-${index}` }),
      button("Remove", () => void run("Remove", change.removeEntry(key, index)), { "aria-label": `Remove: ${words}`, "data-key": `drop-${key}-${index}` }),
    )));
  fill(byId("hand", HTMLElement), entries.length ? [list] : [make("p", { class: "quiet" }, "Nothing yet.")]);
}

/**
 * @param {string} words @param {number} frame @param {"spans"|"joins"|"parts"|"turns"} key @param {number} index
 * @returns {[string, number, "spans"|"joins"|"parts"|"turns", number]}
 */
const entry = (words, frame, key, index) => [words, frame, key, index];

byId("speaker-add", HTMLElement).onclick = () =>
  // at once: a click on a face may follow before the server has answered
  void run("Add speaker", change.addSpeaker(), () => update({ speaker: history.doc.speakers.at(-1)?.name ?? "" }));
byId("resolve-next", HTMLElement).onclick = nextDoubt;
/** What the panels do not show: they hold what is clicked on and typed in, and are left alone. */
const ELSEWHERE = new Set(["frame", "playing", "windows", "first", "end", "drawing", "trouble", "times", "speech", "listening"]);

subscribe((changed) => {
  if (changed.size && [...changed].every((key) => ELSEWHERE.has(key))) return;
  drawSpeakers();
  drawDoubts();
  drawPeople();
  drawHand();
});
