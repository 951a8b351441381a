"use strict";
// The window onto time, shared by every chart of the page. Instants are nanoseconds.

const NARROWEST_NS = 2000;

class View {
  constructor(until) {
    this.until = Math.max(until, 1);
    this.listeners = [];
    this.set(0, this.until);
    this.cursor = this.until;
  }

  set(from, until) {
    const width = Math.min(Math.max(until - from, NARROWEST_NS), this.until * 1.04);
    const start = Math.min(Math.max(from, -this.until * 0.02), this.until * 1.02 - width);
    Object.assign(this, { from: start, to: start + width });
    this.changed();
  }

  changed() { for (const hear of this.listeners) hear(); }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.set(this.from + by, this.to + by);
  }

  zoom(factor, around = (this.from + this.to) / 2) {
    this.set(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  all() { this.set(-this.until * 0.02, this.until * 1.02); }

  // The instant comes into sight; what is in sight already stays where it is.
  reveal(at) {
    if (at < this.from || at > this.to) this.set(at - (this.to - this.from) / 2, at + (this.to - this.from) / 2);
    else this.changed();
  }

  point(at) {
    this.cursor = Math.min(Math.max(at, 0), this.until);
    this.reveal(this.cursor);
  }
}

function spoken(ns, step = 0) {
  const size = step || Math.abs(ns);
  if (size >= 1e9) return `${(ns / 1e9).toFixed(step ? (step % 1e9 ? 1 : 0) : 3)} s`;
  if (size >= 1e6 || (step === 0 && Math.abs(ns) >= 1e6)) return `${trimmed(ns / 1e6)} ms`;
  return `${trimmed(ns / 1e3)} µs`;
}

function instant(ns) { return `${(ns / 1e6).toLocaleString("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 })} ms`; }

function trimmed(value) { return Number(value.toFixed(3)).toLocaleString("en"); }

// Round distances between the lines of an axis: about `count` of them.
function roundStep(width, count) {
  const rough = width / count, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((times) => times * power >= rough) * power;
}
