/** What is to be said against it, then Save, then the command that sends it. */

import * as api from "./api.js";
import { toEdits } from "./commands.js";
import { button, byId, fill, make, toast } from "./dom.js";
import { history, state, update } from "./store.js";

const dialog = byId("save", HTMLDialogElement);
const body = byId("save-body", HTMLElement);
const doIt = /** @type {HTMLButtonElement} */ (byId("save-do", HTMLElement));
let replaces = false;
let savedHere = false;

export async function openSave() {
  if (!state.clip || !state.view?.speakers.length) {
    toast("Choose the speaker first: click on their face.");
    return;
  }
  fill(body, [make("p", { class: "quiet" }, "Looking for what would waste a paid job…")]);
  doIt.disabled = true;
  if (!dialog.open) dialog.showModal();
  try {
    const { findings, files } = await api.getCheck(toEdits(history.doc, state.clip));
    replaces = files.some((file) => file.exists);
    fill(body, [findingList(findings), fileList(files), replaces && !savedHere ? replaceBox() : null]);
    doIt.disabled = replaces && !savedHere;
    if (!doIt.disabled) doIt.focus();
  } catch (error) {
    fill(body, [make("p", { class: "bad" }, /** @type {Error} */ (error).message)]);
  }
}

/** @param {import("./types.js").Finding[]} findings */
function findingList(findings) {
  if (!findings.length) return make("p", {}, "Nothing was found against sending this.");
  return make(
    "div", {}, make("strong", {}, "Before you pay for a generation:"),
    make("ul", { class: "findings" }, ...findings.map((one) =>
      make("li", {}, make("span", { class: one.severity === "error" ? "bad" : "warn" }, `${one.severity}: `), `${one.speaker ? `${one.speaker}: ` : ""}${one.message}`))),
  );
}

/** @param {{path: string, exists: boolean}[]} files */
function fileList(files) {
  return make("div", {}, make("strong", {}, "These files will be written:"), make("ul", { class: "files" },
    ...files.map((file) => make("li", {}, make("code", {}, file.path), file.exists ? " (there already)" : ""))));
}

function replaceBox() {
  const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", id: "save-replace" }));
  box.onchange = () => {
    doIt.disabled = !box.checked;
  };
  return make("label", { class: "row" }, box, "Replace the files that are there");
}

async function saveNow() {
  if (!state.clip) return;
  doIt.disabled = true;
  try {
    const done = await api.save(toEdits(history.doc, state.clip), replaces);
    savedHere = true;
    update({ saved: true });
    fill(body, [
      make("p", {}, make("strong", {}, "Saved.")),
      make("ul", { class: "files" }, ...done.files.map((path) => make("li", {}, make("code", {}, path)))),
      make("p", {}, "Send it with your sound in place of SOUND.wav:"),
      ...done.commands.map((command) => make("div", { class: "command" }, make("code", {}, command), button("Copy", () => void copy(command)))),
    ]);
  } catch (error) {
    fill(body, [make("p", { class: "bad" }, /** @type {Error} */ (error).message)]);
  }
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text).then(() => toast("Copied."), () => toast("The browser does not let the page copy; select the text."));
}

doIt.onclick = () => void saveNow();
byId("save-cancel", HTMLElement).onclick = () => dialog.close();
byId("save-open", HTMLElement).onclick = () => void openSave();
