"""A campaign as one HTML file: figures, plots, tables. Nothing in it is fetched from anywhere."""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Any

from sim.campaigns.tally import Tally

BINS = 20
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
dt { opacity: .7; font-size: .85rem; } dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .8rem .2rem 0; }
td:not(:first-child), th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.found { border-left: 4px solid #d55e00; padding-left: 1rem; } .clean { border-left: 4px solid #009e73; padding-left: 1rem; }
pre { white-space: pre-wrap; font-size: .85rem; } figure { margin: 0; } svg { max-width: 100%; height: auto; }
"""


def page(tally: Tally, told: dict[str, Any]) -> str:
    """`told`: what sim.campaigns.summary.as_json says."""
    figures = {
        "seeds": told["runs"],
        "simulated hours": f"{told['virtual_s'] / 3600:.2f}",
        "faults": sum(told["faults"].values()),
        "seeds per second": f"{told['seeds_per_s']:.1f}",
        "times real time": f"{told['times_faster_than_real_time']:.0f}",
        "found": len(told["failures"]),
    }
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in figures.items())
    branches = [(mark, one["runs"], one["times"]) for mark, one in told["branches"].items()]
    slowest = [(one["repeat"], one["steps"], f"{one['cpu_s']:.2f}") for one in told["slowest"]]
    title = f"Campaign {told['campaign']}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1><dl>{facts}</dl>{_failures(told)}"
        f"<h2>Faults that happened</h2>{_bars('times', told['faults'])}"
        f"<h2>What a seed cost</h2>{_histogram('processor seconds', [one.cpu_s for one in tally.outcomes])}"
        f"<h2>Rare branches</h2>{_bars('runs', {mark: runs for mark, runs, _ in branches})}"
        f"{_table(('rare branch', 'runs', 'times'), branches)}"
        f"<h2>Slowest seeds</h2>{_table(('seed', 'steps', 'processor s'), slowest)}</html>"
    )


def _failures(told: dict[str, Any]) -> str:
    missed = told["unreached"]
    unseen = f"<p>Rare branches that no run has reached: {escape(', '.join(missed))}.</p>" if missed else ""
    if not told["failures"]:
        return f'<div class="clean"><h2>Nothing found</h2>{unseen}</div>'
    each = "".join(
        f"<h2>{escape(one['name'])} <small>in {one['runs']} runs</small></h2><pre>{escape(one['what'])}</pre>"
        f"<pre>tradewind-sim {escape(one['repeat'])}</pre>"
        for one in told["failures"]
    )
    return f'<div class="found">{each}{unseen}</div>'


def _table(head: Iterable[str], rows: Iterable[tuple[object, ...]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _bars(name: str, values: dict[str, int]) -> str:
    from pygal import HorizontalBar  # noqa: PLC0415  (an extra: only who asks for a page needs it)

    chart = HorizontalBar(**_options(height=60 + 24 * max(1, len(values))))
    chart.x_labels = list(values)
    chart.add(name, list(values.values()))
    return _figure(chart)


def _histogram(name: str, values: list[float]) -> str:
    from pygal import Bar  # noqa: PLC0415

    width = max(values, default=0.0) / BINS or 1.0
    counts = Counter(min(BINS - 1, int(value / width)) for value in values)
    chart = Bar(**_options(height=260), x_label_rotation=40)
    chart.x_labels = [f"{width * at:.2f}" for at in range(BINS)]
    chart.add(name, [counts[at] for at in range(BINS)])
    return _figure(chart)


def _options(height: int) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415

    style = Style(background="transparent", plot_background="transparent", foreground="#888", colors=("#0072b2",))
    return {"js": (), "show_legend": False, "height": height, "width": 900, "style": style, "truncate_label": -1}


def _figure(chart: Any) -> str:
    drawn = chart.render(is_unicode=True, disable_xml_declaration=True)
    plain = re.sub(r"<!--.*?-->|<script.*?</script>", "", drawn, flags=re.DOTALL)  # the settings of scripts that we leave out
    return f"<figure>{plain}</figure>"
