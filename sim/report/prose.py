"""A timeline as sentences: the way of whatever was violated first, then what went wrong meanwhile, then what was found."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sim.report.focus import concerns, first_violation
from sim.report.timeline import NEVER, About, CommitMark, Fate, LaneKind, Message, Timeline, Violation

WAY_LINES_MAX = 60
FOUND_MAX = 8
BEFORE_LINES, AFTER_LINES = 12, 4
HEARS = {"read": "hears", "receive": "finds in its inbox", "journal": "reads in the journal", "websocket": "is pushed"}
LIVES = ("boot", "kill", "stop", "pause", "resume")


class Line(NamedTuple):
    """`at_ns` NEVER: a heading. `tone`: plain, good, bad, doubt, soft."""

    at_ns: int
    text: str
    tone: str = "plain"


class Chosen(NamedTuple):
    """What a reader asked for; nothing: everything that matters to the violation."""

    order: int = 0
    account: int = 0
    node: str = ""
    last: int = 0

    def wants(self, about: About, *lanes: str) -> bool:
        return (
            (not self.order or self.order in about.orders)
            and (not self.account or self.account in about.accounts)
            and (not self.node or self.node in lanes)
        )


EVERYTHING = Chosen()


def story(timeline: Timeline, chosen: Chosen = EVERYTHING) -> Iterator[Line]:
    """In the order in which a person wants to hear it."""
    violation = first_violation(timeline)
    if violation is None:
        yield Line(NEVER, "Nothing is wrong: every auditor agrees with what happened.", "good")
    else:
        yield from _verdict(violation)
    orders = (chosen.order,) if chosen.order else violation.about.orders[:2] if violation and not any(chosen) else ()
    for order in orders:
        yield Line(NEVER, f"The way of order {order}")
        way = list(_way(timeline, order))
        yield from way[:WAY_LINES_MAX]
        if len(way) > WAY_LINES_MAX:
            yield Line(NEVER, f"... and {len(way) - WAY_LINES_MAX} lines more (--last shows the end)", "soft")
    if violation is not None and not orders and not any(chosen) and (lane := violation.lane):
        at_ns = violation.at_ns if violation.since_ns == NEVER else violation.since_ns
        yield Line(NEVER, f"What {lane} did then")
        told = sorted(_everything(timeline, Chosen(node=lane)), key=lambda line: line.at_ns)
        yield from [line for line in told if line.at_ns <= at_ns][-BEFORE_LINES:]
        yield from [line for line in told if line.at_ns > at_ns][:AFTER_LINES]
    yield from _trouble(timeline, violation)
    if chosen.last or chosen.account or chosen.node:
        yield Line(NEVER, _heading(chosen))
        told = sorted(_everything(timeline, chosen), key=lambda line: line.at_ns)
        yield from told[-(chosen.last or WAY_LINES_MAX) :]
    yield from _found(timeline)


def _verdict(violation: Violation) -> Iterator[Line]:
    yield Line(NEVER, f"{violation.name} does not hold", "bad")
    yield Line(violation.at_ns, f"noticed: {violation.what.partition(chr(10))[0]}", "bad")
    if violation.since_ns != NEVER:
        yield Line(violation.since_ns, f"it is so since {violation.since}", "bad")


def _way(timeline: Timeline, order: int) -> Iterable[Line]:
    """Asked, accepted, heard, traded, settled: commits, what readers heard of them, and whatever did not arrive."""
    stood = [mark for mark in timeline.commits if concerns(mark.about, orders=(order,))]
    lines = [Line(mark.at_ns, _stands(mark, _part(mark.detail, order, "  >", "  =")), "good") for mark in stood]
    lines += [Line(note.at_ns, note.text) for note in timeline.notes if concerns(note.about, orders=(order,))]
    services = {lane.name for lane in timeline.lanes if lane.kind in (LaneKind.SERVICE, LaneKind.GATEWAY)}
    for message in timeline.messages:
        if concerns(message.about, orders=(order,)) and (told := _passage(message, services, order)) is not None:
            lines.append(told)
    ended = max((mark.at_ns for mark in stood), default=0)
    begun = min((line.at_ns for line in lines), default=0)
    lines += [
        Line(note.at_ns, note.text, "doubt") for note in timeline.notes if note.kind in LIVES and begun <= note.at_ns <= ended
    ]
    return _once(sorted(lines, key=lambda line: line.at_ns))


def _once(lines: list[Line]) -> list[Line]:
    """What fails again and again is told where it failed first."""
    times = Counter(line.text for line in lines if line.tone == "doubt")
    told: dict[tuple[str, int], Line] = {}
    for line in lines:
        count = times[line.text]
        again = f" ({count} times)" if count > 1 else ""
        told.setdefault((line.text, 0 if count else line.at_ns), line._replace(text=line.text + again))
    return list(told.values())


def _passage(message: Message, services: set[str], order: int) -> Line | None:
    """Publishing and committing are told by what stands and what is heard, unless they fail."""
    if message.fate in (Fate.LOST, Fate.REFUSED, Fate.UNKNOWN, Fate.DUPLICATE):
        how = {Fate.DUPLICATE: "twice", Fate.UNKNOWN: "nobody knows whether it arrived"}.get(message.fate, message.fate.value)
        way = f"{message.source} to {message.target}"
        return Line(message.sent_ns, f"{message.kind}, {way}: {how}: {_part(message.detail, order) or message.label}", "doubt")
    if message.kind in HEARS and message.target in services:
        late = f" ({_span_ms(message)} late)" if message.fate is Fate.LATE else ""
        said = _part(message.detail, order) or message.label
        return Line(message.arrived_ns, f"{message.target} {HEARS[message.kind]}{late}: {said}", "doubt" if late else "soft")
    if message.kind in ("http", "call", "answer", "reply"):
        return Line(message.sent_ns, f"{message.source} to {message.target}: {message.label}", "soft")
    return None


def _part(detail: str, order: int, *begins: str) -> str:
    """Of what a batch says, or a commit brings (`>`, `=`), the lines about this order."""
    about = [line for line in detail.splitlines() if f"order {order}" in line and line.startswith(begins or "  ")]
    lines = [line.strip(" <>=") for line in about]
    return "; ".join(dict.fromkeys(lines))


def _trouble(timeline: Timeline, violation: Violation | None) -> Iterator[Line]:
    until_ns = timeline.until_ns if violation is None else max(violation.since_ns, violation.at_ns)
    bands = [band for band in timeline.bands if band.from_ns <= until_ns]
    yield Line(NEVER, "What went wrong meanwhile" if bands else "No fault happened")
    for band in bands:
        lasted = f" for {(band.until_ns - band.from_ns) / 1e6:.0f} ms" if band.until_ns > band.from_ns else ""
        yield Line(band.from_ns, f"{band.detail or band.name}{lasted}", "doubt")
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for message in timeline.messages:
        if message.fate not in (Fate.DELIVERED, Fate.LATE) and message.kind != "lease" and message.sent_ns <= until_ns:
            key = message.fate.value, f"{message.kind} between {message.source} and {message.target}"
            counts[key] += 1
            first.setdefault(key, message.sent_ns)
    for key, count in islice(counts.most_common(), FOUND_MAX):
        yield Line(first[key], f"{count} {key[0]}: {key[1]}", "doubt")


def _everything(timeline: Timeline, chosen: Chosen) -> Iterator[Line]:
    for mark in timeline.commits:
        if chosen.wants(mark.about, mark.lane):
            yield Line(mark.at_ns, _stands(mark), "good")
    for note in timeline.notes:
        if chosen.wants(note.about, note.lane):
            yield Line(note.at_ns, note.text)
    for message in timeline.messages:
        if message.kind not in ("lease", "query") and chosen.wants(message.about, message.source, message.target):
            quiet = message.fate in (Fate.DELIVERED, Fate.LATE)
            fate = "" if message.fate is Fate.DELIVERED else f" [{message.fate.value}]"
            text = f"{message.source} to {message.target}, {message.kind}{fate}: {message.label}"
            yield Line(message.sent_ns, text, "soft" if quiet else "doubt")


def _found(timeline: Timeline) -> Iterator[Line]:
    if not timeline.violations:
        return
    yield Line(NEVER, "What was found")
    kinds: dict[tuple[str, str], list[Violation]] = {}
    for violation in timeline.violations:
        kinds.setdefault((violation.name, violation.what.partition("\n")[0]), []).append(violation)
    for (name, what), all_of_it in islice(kinds.items(), FOUND_MAX):
        times = f" ({len(all_of_it)} times)" if len(all_of_it) > 1 else ""
        yield Line(all_of_it[0].at_ns, f"{name}{times}: {what}", "bad")
    if len(kinds) > FOUND_MAX:
        yield Line(NEVER, f"... and {len(kinds) - FOUND_MAX} more", "soft")


def _heading(chosen: Chosen) -> str:
    which = [f"{name} {value}" for name, value in zip(chosen._fields, chosen, strict=True) if value and name != "last"]
    return f"The last {chosen.last or WAY_LINES_MAX} events{' of ' + ', '.join(which) if which else ''}"


def _stands(mark: CommitMark, part: str = "") -> str:
    seqs = str(mark.last) if mark.first == mark.last else f"{mark.first}..{mark.last}"
    return f"{mark.shard} commits {seqs}: {part or mark.label}"


def _span_ms(message: Message) -> str:
    return f"{(message.arrived_ns - message.sent_ns) / 1e6:.0f} ms"
