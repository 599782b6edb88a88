/** Mending over a span: nobody, a person, a box; parts and turns. */

import { drawBox, drawn, nullSpan, part, personName, personSpan } from "./actions.js";
import * as change from "./commands.js";
import { button, byId, fill, make, toast } from "./dom.js";
import { handBox, inside } from "./stage.js";
import { history, run, span, state, subscribe } from "./store.js";
import { addTurn, findTurns } from "./turns.js";

function draw() {
  const chosen = (state.view?.speakers.length ?? 0) > 0;
  if (!chosen) {
    fill(byId("mend", HTMLElement), [make("p", { class: "quiet" }, "Comes when a speaker is chosen."), make("div", { class: "row" }, speechButton())]);
    return;
  }
  const { first, end } = span();
  const marked = state.first !== null && state.end !== null;
  const what = marked ? "the marked span" : "this shot; mark another span with In and Out";
  fill(byId("mend", HTMLElement), [
    make("p", { class: "quiet" }, `Frames ${first} to ${end - 1}: ${what}.`),
    make(
      "div", { class: "row" },
      button("Nobody", nullSpan, { title: "N", "data-key": "null" }),
      button(state.person === null ? "This person" : personName(state.person), personSpan, { title: "P", disabled: state.person === null, "data-key": "person" }),
      button(state.drawing === null ? "Draw box" : "Drawing…", drawBox, { title: "B", "aria-pressed": state.drawing !== null, "data-key": "draw" }),
      button("Part here", part, { title: "G", "data-key": "part" }),
      state.speaker ? button(`Turn of ${state.speaker}`, addTurn, { title: "T", "data-key": "turn" }) : null,
      speechButton(),
    ),
    state.drawing === null ? null : boxForm(),
    state.speaker ? turnsRow() : null,
  ]);
}

/** For a conversation: who speaks when, to begin with. */
function speechButton() {
  const disabled = state.listening || !state.view?.persons.length;
  return button(state.listening ? "Listening…" : "Find who speaks", () => void findTurns(), { title: "F", disabled, "data-key": "speech" });
}

/** The box as numbers: for those who do not drag. */
function boxForm() {
  const now = handBox() ?? [0, 0, 0, 0];
  const inputs = ["Left", "Top", "Right", "Bottom"].map((name, i) =>
    /** @type {HTMLInputElement} */ (make("input", { type: "number", value: String(Math.round(now[i])), "aria-label": name, "data-key": `box-${i}` })));
  const set = () => {
    for (const input of inputs) delete input.dataset.typed;
    const [a, b, c, d] = inputs.map((input) => Number(input.value));
    const box = inside([a, b, c, d]);
    if (box[2] - box[0] < 4 || box[3] - box[1] < 4) toast("The box has to be at least 4 pixels wide and high.");
    else void drawn(box);
  };
  return make("fieldset", {}, make("legend", {}, `Box in frame ${state.frame}`), make("div", { class: "row" }, ...inputs, button("Set", set, { "data-key": "box-set" })));
}

function turnsRow() {
  const file = /** @type {HTMLInputElement} */ (make("input", { type: "file", accept: "application/json,.json", hidden: true, "aria-label": "File of turns", id: "turns-file" }));
  file.onchange = () => void readTurns(file);
  return make(
    "div", { class: "row" },
    button("Read turns.json…", () => file.click(), { "data-key": "turns-read" }), file,
    history.doc.turns.length ? button("Write turns.json", writeTurns, { "data-key": "turns-write" }) : null,
  );
}

/** @param {HTMLInputElement} input */
async function readTurns(input) {
  const file = input.files?.[0];
  if (!file) return;
  try {
    const turns = JSON.parse(await file.text());
    if (!Array.isArray(turns)) throw new Error("it is not a list");
    const known = turns.map(({ start_s, end_s, speaker, audio_start_s = null }) =>
      audio_start_s === null ? { start_s, end_s, speaker } : { start_s, end_s, speaker, audio_start_s });
    const names = history.doc.speakers.map((one) => one.name);
    const stranger = known.find((turn) => !names.includes(turn.speaker));
    if (stranger) throw new Error(`a turn is of ${stranger.speaker}, the speakers are ${names.join(", ")}`);
    await run("Read turns", change.setTurns(known));
  } catch (error) {
    toast(`No turns: ${/** @type {Error} */ (error).message}`);
  }
}

function writeTurns() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(history.doc.turns, null, 1)], { type: "application/json" }));
  const link = /** @type {HTMLAnchorElement} */ (make("a", { href: url, download: "turns.json" }));
  link.click();
  URL.revokeObjectURL(url);
}

subscribe((changed) => {
  if (changed.size === 1 && changed.has("frame") && state.playing) return;
  draw();
});
