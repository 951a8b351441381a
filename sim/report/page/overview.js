"use strict";
// The whole run in one strip: how much happens when, what was wrong meanwhile, what is found, and where the window is.

class Overview {
  constructor(canvas, runs, view, theme) {
    Object.assign(this, { canvas, runs, view, theme });
    this.pen = canvas.getContext("2d");
    this.resize();
    const jump = (event) => {
      if (event.buttons & 1) {
        const middle = (event.offsetX - GUTTER) / (this.width - GUTTER) * view.until, half = (view.to - view.from) / 2;
        view.set(middle - half, middle + half);
      }
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); jump(event); });
    canvas.addEventListener("pointermove", jump);
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.count();
  }

  // Anew when the filters change.
  count() {
    const columns = Math.max(1, Math.floor((this.width - GUTTER) / 2)), [run] = this.runs;
    this.bars = new Float64Array(columns);
    this.trouble = new Float64Array(columns);
    const { messages } = run;
    for (let i = 0; i < messages.sent.length; i++) {
      if (!run.shown.message[i]) continue;
      const column = Math.min(columns - 1, Math.floor(messages.sent[i] / this.view.until * columns));
      this.bars[column]++;
      if (run.fates[messages.fate[i]] !== "delivered") this.trouble[column]++;
    }
    this.most = Math.max(1, ...this.bars);
  }

  x(at) { return GUTTER + at / this.view.until * (this.width - GUTTER); }

  draw() {
    const { pen, theme, view, height } = this, [run] = this.runs, base = height - 4;
    pen.clearRect(0, 0, this.width, height);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.fillStyle = theme.soft;
    pen.fillText("whole run", 20, height / 2);
    for (const band of run.bands) {
      pen.fillStyle = band.name === "down" ? theme.down : theme.band;
      pen.fillRect(this.x(band.from), 2, Math.max(1.5, this.x(band.until) - this.x(band.from)), base - 2);
    }
    this.bars.forEach((count, i) => {
      const tall = Math.sqrt(count / this.most) * (base - 8), bad = Math.sqrt(this.trouble[i] / this.most) * (base - 8);
      pen.fillStyle = theme.bar;
      pen.fillRect(GUTTER + i * 2, base - tall, 1.6, tall);
      pen.fillStyle = theme.lost;
      pen.fillRect(GUTTER + i * 2, base - bad, 1.6, bad);
    });
    for (const found of this.runs.flatMap((one) => one.violations)) {
      pen.fillStyle = theme.violation;
      pen.fillRect(this.x(found.at) - 1, 0, 2.5, height);
    }
    pen.fillStyle = theme.accent;
    pen.fillRect(this.x(view.cursor) - 0.5, 0, 1, height);
    const from = this.x(Math.max(0, view.from)), width = Math.max(3, this.x(Math.min(view.until, view.to)) - from);
    pen.globalAlpha = 0.13;
    pen.fillRect(from, 0, width, height);
    pen.globalAlpha = 1;
    pen.strokeStyle = theme.accent;
    pen.strokeRect(from + 0.5, 0.5, width - 1, height - 1.5);
  }
}
