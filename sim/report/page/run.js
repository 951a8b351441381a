"use strict";
// One recorded run, unpacked: columns as typed arrays, in the order of time, with an index over blocks of them.

const BLOCK = 256;

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function running(deltas) {
  const instants = new Float64Array(deltas.length);
  let now = 0;
  for (let i = 0; i < deltas.length; i++) instants[i] = now += deltas[i];
  return instants;
}

// The first index whose value is not below `value`.
function lowerBound(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
}

class Run {
  constructor(told) {
    Object.assign(this, { title: told.title, repeat: told.repeat, facts: told.facts, until: told.until });
    Object.assign(this, { fates: told.fates, kinds: told.kinds, text: told.text, abouts: told.abouts, focus: told.focus });
    this.lanes = told.lanes.map(([name, kind]) => ({ name, kind }));
    this.messages = this.columns(told.messages, "sent");
    this.commits = this.columns(told.commits, "at");
    this.notes = this.columns(told.notes, "at");
    const { messages } = this, count = messages.sent.length;
    messages.ends = messages.sent.map((sent, i) => (messages.took[i] < 0 ? sent : sent + messages.took[i]));
    this.blockEnds = new Float64Array(Math.ceil(count / BLOCK));
    for (let i = 0; i < count; i++) {
      const block = Math.floor(i / BLOCK);
      this.blockEnds[block] = Math.max(this.blockEnds[block], messages.ends[i]);
    }
    this.bands = told.bands.map(([lanes, from, until, name, detail]) => ({ lanes, from, until, name, detail }));
    this.violations = told.violations.map(([at, name, what, lane, about, since, by]) =>
      ({ at, name, what, lane, about: this.abouts[about], since, by }));
    this.tables = told.tables;
    this.changes = { at: running(told.changes.at), table: told.changes.table, put: told.changes.put, removed: told.changes.removed };
  }

  columns(told, timed) {
    const made = { ...told, [timed]: running(told[timed]) };
    for (const name of ["source", "target", "lane", "fate", "kind"]) if (told[name]) made[name] = Uint8Array.from(told[name]);
    return made;
  }

  get events() {
    return this.messages.sent.length + this.commits.at.length + this.notes.at.length + this.bands.length + this.violations.length;
  }

  // Calls `visit(i)` for each message that is under way somewhere in [from, until].
  eachMessage(from, until, visit) {
    const { sent, ends } = this.messages, stop = lowerBound(sent, until + 1);
    for (let block = 0; block * BLOCK < stop; block++) {
      if (this.blockEnds[block] < from) continue;
      const last = Math.min(stop, (block + 1) * BLOCK);
      for (let i = block * BLOCK; i < last; i++) if (ends[i] >= from) visit(i);
    }
  }

  eachMark(marks, from, until, visit) {
    const stop = lowerBound(marks.at, until + 1);
    for (let i = lowerBound(marks.at, from); i < stop; i++) visit(i);
  }

  // Everything that is known of one item, for people.
  described(type, i) {
    if (type === "message") {
      const one = this.messages, took = one.took[i];
      return { at: one.sent[i], kind: this.kinds[one.kind[i]], fate: this.fates[one.fate[i]], label: this.text[one.label[i]],
        detail: this.text[one.detail[i]], about: this.abouts[one.about[i]], took,
        place: `${this.lanes[one.source[i]].name} → ${this.lanes[one.target[i]].name}` };
    }
    const one = type === "commit" ? this.commits : this.notes;
    const kind = type === "commit" ? "commit" : this.kinds[one.kind[i]];
    return { at: one.at[i], kind, fate: "", label: this.text[one.label[i]], detail: this.text[one.detail[i]],
      about: this.abouts[one.about[i]], took: 0, place: this.lanes[one.lane[i]].name };
  }
}
