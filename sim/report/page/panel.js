"use strict";
// The right-hand side: findings, the selected event, and what stood in the tables at the cursor.

const ROWS_MAX = 60, FINDINGS_SHOWN = 3;

function element(tag, text = "", more = {}) {
  const made = Object.assign(document.createElement(tag), more);
  if (text !== "") made.textContent = text;
  return made;
}

class Panel {
  constructor(page) {
    this.page = page;
    this.states = page.runs.map((run) => new State(run));
    for (const id of ["findings", "event", "state"]) this[id] = document.getElementById(id);
  }

  showFindings() {
    const groups = new Map();
    this.page.runs.forEach((run, which) => run.violations.forEach((one) => {
      const key = `${which} ${one.name} ${one.what.split("\n")[0]}`;
      if (groups.has(key)) groups.get(key).times++; else groups.set(key, { ...one, which, times: 1 });
    }));
    const found = [...groups.values()], shown = found.slice(0, FINDINGS_SHOWN), rest = found.slice(FINDINGS_SHOWN);
    this.findings.replaceChildren(element("h2", "Findings"));
    if (!found.length) this.findings.append(element("p", "None: every auditor agrees with what happened.", { className: "soft" }));
    this.findings.append(...shown.map((one) => this.finding(one)));
    if (rest.length) {
      const more = element("details");
      more.append(element("summary", `${rest.length} more`), ...rest.map((one) => this.finding(one)));
      this.findings.append(more);
    }
  }

  finding(one) {
    const button = element("button", "", { type: "button", className: "finding" });
    button.append(element("strong", one.times > 1 ? `${one.name} (${one.times} times)` : one.name), element("br"));
    button.append(document.createTextNode(cut(one.what.split("\n")[0], 200)), element("br"));
    if (one.since >= 0) button.append(element("span", `since ${instant(one.since)}: ${cut(one.by, 90)}; `, { className: "soft" }));
    button.append(element("span", `noticed at ${instant(one.at)}`, { className: "soft" }));
    button.addEventListener("click", () => this.page.goTo(one));
    return button;
  }

  showEvent() {
    const { charts } = this.page, chart = charts.find((one) => one.selected);
    this.event.replaceChildren(element("h2", "Event"));
    if (!chart) {
      this.event.append(element("p", "Click an arrow, a tick or a dot.", { className: "soft" }));
      return;
    }
    const told = chart.run.described(...chart.selected);
    this.event.append(element("p", told.label));
    const lasted = told.took > 0 ? `, ${spoken(told.took)} on the way` : told.took < 0 ? ", never arrived" : "";
    this.event.append(element("p", `${told.kind} · ${told.place} · ${instant(told.at)}${lasted}${told.fate ? ` · ${told.fate}` : ""}`, { className: "soft" }));
    const [orders, accounts] = told.about;
    for (const [name, ids] of [["order", orders], ["account", accounts]]) {
      for (const id of ids.slice(0, 8)) {
        const chip = element("button", `${name} ${id}`, { type: "button", className: "chip", title: `show only what concerns ${name} ${id}` });
        chip.addEventListener("click", () => this.page.narrow({ [name]: id }));
        this.event.append(chip);
      }
    }
    if (told.detail && told.detail !== told.label) this.event.append(element("pre", told.detail, { tabIndex: 0 }));
  }

  showState() {
    const { view, filter, runs } = this.page, wanted = `${view.cursor} ${filter.order} ${filter.account}`;
    if (this.stateShown === wanted) return; // whoever only pans or zooms asks for nothing new
    this.stateShown = wanted;
    if (!document.getElementById("cursor")) this.frameState();
    document.getElementById("cursor").value = String(view.cursor);
    document.getElementById("cursorAt").textContent = instant(view.cursor);
    const shown = runs.map((run, which) => this.tables(run, this.states[which].at(view.cursor), filter));
    if (shown.length === 2) markDifferences(...shown);
    const body = document.getElementById("tables");
    body.replaceChildren(...shown.flatMap((made, which) => (shown.length > 1 ? [element("h2", runs[which].title), made] : [made])));
  }

  frameState() {
    const slider = element("input", "", { type: "range", id: "cursor", min: 0, max: this.page.view.until, step: 1 });
    slider.style.width = "100%";
    slider.setAttribute("aria-label", "Time cursor");
    slider.addEventListener("input", () => this.page.view.point(Number(slider.value)));
    const title = element("h2", "At the cursor: ");
    title.append(element("span", "", { id: "cursorAt" }));
    this.state.replaceChildren(title, slider, element("div", "", { id: "tables" }));
  }

  tables(run, rows, filter) {
    const body = element("div");
    const balances = rowsOf(run, rows, "balances", filter).sort((a, b) => (a.account < 0) - (b.account < 0) || a.account - b.account);
    const orders = rowsOf(run, rows, "orders", filter).sort((a, b) => b.order - a.order);
    const positions = rowsOf(run, rows, "positions", {});
    body.append(...this.book(rowsOf(run, rows, "book", {}), filter));
    body.append(...grid("Balances", ["account", "asset", "free", "held"], balances, filter));
    body.append(...grid("Orders", ["order", "account", "symbol", "side", "price", "quantity", "executed", "status"], orders, filter));
    body.append(...grid("Read so far", ["shard", "source", "position"], positions, filter));
    return body;
  }

  book(resting, filter) {
    const made = [];
    for (const symbol of [...new Set(resting.map((row) => row.symbol))].sort()) {
      made.push(element("h3", `Book of ${symbol}`));
      const sides = element("div", "", { className: "book" });
      for (const side of ["BUY", "SELL"]) {
        const up = side === "SELL" ? 1 : -1;
        const rows = resting.filter((row) => row.symbol === symbol && row.side === side)
          .sort((a, b) => up * (Number(a.price) - Number(b.price)) || a.priority - b.priority);
        sides.append(grid("", ["price", "left", "order"], rows, filter, 12).at(-1));
      }
      made.push(sides);
    }
    return made.length ? made : [element("h3", "Book"), element("p", "empty", { className: "soft" })];
  }
}

function grid(title, columns, rows, filter, most = ROWS_MAX) {
  const head = title ? [element("h3", `${title} (${rows.length})`)] : [];
  const table = element("table"), top = element("tr");
  const numeric = (column) => ["price", "left", "free", "held", "quantity", "executed", "position"].includes(column);
  for (const column of columns) top.append(element("th", column, { className: numeric(column) ? "n" : "", scope: "col" }));
  table.append(top);
  for (const row of rows.slice(0, most)) {
    const line = element("tr", "", { className: filter.order && row.order === filter.order ? "marked" : "" });
    line.dataset.row = columns.map((column) => row[column]).join(" ");
    for (const column of columns) line.append(element("td", String(row[column]), { className: numeric(column) ? "n" : "" }));
    table.append(line);
  }
  const rest = rows.length > most ? [element("p", `and ${rows.length - most} more`, { className: "soft" })] : [];
  const block = element("div");
  block.append(table, ...rest);
  return [...head, block];
}

// Rows that the other run does not have just so.
function markDifferences(one, other) {
  for (const [mine, its] of [[one, other], [other, one]]) {
    const known = new Set([...its.querySelectorAll("tr[data-row]")].map((line) => line.dataset.row));
    for (const line of mine.querySelectorAll("tr[data-row]")) if (!known.has(line.dataset.row)) line.classList.add("differs");
  }
}
