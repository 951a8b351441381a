"use strict";
// One run on a canvas: only what lies in the window is looked at, and of many things at one pixel one is drawn.

const GUTTER = 118, TOP = 24, HEADS_MAX = 1500, LABELS_MAX = 160, NEAR_PX = 6, LOST_PX = 16;
const DASHES = { delivered: [], late: [7, 3], duplicate: [2, 2], lost: [4, 3], refused: [1, 3], unknown: [8, 3, 2, 3] };

class Chart {
  constructor(canvas, run, view, theme) {
    Object.assign(this, { canvas, run, view, theme, selected: null, drawn: {}, took: 0, mark: null });
    this.pen = canvas.getContext("2d");
    this.resize();
  }

  resize(least = 0) {
    const { canvas, run } = this, ratio = window.devicePixelRatio || 1;
    this.rowPx = Math.max(24, Math.min(64, (least - TOP - 10) / run.lanes.length));
    this.height = Math.round(TOP + this.rowPx * run.lanes.length + 10);
    canvas.style.height = `${this.height}px`;
    this.width = canvas.clientWidth;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  x(at) { return GUTTER + (at - this.view.from) / (this.view.to - this.view.from) * (this.width - GUTTER); }
  at(x) { return this.view.from + (x - GUTTER) / (this.width - GUTTER) * (this.view.to - this.view.from); }
  y(lane) { return TOP + (lane + 0.5) * this.rowPx; }

  draw() {
    const began = performance.now(), { pen } = this;
    this.drawn = { messages: 0, commits: 0, notes: 0, bands: 0, violations: 0, seen: 0 };
    pen.fillStyle = this.theme.paper;
    pen.fillRect(0, 0, this.width, this.height);
    this.drawRows();
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, 0, this.width - GUTTER, this.height);
    pen.clip();
    this.drawAxis();
    this.drawBands();
    this.drawMessages();
    this.drawCommits();
    this.drawNotes();
    this.drawUprights();
    pen.restore();
    this.took = performance.now() - began;
  }

  drawRows() {
    const { pen, theme, run } = this;
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    let kind = "";
    run.lanes.forEach((lane, i) => {
      if (i % 2) {
        pen.fillStyle = theme.row;
        pen.fillRect(0, this.y(i) - this.rowPx / 2, this.width, this.rowPx);
      }
      if (lane.kind !== kind && i) this.stroke(theme.line, [], [[0, this.y(i) - this.rowPx / 2, this.width, this.y(i) - this.rowPx / 2]]);
      kind = lane.kind;
      pen.fillStyle = theme.ink;
      pen.fillText(lane.name, 20, this.y(i), GUTTER - 24);
    });
    this.stroke(theme.line, [], run.lanes.map((_, i) => [GUTTER, this.y(i), this.width, this.y(i)]));
  }

  drawAxis() {
    const { pen, theme, view } = this, step = roundStep(view.to - view.from, Math.max(2, this.width / 130));
    const lines = [];
    pen.fillStyle = theme.soft;
    pen.font = "11px system-ui, sans-serif";
    for (let at = Math.ceil(Math.max(0, view.from) / step) * step; at <= Math.min(view.to, view.until); at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      lines.push([x, TOP - 5, x, this.height]);
      pen.fillText(spoken(at, step >= 1e9 ? step : 1e6), x + 4, 10);
    }
    pen.globalAlpha = 0.55;
    this.stroke(theme.line, [], lines);
    pen.globalAlpha = 1;
  }

  drawBands() {
    const { pen, theme, run, view } = this, rooms = new Map();
    pen.font = "11px system-ui, sans-serif";
    for (const band of run.bands) {
      if (band.until < view.from || band.from > view.to) continue;
      const from = this.x(band.from), width = Math.max(3, this.x(band.until) - from);
      const lanes = band.lanes.length ? band.lanes : run.lanes.keys();
      for (const lane of lanes) {
        const top = this.y(lane) - this.rowPx / 2;
        pen.fillStyle = band.name === "down" ? theme.down : theme.band;
        pen.fillRect(from, top + 1, width, this.rowPx - 2);
        this.stroke(theme.bandEdge, [], [[from, top + 1, from, top + this.rowPx - 1]]);
        const left = Math.max(from, GUTTER) + 4, free = rooms.get(lane) ?? -Infinity;
        if (left > free && width > 22) {
          pen.fillStyle = theme.bandInk;
          pen.fillText(band.name, left, top + 8);
          rooms.set(lane, left + pen.measureText(band.name).width + 6);
        }
      }
      this.drawn.bands++;
    }
  }

