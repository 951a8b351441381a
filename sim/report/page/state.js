"use strict";
// Rows as they stood at an instant: put and removed in the order of commits, onwards from wherever it was asked last.

class State {
  constructor(run) {
    this.run = run;
    this.rewind();
  }

  rewind() {
    this.next = 0;
    this.rows = Object.fromEntries(this.run.tables.map((table) => [table.name, new Map()]));
  }

  at(instant) {
    const { at, table, put, removed } = this.run.changes;
    if (this.next && at[this.next - 1] > instant) this.rewind();
    for (; this.next < at.length && at[this.next] <= instant; this.next++) {
      const { name, key } = this.run.tables[table[this.next]], rows = this.rows[name];
      for (const row of put[this.next]) rows.set(key.map((column) => row[column]).join("|"), row);
      for (const gone of removed[this.next]) rows.delete(gone.join("|"));
    }
    return this.rows;
  }
}

// Rows of one table as objects by column, those that the filters want, in a sensible order.
function rowsOf(run, rows, name, filter) {
  const table = run.tables.find((one) => one.name === name);
  if (!table) return [];
  const named = [...rows[name].values()].map((row) => Object.fromEntries(table.columns.map((column, i) => [column, row[i]])));
  return named.filter((row) =>
    (!filter.account || row.account === undefined || row.account === filter.account)
    && (!filter.order || name !== "orders" || row.order === filter.order));
}
