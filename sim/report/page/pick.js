"use strict";
// What lies under the pointer, and what comes next on the keyboard.

function nearest(chart, x, y) {
  const { run, view } = chart, slack = chart.at(x + NEAR_PX) - chart.at(x);
  let best = null, bestDistance = NEAR_PX + 1;
  const offer = (distance, type, i) => { if (distance < bestDistance) [bestDistance, best] = [distance, [type, i]]; };
  for (const [type, marks] of [["commit", run.commits], ["note", run.notes]]) {
    run.eachMark(marks, chart.at(x) - slack, chart.at(x) + slack, (i) => {
      const up = Math.abs(chart.y(marks.lane[i]) - y);
      if (run.shown[type][i] && up <= chart.rowPx * 0.32) offer(Math.abs(chart.x(marks.at[i]) - x) * 0.8, type, i);
    });
  }
  const reach = chart.at(x + LOST_PX) - chart.at(x), { messages } = run;
  run.eachMessage(chart.at(x) - reach, chart.at(x) + slack, (i) => {
    if (!run.shown.message[i]) return;
    const x0 = chart.x(messages.sent[i]), y0 = chart.y(messages.source[i]), lost = messages.took[i] < 0;
    const x1 = lost ? x0 + LOST_PX * 0.55 : chart.x(messages.ends[i]);
    const y1 = y0 + (chart.y(messages.target[i]) - y0) * (lost ? 0.55 : 1);
    offer(distanceTo(x, y, x0, y0, x1, y1), "message", i);
  });
  return best;
}

function distanceTo(x, y, x0, y0, x1, y1) {
  const dx = x1 - x0, dy = y1 - y0, share = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}

// The shown item after (or before) `at`, of every type, in the order of time.
function neighbour(run, selected, at, forwards) {
  const rank = { message: 0, commit: 1, note: 2 };
  const here = selected ? [timeOf(run, ...selected), rank[selected[0]], selected[1]] : [at, forwards ? -1 : 3, 0];
  let best = null, bestKey = null;
  for (const type of ["message", "commit", "note"]) {
    const instants = type === "message" ? run.messages.sent : run[`${type}s`].at;
    let i = forwards ? lowerBound(instants, here[0]) : lowerBound(instants, here[0] + 1) - 1;
    for (; i >= 0 && i < instants.length; i += forwards ? 1 : -1) {
      const key = [instants[i], rank[type], i];
      if (run.shown[type][i] && (forwards ? before(here, key) : before(key, here))) {
        if (!bestKey || (forwards ? before(key, bestKey) : before(bestKey, key))) [best, bestKey] = [[type, i], key];
        break;
      }
    }
  }
  return best;
}

function timeOf(run, type, i) { return type === "message" ? run.messages.sent[i] : run[`${type}s`].at[i]; }

function before(a, b) {
  const at = [0, 1, 2].find((n) => a[n] !== b[n]);
  return at !== undefined && a[at] < b[at];
}
