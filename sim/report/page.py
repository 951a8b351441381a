"""One self-contained HTML file for any timeline, or for two that are compared. Nothing in it asks the network for anything."""

import html
import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files

from sim.report.page_columns import Columns
from sim.report.timeline import Timeline

SCRIPTS = ("run", "filter", "view", "chart", "pick", "overview", "state", "panel", "hands", "controls", "main")


def page_of(timeline: Timeline) -> str:
    return _page(timeline.title, [timeline], None)


def page_of_two(one: Timeline, other: Timeline, difference_ns: int | None) -> str:
    """One above the other on one axis, which both show from 0; `difference_ns` is on that axis, None when there is none."""
    return _page(f"{one.title} and {other.title}", [one, other], difference_ns)


def _page(title: str, timelines: Sequence[Timeline], difference_ns: int | None) -> str:
    told = {"runs": [Columns(timeline).packed() for timeline in timelines], "difference": difference_ns}
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    packed = b64encode(zlib.compress(text.encode())).decode()
    parts = {
        "@TITLE@": html.escape(f"{title} · Tradewind"),
        "@STYLE@": _file("page.css"),
        "@SCRIPT@": "\n".join(_file(f"{name}.js") for name in SCRIPTS),
        "@PACKED@": packed,
    }
    made = _file("page.html")
    for mark, part in parts.items():
        before, found, after = made.partition(mark)
        assert found, mark
        made = before + part + after
    return made


def _file(name: str) -> str:
    return (files("sim.report") / "page" / name).read_text(encoding="utf-8")
