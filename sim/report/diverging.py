"""Two recorded runs, event by event: how far they are one, and where they part."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.report.prose import Line
from sim.report.staging import Shown
from sim.report.timeline import NEVER, Fate, Timeline

AROUND = 6  # things of each run that are told after they part
COMMON = 4  # and before
Event = tuple[object, ...]


class Parting(NamedTuple):
    """`place`: how many traced events are common to both. `one` and `other`: what each does then, None at its end."""

    place: int
    at_ns: int
    one: Event | None
    other: Event | None


def parting(one: Sequence[Event], other: Sequence[Event]) -> Parting | None:
    """None when the runs are the same to the last event."""
    place = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        if len(one) == len(other):
            return None
        place = min(len(one), len(other))
    mine = one[place] if place < len(one) else None
    its = other[place] if place < len(other) else None
    at_ns = min(int(str(event[0])) for event in (mine, its) if event is not None)
    return Parting(place, at_ns, mine, its)


def compared(one: Shown, other: Shown) -> tuple[Parting | None, list[Line]]:
    parted = parting(one.recorder.events, other.recorder.events)
    return parted, list(_told(one, other, parted))


def _told(one: Shown, other: Shown, parted: Parting | None) -> Iterator[Line]:
    names = one.timeline.title, other.timeline.title
    if parted is None:
        yield Line(NEVER, f"{names[0]} and {names[1]} are the same run: {len(one.recorder.events)} events", "good")
        return
    yield Line(NEVER, f"{names[0]} and {names[1]}: the first {parted.place} events are the same")
    common = [line for line in _things(one.timeline) if line.at_ns < parted.at_ns]
    yield from common[-COMMON:]
    for name, shown, event in ((names[0], one, parted.one), (names[1], other, parted.other)):
        yield Line(NEVER, f"Then {name}", "doubt")
        yield Line(parted.at_ns, "ends" if event is None else _plainly(event), "doubt")
        after = [line for line in _things(shown.timeline) if line.at_ns >= parted.at_ns]
        yield from after[:AROUND]
    for name, shown in zip(names, (one, other), strict=True):
        found = ", ".join(shown.ran.identities) or "nothing"
        yield Line(NEVER, f"{name} found: {found}", "bad" if shown.ran.identities else "good")


def _things(timeline: Timeline) -> list[Line]:
    """Commits, notes, bands, and messages that went wrong."""
    lines = [Line(mark.at_ns, f"{mark.shard} commits {mark.last}: {mark.label}", "good") for mark in timeline.commits]
    lines += [Line(note.at_ns, note.text) for note in timeline.notes]
    lines += [Line(band.from_ns, f"{band.detail or band.name} begins", "doubt") for band in timeline.bands]
    for message in timeline.messages:
        if message.fate not in (Fate.DELIVERED, Fate.LATE) and message.kind != "lease":
            text = f"{message.source} to {message.target}, {message.kind}, {message.fate.value}: {message.label}"
            lines.append(Line(message.sent_ns, text, "doubt"))
    return sorted(lines, key=lambda line: line.at_ns)


def _plainly(event: Event) -> str:
    facts = [fact.hex() if isinstance(fact, bytes) else str(fact) for fact in event[2:]]
    return f"{event[1]} {', '.join(facts)}".strip()
