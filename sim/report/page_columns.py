"""A timeline as the page wants it: columns instead of objects, every text once, instants as differences. See page/run.js."""

from collections.abc import Iterable, Sequence
from typing import Any

from sim.report.focus import Focus, focus_of
from sim.report.page_rows import PageRows
from sim.report.timeline import NEVER, NOBODY, About, CommitMark, Fate, Note, Timeline


class Interned:
    """Each value once, by its place."""

    def __init__(self, *first: Any) -> None:
        self._places: dict[Any, int] = {}
        for value in first:
            self(value)

    def __call__(self, value: Any) -> int:
        return self._places.setdefault(value, len(self._places))

    @property
    def values(self) -> list[Any]:
        return list(self._places)


class Columns:
    """Of one timeline, which is sorted."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._text = Interned("")
        self._abouts = Interned(NOBODY)
        self._kinds = Interned("commit")
        self._fates = Interned(*Fate)
        self._lane = {lane.name: place for place, lane in enumerate(timeline.lanes)}

    def packed(self) -> dict[str, Any]:
        """Plain lists, numbers and texts, for JSON."""
        timeline, origin_ns = self._timeline, self._timeline.origin_ns
        rows = PageRows(timeline)
        made = {
            "title": timeline.title,
            "repeat": timeline.repeat,
            "facts": [list(fact) for fact in timeline.facts.items()],
            "until": timeline.until_ns - origin_ns,
            "lanes": [[lane.name, lane.kind] for lane in timeline.lanes],
            "messages": self._messages(),
            "commits": self._marks(timeline.commits),
            "notes": {**self._marks(timeline.notes), "kind": [self._kinds(note.kind) for note in timeline.notes]},
            "bands": [
                [self._lanes(band.lanes), band.from_ns - origin_ns, band.until_ns - origin_ns, band.name, band.detail]
                for band in timeline.bands
            ],
            "violations": [
                [
                    *(one.at_ns - origin_ns, one.name, one.what, self._lane.get(one.lane, NEVER), self._abouts(one.about)),
                    *(NEVER if one.since_ns == NEVER else one.since_ns - origin_ns, one.since),
                ]
                for one in timeline.violations
            ],
            "tables": rows.tables(),
            "changes": rows.changes(),
            "focus": _focus(focus_of(timeline), origin_ns),
        }
        return made | {
            "text": self._text.values,
            "abouts": [_about(one) for one in self._abouts.values],
            "kinds": self._kinds.values,
            "fates": self._fates.values,
        }

    def _messages(self) -> dict[str, list[int]]:
        sent = self._timeline.messages
        return {
            "source": [self._lane[one.source] for one in sent],
            "target": [self._lane[one.target] for one in sent],
            "sent": differences(self._timeline.origin_ns, [one.sent_ns for one in sent]),
            "took": [NEVER if one.arrived_ns == NEVER else one.arrived_ns - one.sent_ns for one in sent],
            "fate": [self._fates(one.fate) for one in sent],
            "kind": [self._kinds(one.kind) for one in sent],
            "label": [self._text(one.label) for one in sent],
            "detail": [self._text(one.detail) for one in sent],
            "about": [self._abouts(one.about) for one in sent],
        }

    def _marks(self, marks: Sequence[CommitMark | Note]) -> dict[str, list[int]]:
        return {
            "lane": [self._lane[mark.lane] for mark in marks],
            "at": differences(self._timeline.origin_ns, [mark.at_ns for mark in marks]),
            "label": [self._text(_label(mark)) for mark in marks],
            "detail": [self._text(mark.detail) for mark in marks],
            "about": [self._abouts(mark.about) for mark in marks],
        }

    def _lanes(self, names: Iterable[str]) -> list[int]:
        return [self._lane[name] for name in names]


def differences(origin_ns: int, instants: Sequence[int]) -> list[int]:
    """From one to the next, beginning at `origin_ns`: small numbers pack well."""
    return [now - before for before, now in zip([origin_ns, *instants], instants, strict=False)]


def _label(mark: CommitMark | Note) -> str:
    if isinstance(mark, Note):
        return mark.text
    seqs = f"{mark.first}" if mark.first == mark.last else f"{mark.first}..{mark.last}"
    return f"{mark.shard} commits {seqs}: {mark.label}"


def _about(about: About) -> list[list[Any]]:
    return [list(about.orders), list(about.accounts), list(about.symbols)]


def _focus(focus: Focus | None, origin_ns: int) -> dict[str, int] | None:
    if focus is None:
        return None
    from_ns, until_ns, at_ns = (at_ns - origin_ns for at_ns in (focus.from_ns, focus.until_ns, focus.at_ns))
    return {"from": from_ns, "until": until_ns, "at": at_ns, "order": focus.order}