  drawMessages() {
    const { pen, theme, run, view } = this, { messages } = run, flags = run.shown.message, lanes = run.lanes.length;
    const paths = run.fates.map(() => []), picked = [], width = Math.ceil(this.width) + 2;
    const waiting = lowerBound(messages.sent, view.to) - lowerBound(messages.sent, view.from);
    const grain = waiting > 40000 ? 5 : waiting > 8000 ? 2 : 1; // pixels that are taken for one
    const taken = new Uint8Array(width * lanes * lanes); // a bit for each fate: one arrow of its kind at one place is enough
    run.eachMessage(view.from, view.to, (i) => {
      if (!flags[i]) return;
      this.drawn.seen++;
      const x0 = this.x(messages.sent[i]), lost = messages.took[i] < 0, x1 = lost ? x0 + LOST_PX : this.x(messages.ends[i]);
      const column = Math.min(width - 1, Math.max(0, Math.round(x0 / grain)));
      const place = (column * lanes + messages.source[i]) * lanes + messages.target[i], bit = 1 << messages.fate[i];
      if (taken[place] & bit && x1 - x0 < 2 + grain) return;
      taken[place] |= bit;
      const y0 = this.y(messages.source[i]), y1 = this.y(messages.target[i]);
      const share = lost ? 0.55 : 1;
      paths[messages.fate[i]].push([x0, y0, x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, i]);
      picked.push(i);
    });
    this.drawn.messages = picked.length;
    const many = picked.length > HEADS_MAX;
    paths.forEach((lines, fate) => {
      const name = run.fates[fate], quiet = name === "delivered";
      pen.lineWidth = quiet ? 1 : 1.6;
      pen.globalAlpha = quiet ? Math.max(0.28, Math.min(0.85, 900 / (picked.length + 1))) : 1;
      this.stroke(theme[name], many ? [] : DASHES[name], lines);
      if (!many) this.heads(theme[name], lines, name);
    });
    Object.assign(pen, { globalAlpha: 1, lineWidth: 1 });
    if (picked.length <= LABELS_MAX) this.label(picked);
  }

  heads(colour, lines, fate) {
    const { pen } = this;
    pen.fillStyle = pen.strokeStyle = colour;
    pen.setLineDash([]);
    pen.beginPath();
    for (const [x0, y0, x1, y1, i] of lines) {
      if (this.run.messages.took[i] < 0) {
        pen.moveTo(x1 - 4, y1 - 4); pen.lineTo(x1 + 4, y1 + 4); pen.moveTo(x1 - 4, y1 + 4); pen.lineTo(x1 + 4, y1 - 4);
        continue;
      }
      const length = Math.hypot(x1 - x0, y1 - y0) || 1, dx = (x1 - x0) / length * 7, dy = (y1 - y0) / length * 7;
      pen.moveTo(x1 - dx - dy * 0.42, y1 - dy + dx * 0.42); pen.lineTo(x1, y1); pen.lineTo(x1 - dx + dy * 0.42, y1 - dy - dx * 0.42);
    }
    pen.stroke();
  }

  label(picked) {
    const { pen, run, theme } = this, { messages } = run, boxes = [];
    pen.font = "11px system-ui, sans-serif";
    for (const i of picked) {
      const down = messages.target[i] > messages.source[i], x = Math.max(this.x(messages.sent[i]), GUTTER) + 5;
      const y = this.y(messages.source[i]) + (down ? 9 : -9), text = cut(run.text[messages.label[i]], 52);
      const width = pen.measureText(text).width;
      if (boxes.some(([bx, by, bw]) => Math.abs(by - y) < 12 && x < bx + bw + 8 && bx < x + width + 8)) continue;
      boxes.push([x, y, width]);
      Object.assign(pen, { fillStyle: theme.paper, globalAlpha: 0.8 });
      pen.fillRect(x - 2, y - 6, width + 4, 12);
      Object.assign(pen, { fillStyle: theme.ink, globalAlpha: 1 });
      pen.fillText(text, x, y);
    }
  }

  drawCommits() {
    const { run, view, theme } = this, lines = [];
    let last = "";
    run.eachMark(run.commits, view.from, view.to, (i) => {
      if (!run.shown.commit[i]) return;
      const x = Math.round(this.x(run.commits.at[i])) + 0.5, y = this.y(run.commits.lane[i]), place = `${x} ${y}`;
      this.drawn.commits++;
      if (place !== last) lines.push([x, y - this.rowPx * 0.3, x, y + this.rowPx * 0.3]);
      last = place;
    });
    this.pen.lineWidth = 2;
    this.stroke(theme.commit, [], lines);
    this.pen.lineWidth = 1;
  }

