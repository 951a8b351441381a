"use strict";
// Unpack, build, draw. `window.report` answers tests and curious people.

const COLOURS = ["paper", "line", "ink", "soft", "row", "delivered", "late", "duplicate", "lost", "refused", "unknown", "commit",
  "band", "bandEdge", "bandInk", "violation", "accent", "bar", "down"];

class Page {
  constructor(told) {
    this.runs = told.runs.map((run) => new Run(run));
    this.view = new View(Math.max(...this.runs.map((run) => run.until)));
    this.filter = new Filter(this.runs);
    this.difference = told.difference;
    this.theme = {};
    this.readTheme();
    this.title();
    this.charts = this.runs.map((run) => this.stage(run));
    this.active = this.charts[0];
    this.overview = new Overview(document.getElementById("overview"), this.runs, this.view, this.theme);
    this.panel = new Panel(this);
    this.controls = new Controls(this);
    this.view.listeners.push(() => this.redraw());
    attachKeys(this);
    window.addEventListener("resize", () => this.resize());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.readTheme(); this.redraw(); });
    this.panel.showFindings();
    this.panel.showEvent();
    this.resize();
    this.begin();
  }

  readTheme() {
    const style = getComputedStyle(document.documentElement);
    for (const name of COLOURS) this.theme[name] = style.getPropertyValue(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).trim();
  }

  title() {
    const [run] = this.runs, found = this.runs.reduce((sum, one) => sum + one.violations.length, 0);
    document.getElementById("title").textContent = this.runs.map((one) => one.title).join("  ⇄  ");
    const verdict = document.getElementById("verdict");
    verdict.textContent = found ? `${found} found` : "nothing found";
    verdict.classList.toggle("bad", found > 0);
    const facts = document.getElementById("facts");
    facts.textContent = run.facts.map(([name, value]) => `${name}: ${value}`).join(" · ");
    if (run.repeat) facts.append(" · again: ", element("code", run.repeat));
  }

  stage(run) {
    const box = element("div", "", { className: "run" });
    if (this.runs.length > 1) box.append(element("h2", run.title));
    const canvas = element("canvas", "", { tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `Timeline of ${run.title}: arrow keys pan and step, plus and minus zoom`);
    box.append(canvas);
    document.getElementById("stage").append(box);
    const chart = new Chart(canvas, run, this.view, this.theme);
    chart.mark = this.difference;
    canvas.addEventListener("focus", () => { this.active = chart; });
    attachPointer(this, chart);
    return chart;
  }

  // Where to look first: at what is wrong, else at everything.
  begin() {
    const [run] = this.runs;
    if (this.difference !== null) {
      this.view.set(this.difference - 8e6, this.difference + 12e6);
      this.view.point(this.difference);
    } else if (run.focus) {
      this.view.set(run.focus.from, run.focus.until);
      this.view.point(run.focus.at);
    } else this.view.all();
  }

  resize() {
    const least = document.getElementById("stage").clientHeight / this.charts.length - (this.charts.length > 1 ? 30 : 0);
    this.charts.forEach((chart) => chart.resize(least));
    this.overview.resize();
    this.redraw();
  }

  // At most once for each picture that the screen shows.
  redraw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.drawNow(); });
  }

  drawNow() {
    this.charts.forEach((chart) => chart.draw());
    this.overview.draw();
    this.panel.showState();
    this.controls.show();
    document.body.dataset.ready = "yes";
  }

  refilter() {
    this.filter.apply();
    this.overview.count();
    this.redraw();
  }

  narrow(wanted) {
    if (wanted === null) this.filter.reset(); else Object.assign(this.filter, { order: 0, account: 0 }, wanted);
    this.refilter();
  }

  select(chart, item) {
    for (const one of this.charts) one.selected = one === chart ? item : null;
    this.active = chart;
    this.panel.showEvent();
    this.redraw();
  }

  goTo(found) {
    this.active = this.charts[found.which ?? 0];
    this.view.point(found.since >= 0 && this.view.cursor !== found.since ? found.since : found.at);
  }

  nextFinding() {
    const all = this.runs.flatMap((run, which) => run.violations.map((one) => ({ ...one, which }))).sort((a, b) => a.at - b.at);
    const next = all.find((one) => one.at > this.view.cursor) ?? all[0];
    if (next) this.goTo(next);
  }

  // Show only the selected event's order.
  follow() {
    const { selected, run } = this.active;
    const [order] = selected ? run.described(...selected).about[0] : [];
    this.narrow({ order: order ?? run.focus?.order ?? 0 });
  }
}

unpacked(document.getElementById("packed").textContent.trim()).then((told) => { window.report = new Page(told); });
