/** One document, and every change to it as a command that can be undone. */

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {{label: string, before: Partial<Doc>, after: Partial<Doc>}} Command */

/** @returns {Doc} */
export const emptyDoc = () => ({ speakers: [], joins: [], parts: [], spans: [], turns: [] });

export class History {
  constructor() {
    this.doc = emptyDoc();
    /** @type {Command[]} */
    this.past = [];
    /** @type {Command[]} */
    this.future = [];
    /** @type {Command[]} what could have been done again before the last command */
    this.lost = [];
  }

  /**
   * @param {string} label
   * @param {(doc: Doc) => Doc} change must not write into what it is given
   * @returns {boolean} whether anything changed
   */
  run(label, change) {
    const next = change(this.doc);
    /** @type {Command} */
    const command = { label, before: {}, after: {} };
    for (const key of /** @type {(keyof Doc)[]} */ (Object.keys(next))) {
      if (next[key] === this.doc[key]) continue;
      Object.assign(command.before, { [key]: this.doc[key] });
      Object.assign(command.after, { [key]: next[key] });
    }
    if (!Object.keys(command.after).length) return false;
    this.past.push(command);
    this.lost = this.future;
    this.future = [];
    this.doc = next;
    return true;
  }

  /** @returns {Command|undefined} what was undone */
  undo() {
    const command = this.past.pop();
    if (!command) return undefined;
    this.future.push(command);
    this.doc = { ...this.doc, ...command.before };
    return command;
  }

  /** @returns {Command|undefined} what was done again */
  redo() {
    const command = this.future.pop();
    if (!command) return undefined;
    this.past.push(command);
    this.doc = { ...this.doc, ...command.after };
    return command;
  }

  /** Take back the last command as if it had never been given. */
  drop() {
    this.undo();
    this.future = this.lost;
  }

  /** @returns {object} */
  toJson() {
    return { format: 1, doc: this.doc, past: this.past, future: this.future };
  }

  /** @param {any} draft what `toJson` gave; anything else is passed over */
  load(draft) {
    if (draft?.format !== 1 || !Array.isArray(draft.past) || !Array.isArray(draft.future)) return;
    this.doc = { ...emptyDoc(), ...draft.doc };
    this.past = draft.past;
    this.future = draft.future;
  }
}