  drawNotes() {
    const { run, view, theme, pen } = this;
    run.eachMark(run.notes, view.from, view.to, (i) => {
      if (!run.shown.note[i]) return;
      this.drawn.notes++;
      const x = this.x(run.notes.at[i]), y = this.y(run.notes.lane[i]), kind = run.kinds[run.notes.kind[i]];
      const colour = kind === "kill" || kind === "crash" ? theme.lost : kind === "boot" || kind === "resume" ? theme.commit : theme.accent;
      pen.fillStyle = pen.strokeStyle = colour;
      pen.beginPath();
      if (kind === "kill") { pen.lineWidth = 2.5; pen.moveTo(x - 5, y - 5); pen.lineTo(x + 5, y + 5); pen.moveTo(x - 5, y + 5); pen.lineTo(x + 5, y - 5); pen.stroke(); }
      else if (kind === "boot") { pen.moveTo(x - 5, y + 5); pen.lineTo(x, y - 5); pen.lineTo(x + 5, y + 5); pen.fill(); }
      else { pen.arc(x, y, 3.2, 0, 7); if (kind === "told") pen.fill(); else pen.stroke(); }
      pen.lineWidth = 1;
    });
  }

  // Findings, the first difference, the cursor, and what is selected: over everything else.
  drawUprights() {
    const { run, theme, view, pen } = this;
    let free = -Infinity;
    pen.font = "600 11px system-ui, sans-serif";
    for (const found of run.violations) {
      for (const [at, name] of [[found.since, `${found.name} begins`], [found.at, found.name]]) {
        if (at < 0 || at < view.from || at > view.to) continue;
        this.drawn.violations++;
        free = this.upright(at, theme.violation, cut(name, 44), free, 2);
        if (found.lane >= 0) this.star(at, found.lane);
      }
    }
    if (this.mark !== null) this.upright(this.mark, theme.late, "first difference", -Infinity, 2);
    this.stroke(theme.accent, [5, 3], [[this.x(view.cursor), TOP - 6, this.x(view.cursor), this.height]]);
    if (this.selected) this.highlight();
  }

  // Where it went wrong.
  star(at, lane) {
    const { pen, theme } = this, x = this.x(at), y = this.y(lane);
    pen.fillStyle = theme.violation;
    pen.beginPath();
    for (let i = 0; i < 8; i++) pen.lineTo(x + Math.cos(i * Math.PI / 4) * (i % 2 ? 4 : 9), y + Math.sin(i * Math.PI / 4) * (i % 2 ? 4 : 9));
    pen.fill();
  }

  upright(at, colour, name, free, width) {
    const { pen, theme } = this, x = this.x(at);
    pen.lineWidth = width;
    this.stroke(colour, [], [[x, 0, x, this.height]]);
    pen.lineWidth = 1;
    const wide = pen.measureText(name).width + 10, left = Math.min(x, this.width - wide);
    if (left <= free) return free;
    pen.fillStyle = colour;
    pen.fillRect(left, 1, wide, 17);
    pen.fillStyle = theme.paper;
    pen.fillText(name, left + 5, 10);
    return left + wide;
  }

  highlight() {
    const { pen, theme, run } = this, [type, i] = this.selected;
    pen.lineWidth = 3;
    if (type === "message") {
      const { messages } = run, x0 = this.x(messages.sent[i]), y0 = this.y(messages.source[i]), lost = messages.took[i] < 0;
      const x1 = lost ? x0 + LOST_PX * 0.55 : this.x(messages.ends[i]), y1 = y0 + (this.y(messages.target[i]) - y0) * (lost ? 0.55 : 1);
      this.stroke(theme.accent, [], [[x0, y0, x1, y1]]);
      this.heads(theme.accent, [[x0, y0, x1, y1, i]], "");
    } else {
      const one = type === "commit" ? run.commits : run.notes, x = this.x(one.at[i]), y = this.y(one.lane[i]);
      pen.strokeStyle = theme.accent;
      pen.beginPath();
      pen.arc(x, y, 9, 0, 7);
      pen.stroke();
    }
    pen.lineWidth = 1;
  }

  stroke(colour, dash, lines) {
    if (!lines.length) return;
    const { pen } = this;
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.beginPath();
    for (const [x0, y0, x1, y1] of lines) { pen.moveTo(x0, y0); pen.lineTo(x1, y1); }
    pen.stroke();
    pen.setLineDash([]);
  }
}

function cut(text, most) { return text.length > most ? `${text.slice(0, most - 1)}…` : text; }
