"use strict";
// The row of filters above the chart.

class Controls {
  constructor(page) {
    this.page = page;
    for (const id of ["order", "account", "node", "words", "count"]) this[id] = document.getElementById(id);
    const runs = page.runs, names = [...new Set(runs.flatMap((run) => run.lanes.map((lane) => lane.name)))];
    for (const name of names) this.node.append(element("option", name, { value: name }));
    this.suggest("orders", 0);
    this.suggest("accounts", 1);
    for (const fate of new Set(runs.flatMap((run) => run.fates))) this.check("fates", fate, page.filter.fates, legend(fate));
    const kinds = [...new Set(runs.flatMap((run) => run.kinds))].sort();
    for (const kind of kinds) this.check("kinds", kind, page.filter.kinds);
    let waiting = 0;
    const read = () => { clearTimeout(waiting); waiting = setTimeout(() => this.read(), 120); };
    for (const id of ["order", "account", "words"]) this[id].addEventListener("input", read);
    this.node.addEventListener("change", () => this.read());
    document.getElementById("clear").addEventListener("click", () => page.narrow(null));
  }

  suggest(id, which) {
    const ids = new Set(this.page.runs.flatMap((run) => run.abouts.flatMap((about) => about[which])));
    const list = document.getElementById(id);
    for (const one of [...ids].sort((a, b) => a - b).slice(0, 2000)) list.append(element("option", "", { value: String(one) }));
  }

  check(where, name, among, before = null) {
    const label = element("label"), box = element("input", "", { type: "checkbox", checked: among.has(name), name });
    box.addEventListener("change", () => {
      if (box.checked) this.page.filter[where].add(name); else this.page.filter[where].delete(name);
      this.page.refilter();
    });
    label.append(box, ...(before ? [before] : []), document.createTextNode(name));
    (document.querySelector(`#${where} div`) ?? document.getElementById(where)).append(label);
  }

  read() {
    const { filter } = this.page;
    filter.order = Number(this.order.value) || 0;
    filter.account = Number(this.account.value) || 0;
    Object.assign(filter, { node: this.node.value, words: this.words.value.trim() });
    this.page.refilter();
  }

  show() {
    const { filter, runs } = this.page;
    this.order.value = filter.order || "";
    this.account.value = filter.account || "";
    this.node.value = filter.node;
    this.words.value = filter.words;
    for (const where of ["fates", "kinds"]) {
      for (const box of document.querySelectorAll(`#${where} input`)) box.checked = filter[where].has(box.name);
    }
    const counted = runs.reduce((sum, run) => sum + run.counted, 0);
    const all = runs.reduce((sum, run) => sum + run.messages.sent.length + run.commits.at.length + run.notes.at.length, 0);
    this.count.textContent = `${counted.toLocaleString("en")} of ${all.toLocaleString("en")} events`;
  }
}

// The arrow of this fate, as the chart draws it.
function legend(fate) {
  const space = "http://www.w3.org/2000/svg", picture = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", fate === "lost" ? "M0 5 H18 M15 2 l6 6 M15 8 l6 -6" : "M0 5 H24 M19 2 L24 5 L19 8");
  line.setAttribute("style", `stroke: var(--${fate}); fill: none; stroke-width: 1.8; stroke-dasharray: ${DASHES[fate].join(" ") || "none"}`);
  picture.append(line);
  return picture;
}
