"use strict";
// What is shown: computed once per change of the filters, as one byte for each item.

class Filter {
  constructor(runs) {
    this.runs = runs;
    this.reset();
  }

  reset() {
    Object.assign(this, { order: 0, account: 0, node: "", words: "" });
    this.fates = new Set(this.runs.flatMap((run) => run.fates));
    this.kinds = new Set(this.runs.flatMap((run) => run.kinds).filter((kind) => !QUIET.has(kind)));
    this.apply();
  }

  apply() {
    for (const run of this.runs) {
      const concerned = run.abouts.map(([orders, accounts]) =>
        (!this.order || orders.includes(this.order)) && (!this.account || accounts.includes(this.account)));
      const node = run.lanes.findIndex((lane) => lane.name === this.node);
      const words = this.words.toLowerCase();
      const said = words ? run.text.map((text) => text.toLowerCase().includes(words)) : null;
      const fates = run.fates.map((fate) => this.fates.has(fate)), kinds = run.kinds.map((kind) => this.kinds.has(kind));
      const spoken = (one, i) => !said || said[one.label[i]] || said[one.detail[i]];
      const { messages, commits, notes } = run;
      run.shown = {
        message: shown(messages.sent.length, (i) => fates[messages.fate[i]] && kinds[messages.kind[i]] && concerned[messages.about[i]]
          && (node < 0 || messages.source[i] === node || messages.target[i] === node) && spoken(messages, i)),
        commit: shown(commits.at.length, (i) => this.kinds.has("commit") && concerned[commits.about[i]]
          && (node < 0 || commits.lane[i] === node) && spoken(commits, i)),
        note: shown(notes.at.length, (i) => kinds[notes.kind[i]] && (concerned[notes.about[i]] || LIVES.has(run.kinds[notes.kind[i]]))
          && (node < 0 || notes.lane[i] === node) && spoken(notes, i)),
      };
      run.counted = ["message", "commit", "note"].reduce((sum, type) => sum + run.shown[type].reduce((a, b) => a + b, 0), 0);
    }
  }
}

// Kinds that repeat themselves without news: hidden until asked for. And those that change what a lane is: never filtered by order.
const QUIET = new Set(["lease", "query"]);
const LIVES = new Set(["boot", "kill", "stop", "pause", "resume"]);

function shown(count, holds) {
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i++) flags[i] = holds(i) ? 1 : 0;
  return flags;
}
