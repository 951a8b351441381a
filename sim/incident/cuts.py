"""Where all other shards must stand when one stands at a given entry: as far as causes demand, and no further."""

from array import array
from bisect import bisect_right
from pathlib import Path

from tradewind.ops.incident.file import read
from tradewind.ops.incident.records import Header, Kept, Section
from tradewind.ops.incident.window import parse


class NoSuchPlace(ValueError):
    """The message says which, and what the bundle has instead."""


class Causes:
    """(source, source_seq) and instant of every entry in a bundle: 18 bytes for each."""

    def __init__(self, path: Path) -> None:
        """Raises OSError and BadBundle."""
        self._names: list[str] = []
        self._sources: dict[str, array[int]] = {}
        self._seqs: dict[str, array[int]] = {}
        self._ats: dict[str, array[int]] = {}
        shard = ""
        places: dict[str, int] = {}
        for record, _ in read(path):
            match record:
                case Header():
                    self.header = record
                case Section():
                    shard = record.shard
                    self._sources[shard], self._seqs[shard], self._ats[shard] = array("H"), array("q"), array("q")
                case Kept():
                    if record.source not in places:
                        places[record.source] = len(self._names)
                        self._names.append(record.source)
                    self._sources[shard].append(places[record.source])
                    self._seqs[shard].append(record.source_seq)
                    self._ats[shard].append(record.at)

    def cut(self, shard: str, seq: int) -> dict[str, int]:
        """The last entry of each shard. Raises NoSuchPlace."""
        starts = {name: mark.seq for name, mark in self.header.starts.items()}
        if shard not in starts or not starts[shard] <= seq <= self.header.ends[shard].seq:
            has = (
                f"it has {starts[shard] + 1} to {self.header.ends[shard].seq}"
                if shard in starts
                else f"it has {', '.join(starts)}"
            )
            raise NoSuchPlace(f"the bundle has no place {shard} seq {seq}: {has}")
        return self._closed(starts | {shard: seq})

    def cut_at(self, at: int) -> dict[str, int]:
        """The last entry of each shard up to the instant `at` (ns), and what those were caused by (clocks may disagree)."""
        starts = self.header.starts.items()
        return self._closed({name: mark.seq + bisect_right(self._ats[name], at) for name, mark in starts})

    def _closed(self, stops: dict[str, int]) -> dict[str, int]:
        starts = done = {name: mark.seq for name, mark in self.header.starts.items()}
        while behind := [name for name in stops if done[name] < stops[name]]:
            for name in behind:
                first, last = done[name] - starts[name], stops[name] - starts[name]
                for place in range(first, last):
                    source = self._names[self._sources[name][place]]
                    if source in stops:
                        # An entry that its feed's own window does not have yet: the bundle ends in between.
                        heard = min(self._seqs[name][place], self.header.ends[source].seq)
                        stops[source] = max(stops[source], heard)
                done = done | {name: last + starts[name]}
        return stops


def cut(path: Path, words: str) -> dict[str, int]:
    """Where SHARD:SEQ, or an ISO-8601 instant, leaves every shard. Raises OSError, BadBundle, BadWindow and NoSuchPlace."""
    where, causes = parse(words), Causes(path)
    if len(where.seqs) > 1:
        raise NoSuchPlace(f"{words!r} is more than one place")
    for shard, seq in where.seqs.items():
        return causes.cut(shard, seq)
    return causes.cut_at(where.at)
