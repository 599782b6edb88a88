/** Start: the clip, work that was not saved, and then whatever detection tells. */

import { targetsFrom } from "./actions.js";
import * as api from "./api.js";
import "./bars.js";
import { byId, toast } from "./dom.js";
import "./keys.js";
import "./mend.js";
import "./panels.js";
import { setTargets } from "./pictures.js";
import "./stage.js";
import { apply, history, state, update } from "./store.js";

/** @typedef {import("./types.js").Progress} Progress */

let loaded = false;

/** Read again what is known of the clip, as there is more to know. */
async function readClip() {
  const clip = await api.getClip();
  const times = await api.getTimes();
  update({ clip, times });
  if (clip.sha256 && !loaded) {
    loaded = true;
    history.load(await api.getDraft());
  }
  if (clip.progress.phase !== "ready") return;
  try {
    await apply();
  } catch (error) {
    toast(`What was kept does not fit: ${/** @type {Error} */ (error).message}`);
    history.undo();
    await apply();
  }
  update({ saved: !history.past.length });
  document.body.dataset.ready = "true";
}

function listen() {
  let phase = "";
  const events = new EventSource("/api/events");
  events.onmessage = (event) => {
    const progress = /** @type {Progress} */ (JSON.parse(event.data));
    if (state.clip) update({ clip: { ...state.clip, progress }, trouble: null });
    if (progress.phase === phase) return;
    phase = progress.phase;
    if (state.clip && phase === "ready" && state.view) return;
    readClip().catch((error) => update({ trouble: error.message }));
  };
  events.onerror = () => update({ trouble: "The server is gone. Start speaker-boxes pick again; your work is kept." });
}

setTargets(targetsFrom);
readClip().then(listen, (error) => {
  byId("stage-note", HTMLElement).textContent = error.message;
});
