"use strict";
// Pointer, wheel and keys.

function attachPointer(page, chart) {
  const { canvas } = chart, { view } = page;
  let grip = null;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const scale = event.deltaMode ? 30 : 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX || event.deltaY) * scale / 1500);
    else view.zoom(Math.exp(event.deltaY * scale / 500), chart.at(event.offsetX));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = { x: event.offsetX, from: view.from, to: view.to, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!grip || !(event.buttons & 1)) {
      const found = nearest(chart, event.offsetX, event.offsetY);
      canvas.title = found ? chart.run.described(...found).label : "";
      return;
    }
    const by = grip.x - event.offsetX;
    if (Math.abs(by) > 3) grip.moved = true;
    const wide = (grip.to - grip.from) / (chart.width - GUTTER);
    if (grip.moved) view.set(grip.from + by * wide, grip.to + by * wide);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (grip && !grip.moved && event.offsetX > GUTTER) {
      const found = nearest(chart, event.offsetX, event.offsetY);
      page.select(chart, found);
      view.point(found ? timeOf(chart.run, ...found) : chart.at(event.offsetX));
    }
    grip = null;
  });
}

function attachKeys(page) {
  const { view } = page;
  const step = (forwards) => {
    const chart = page.active, found = neighbour(chart.run, chart.selected, view.cursor, forwards);
    if (found) {
      page.select(chart, found);
      view.point(timeOf(chart.run, ...found));
    }
  };
  const commit = (forwards) => {
    const { at } = page.active.run.commits, i = forwards ? lowerBound(at, view.cursor + 1) : lowerBound(at, view.cursor) - 1;
    if (at[i] !== undefined) view.point(at[i]);
  };
  const keys = {
    ArrowLeft: () => view.pan(-0.15), ArrowRight: () => view.pan(0.15), ArrowUp: () => step(false), ArrowDown: () => step(true),
    "+": () => view.zoom(0.6, middle(view)), "=": () => view.zoom(0.6, middle(view)), "-": () => view.zoom(1 / 0.6, middle(view)),
    0: () => view.all(), Home: () => view.point(0), End: () => view.point(view.until),
    ",": () => commit(false), ".": () => commit(true), v: () => page.nextFinding(), f: () => page.follow(),
    Escape: () => page.select(page.active, null),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, pre, summary") && event.key !== "Escape";
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}

// Zoom goes towards the cursor while that is in sight.
function middle(view) { return view.cursor >= view.from && view.cursor <= view.to ? view.cursor : (view.from + view.to) / 2; }
