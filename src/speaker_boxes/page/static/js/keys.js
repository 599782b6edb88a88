/** Keys, and the list of them. */

import * as act from "./actions.js";
import { byId, make } from "./dom.js";
import * as player from "./player.js";
import { openSave } from "./saving.js";
import { nFrames, seek, state, travel } from "./store.js";
import { zoom, zoomAll } from "./timeline.js";
import * as turns from "./turns.js";

/** @type {[string, string, string, () => void][]} keys as told, as the browser names them, what, how */
const KEYS = [
  ["← →", "ArrowLeft", "a frame back or on", () => seek(state.frame - 1)],
  ["", "ArrowRight", "", () => seek(state.frame + 1)],
  ["Shift ← →", "Shift+ArrowLeft", "a shot back or on", () => act.toShot(-1)],
  ["", "Shift+ArrowRight", "", () => act.toShot(1)],
  ["Home End", "Home", "first or last frame", () => seek(0)],
  ["", "End", "", () => seek(nFrames() - 1)],
  ["Space", " ", "play or stop", player.toggle],
  ["J K L", "j", "play backwards, stop, play; again: faster", player.backwards],
  ["", "k", "", player.stop],
  ["", "l", "", player.faster],
  ["I O", "i", "mark the first or the last frame of a span", act.markIn],
  ["", "o", "", act.markOut],
  ["Esc", "Escape", "clear the marks, end drawing", act.markClear],
  ["U", "u", "next thing to decide", act.nextDoubt],
  ["Y X M", "y", "this one, not this one, nobody", () => void act.decide("this")],
  ["", "x", "", () => void act.decide("not")],
  ["", "m", "", () => void act.decide("nobody")],
  ["N", "n", "nobody over the span (null)", act.nullSpan],
  ["P", "p", "the selected person over the span", act.personSpan],
  ["B", "b", "draw a box; again: end drawing", act.drawBox],
  ["G", "g", "part the face at this frame", act.part],
  ["T", "t", "the span is the speaker's turn", turns.addTurn],
  ["F", "f", "find who speaks when, by lips and sound", () => void turns.findTurns()],
  ["W", "w", "give the turn here to the next speaker, then to nobody", turns.giveTurn],
  ["+ − 0", "+", "zoom the timeline in, out, to the whole clip", () => zoom(1.6)],
  ["", "=", "", () => zoom(1.6)],
  ["", "-", "", () => zoom(1 / 1.6)],
  ["", "0", "", zoomAll],
  ["Ctrl Z", "Ctrl+z", "undo", () => void travel("undo")],
  ["Ctrl Shift Z", "Ctrl+Shift+z", "redo", () => void travel("redo")],
  ["", "Ctrl+y", "", () => void travel("redo")],
  ["Ctrl S", "Ctrl+s", "save", () => void openSave()],
  ["?", "?", "this list", () => byId("help", HTMLDialogElement).showModal()],
];
/** @type {Map<string, () => void>} */
const byKey = new Map(KEYS.map(([, key, , action]) => [key, action]));

/** @param {KeyboardEvent} event @returns {string} */
function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const ctrl = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  const named = event.key.length > 1 || ctrl ? event.shiftKey : false;
  return `${ctrl}${named ? "Shift+" : ""}${key}`;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || document.querySelector("dialog[open]")) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const name = nameOf(event);
  const typing = target.matches('input:not([type="range"]):not([type="radio"]), select, textarea');
  if (typing && name === "Enter") {
    target.blur(); // letters are keys again
    return;
  }
  if (typing && name !== "Ctrl+s") return;
  if (name === " " && target.matches("button")) return;
  if (target.matches('input[type="radio"]') && name.startsWith("Arrow")) return;
  const action = byKey.get(name);
  if (!action) return;
  event.preventDefault();
  action();
});

byId("help-keys", HTMLElement).append(
  ...KEYS.filter(([keys]) => keys).flatMap(([keys, , what]) => [make("dt", {}, make("kbd", {}, keys)), make("dd", {}, what)]),
  make("dt", {}, make("kbd", {}, "Click")), make("dd", {}, "this face is the speaker; with Shift: the same person too"),
);
byId("help-open", HTMLElement).onclick = () => byId("help", HTMLDialogElement).showModal();
