"""A12 feeds and A15 liveness: every reader has heard what was said, each entry once, in order, up to its position."""

from array import array
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import Entry
from tradewind.messages.topology import FEEDS, index_of, service_of

Concern = Callable[[Any], bool]


class Heard:
    """Two columns, one row per entry: its seq, and a fingerprint of what it said. Half a million of them are 8 MB."""

    __slots__ = ("prints", "seqs")

    def __init__(self) -> None:
        self.seqs = array("q")
        self.prints = array("q")

    def add(self, seq: int, fingerprint: int) -> None:
        self.seqs.append(seq)
        self.prints.append(fingerprint)


class Hearing(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._due: defaultdict[tuple[str, str], Heard] = defaultdict(Heard)
        self._heard: defaultdict[tuple[str, str], Heard] = defaultdict(Heard)
        self._causes: defaultdict[tuple[str, str], int] = defaultdict(int)
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
                wanted = tuple(event for event in events if concern(event))
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
        if given.seq <= self._causes[reader, source]:
            self.found("A12", f"{step}: hears {source} seq {given.seq} after an effect of it")
        cause = reader, given.source
        self._causes[cause] = max(self._causes[cause], given.source_seq)

    def close(self) -> None:
        for reader, source in either(self._due, self._heard):
            self._compare(reader, source, self._due[reader, source], self._heard[reader, source])

    def _compare(self, reader: str, source: str, due: Heard, heard: Heard) -> None:
        for place, seq in enumerate(heard.seqs):
            expected = due.seqs[place] if place < len(due.seqs) else None
            if seq != expected:
                self.found("A12", f"{reader} heard {source} seq {seq} where seq {expected} was next")
                return  # all that follows is displaced
            if heard.prints[place] != due.prints[place]:
                self.found("A12", f"{reader} heard {source} seq {seq} otherwise than it was said")
        position = self.case.positions.get((reader, source), 0)
        if heard.seqs and position < heard.seqs[-1]:
            self.found("A12", f"{reader} has heard {source} seq {heard.seqs[-1]}, its position is {position}")
        for seq in due.seqs[len(heard.seqs) :]:
            if seq <= position:
                self.found("A12", f"{reader} never heard {source} seq {seq}, though its position is {position}")
            elif self.case.quiet:
                self.found("A15", f"{reader} has not heard {source} seq {seq}; it stands at {position}")
