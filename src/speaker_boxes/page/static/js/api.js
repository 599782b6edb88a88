/** The server's answers. */

/** @typedef {import("./types.js").Clip} Clip */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Window} Window */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./types.js").Speech} Speech */

export class ServerError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 if there was no answer
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [how]
 * @returns {Promise<Response>}
 */
async function ask(path, how) {
  let answer;
  try {
    answer = await fetch(path, how);
  } catch (error) {
    if (how?.signal?.aborted) throw error;
    throw new ServerError("the server is gone; start speaker-boxes pick again, your work is kept", 0);
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let message = text;
  try {
    message = JSON.parse(text).error;
  } catch {
    /* plain words */
  }
  throw new ServerError(message || `the server answers ${answer.status}`, answer.status);
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {string} [method]
 * @returns {Promise<Response>}
 */
function send(path, body, method = "POST") {
  return ask(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

/** @returns {Promise<Clip>} */
export const getClip = async () => (await ask("/api/clip")).json();

/** @returns {Promise<Float64Array>} */
export const getTimes = async () => new Float64Array(await (await ask("/api/times")).arrayBuffer());

/**
 * @param {object|null} edits
 * @returns {Promise<View>}
 */
export const getView = async (edits) => (await send("/api/view", { edits })).json();

/**
 * @param {string} rev
 * @param {number} first
 * @param {number} end
 * @returns {Promise<Window>}
 */
export const getWindow = async (rev, first, end) =>
  (await ask(`/api/window?rev=${rev}&first=${first}&end=${end}`)).json();

/** @returns {Promise<Speech>} who speaks when; takes a while */
export const findSpeech = async () => (await send("/api/speech", {})).json();

/**
 * @param {number} first
 * @param {number} end
 * @returns {Promise<Window>} faces without tracks, as far as they are found
 */
export const getFound = async (first, end) => (await ask(`/api/found?first=${first}&end=${end}`)).json();

/** @returns {Promise<any>} */
export const getDraft = async () => (await ask("/api/draft")).json();

/** @param {unknown} draft */
export const putDraft = (draft) => send("/api/draft", draft, "PUT");

/**
 * @param {object|null} edits
 * @returns {Promise<{findings: Finding[], files: {path: string, exists: boolean}[], commands: string[]}>}
 */
export const getCheck = async (edits) => (await send("/api/check", { edits })).json();

/**
 * @param {object|null} edits
 * @param {boolean} overwrite
 * @returns {Promise<{files: string[], commands: string[]}>}
 */
export const save = async (edits, overwrite) => (await send("/api/save", { edits, overwrite })).json();

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<ImageBitmap>}
 */
export const getPicture = async (path, signal) => createImageBitmap(await (await ask(path, { signal })).blob());
