"""A12 feeds and A15 liveness: every reader has heard what was said, each entry once, in order, up to its position."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import Entry
from tradewind.messages.topology import FEEDS, index_of, service_of

Concern = Callable[[Any], bool]


class Column:
    """Numbers by seq, which grows: half a million of them are 8 MB."""

    __slots__ = ("seqs", "values")

    def __init__(self) -> None:
        self.seqs = array("q")
        self.values = array("q")

    def add(self, seq: int, value: int) -> None:
        self.seqs.append(seq)
        self.values.append(value)

    def at(self, seq: int) -> int:
        """The value as of `seq`, 0 before the first."""
        place = bisect_right(self.seqs, seq)
        return self.values[place - 1] if place else 0


class Hearing(Auditor):
    """`_due` and `_heard` are by (reader, source): a fingerprint of each entry that was to be heard, and that was."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._due: defaultdict[tuple[str, str], Column] = defaultdict(Column)
        self._heard: defaultdict[tuple[str, str], Column] = defaultdict(Column)
        self._causes: defaultdict[tuple[str, str], Column] = defaultdict(Column)  # (shard, source): what it had heard, when
        self._order: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self._readers: dict[str, list[tuple[str, Concern]]] = {}
        for feed in FEEDS:
            readers = [shard for name in feed.readers if name in case.machines for shard in case.topology.shards(name)]
            self._readers[feed.name] = [(shard, self._concern(shard)) for shard in readers]

    def _concern(self, shard: str) -> Concern:
        """What the runtime lets through to this shard's machine."""
        make = self.case.machines[service_of(shard)]
        narrower: Concern | None = getattr(make(index_of(shard), self.case.topology), "concerns", None)
        hears = make.hears
        return lambda event: type(event) in hears and (narrower is None or narrower(event))

    def step(self, step: Step) -> None:
        entry, events = step.entry, step.output.events
        if events:
            for reader, concern in self._readers.get(step.service, ()):
                wanted = tuple(event for event in events if concern(event)) if reader != entry.shard else ()
                if wanted:
                    fingerprint = hash((entry.at, entry.source, entry.source_seq, wanted))
                    self._due[reader, entry.shard].add(entry.seq, fingerprint)
        if isinstance(step.given, Entry):
            self._hear(step, step.given)

    def _hear(self, step: Step, given: Entry) -> None:
        reader, source = step.entry.shard, given.feed
        if (source, given.seq) != (step.entry.source, step.entry.source_seq):
            self.found(
                "A12", f"{step} is journaled as {step.entry.source} seq {step.entry.source_seq}, heard {source} {given.seq}"
            )
        fingerprint = hash((given.at, given.source, given.source_seq, given.events))
        self._heard[reader, source].add(given.seq, fingerprint)
        self._causes[reader, source].add(step.entry.seq, given.seq)
        self._order[reader].append((source, given.seq))

    def close(self) -> None:
        for reader, source in either(self._due, self._heard):
            self._compare(reader, source, self._due[reader, source], self._heard[reader, source])
        for reader, heard in self._order.items():
            self._judge_order(reader, heard)

    def _judge_order(self, reader: str, heard: list[tuple[str, int]]) -> None:
        """Whatever a writer had heard before it spoke, its reader must have heard before it listened."""
        known: dict[str, int] = {}
        beside = dict.fromkeys(source for source, _ in heard)
        for source, seq in heard:
            if seq <= known.get(source, 0):
                self.found("A12", f"{reader} heard {source} seq {seq} after an effect of it")
            for other in beside:
                causes = self._causes.get((source, other))
                if causes is not None:
                    known[other] = max(known.get(other, 0), causes.at(seq))

    def _compare(self, reader: str, source: str, due: Column, heard: Column) -> None:
        for place, seq in enumerate(heard.seqs):
            expected = due.seqs[place] if place < len(due.seqs) else None
            if seq != expected:
                self.found("A12", f"{reader} heard {source} seq {seq} where seq {expected} was next")
                return  # all that follows is displaced
            if heard.values[place] != due.values[place]:
                self.found("A12", f"{reader} heard {source} seq {seq} otherwise than it was said")
        position = self.case.positions.get((reader, source), 0)
        if heard.seqs and position < heard.seqs[-1]:
            self.found("A12", f"{reader} has heard {source} seq {heard.seqs[-1]}, its position is {position}")
        for seq in due.seqs[len(heard.seqs) :]:
            if seq <= position:
                self.found("A12", f"{reader} never heard {source} seq {seq}, though its position is {position}")
            elif self.case.quiet:
                self.found("A15", f"{reader} has not heard {source} seq {seq}; it stands at {position}")
