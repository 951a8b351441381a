"""A bundle on fresh machines: A16 bit for bit. They are loaded from the rows at the start, hear the journaled inputs, and must
say what was said then; their rows in the end must be the database's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tradewind.audit.books import Step, either, opened
from tradewind.audit.replay import Replay, as_journaled, difference
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, Undecodable
from tradewind.messages.topology import service_of
from tradewind.ops.incident.file import read
from tradewind.ops.incident.past import entry_of
from tradewind.ops.incident.records import Header, Kept, Mark, Present, Rows, Section, records_of
from tradewind.ports.tables import Record, Table

DIFFERENCES_MAX = 20  # of one shard's rows: whoever reads these knows enough

Heard = Callable[["Shard", Step, Output], None]  # an entry, and what the fresh machine said


@dataclass
class Shard:
    """One shard's second life. `start` and `end` as in the bundle; `at` is how far it has come, with the chain it has made."""

    name: str
    start: Mark
    end: Mark
    replay: Replay
    at: Mark
    positions: dict[str, int]
    differences: list[str] = field(default_factory=list)

    def hear(self, kept: Kept, each: Heard | None) -> None:
        """Nothing after the first difference: everything would be one."""
        if self.differences:
            return
        place = f"{self.name} seq {kept.seq}"
        try:
            step = opened(entry_of(self.name, kept))
            output = self.replay.apply(step)
        except Undecodable as error:
            self.differences.append(f"{place}: cannot be decoded: {error}")
            return
        except Exception as death:  # whatever a machine dies of in a replay is what we are here to tell
            self.differences.append(f"{place}: the machine dies of {type(death).__name__}: {str(death)[:300]}")
            return
        if as_journaled(output, kept.output) != kept.output:
            self.differences.append(f"{place}: {difference(output, step.output)}")
            return
        # The same bytes (or the same masks of them) on a proven link: so the chain that we have made is the journaled one.
        self.at = Mark(kept.seq, kept.chain, kept.at)
        self.positions[kept.source] = max(kept.source_seq, self.positions.get(kept.source, 0))
        if each is not None:
            each(self, step, output)

    def compare(self, present: Mapping[str, list[Record]]) -> None:
        """With the rows that the database had at this place."""
        self.replay.drain()
        found: list[str] = []
        for table, kept in self.replay.kept.items():
            has = {table.key_of(row): row for row in present.get(table.name, ())}
            for key in either(has, kept):
                if has.get(key) != kept.get(key):
                    found.append(f"{table.name} {key}: the row was {has.get(key)}, replay gives {kept.get(key)}")
        self.differences += found[:DIFFERENCES_MAX]
        if len(found) > DIFFERENCES_MAX:
            self.differences.append(f"and {len(found) - DIFFERENCES_MAX} rows more")


@dataclass
class Replayed:
    """`stops`: where each shard was to stop (its end without a stop)."""

    header: Header
    seal: str
    stops: dict[str, int]
    shards: dict[str, Shard]
    compared: list[str] = field(default_factory=list)  # shards whose rows were compared with the database's

    @property
    def same(self) -> bool:
        return not any(shard.differences for shard in self.shards.values())

    def rows(self, table: str) -> list[Record]:
        """Of all shards, as they stand where the replay has stopped."""
        return [
            row
            for shard in self.shards.values()
            for of, kept in shard.replay.kept.items()
            if of.name == table
            for row in kept.values()
        ]


def replay(
    path: Path,
    stops: Mapping[str, int] | None = None,
    each: Heard | None = None,
    machines: Mapping[str, type[Any]] = MACHINES,
) -> Replayed:
    """Up to and with the seq that `stops` has for a shard. Raises OSError and BadBundle.

    A bundle's last word is its trailer, so what `each` was told is proven only when this returns.
    """
    reading: _Bundle | None = None
    for record, seal in read(path):
        if isinstance(record, Header):
            reading = _Bundle(record, dict(stops or {}), machines)
        assert reading is not None
        reading.take(record, each)
        reading.replayed.seal = seal
    assert reading is not None
    reading.close()
    return reading.replayed


class _Bundle:
    def __init__(self, header: Header, stops: dict[str, int], machines: Mapping[str, type[Any]]) -> None:
        self._header, self._machines = header, machines
        ends = {shard: min(stops.get(shard, end.seq), end.seq) for shard, end in header.ends.items()}
        self.replayed = Replayed(header, "", ends, {})
        self._present: dict[str, dict[str, list[Record]]] = {}
        self._section: Section | None = None
        self._opening: dict[str, list[Record]] = {}
        self._shard: Shard | None = None

    def take(self, record: Any, each: Heard | None) -> None:
        match record:
            case Present():
                rows = self._present.setdefault(record.shard, {}).setdefault(record.table, [])
                rows += self._records(record.shard, record.table, record.rows)
            case Section():
                self.close()
                self._section = record
                self._opening = dict(self._present.get(record.shard, {})) if record.rows < 0 else {}
            case Rows():
                assert self._section is not None
                rows = self._opening.setdefault(record.table, [])
                rows += self._records(self._section.shard, record.table, record.rows)
            case Kept():
                shard = self._begun()
                if record.seq <= self.replayed.stops[shard.name]:
                    shard.hear(record, each)

    def _records(self, shard: str, table: str, rows: tuple[Any, ...]) -> list[Record]:
        tables: dict[str, Table] = {table.name: table for table in self._machines[service_of(shard)].tables}
        return records_of(tables[table], self._header.columns[table], rows)

    def _begun(self) -> Shard:
        assert self._section is not None
        if self._shard is None:
            name, header = self._section.shard, self._header
            machine = Replay(name, self._machines[service_of(name)], header.topology, self._opening, live=True)
            start = header.starts[name]
            self._shard = Shard(name, start, header.ends[name], machine, start, dict(self._section.positions))
            self.replayed.shards[name] = self._shard
            self._opening = {}
        return self._shard

    def close(self) -> None:
        """The section that is being read is over, if there is one."""
        if self._section is None:
            return
        shard = self._begun()
        shard.replay.drain()
        if self._header.reaches_head(shard.name) and shard.at == shard.end and not shard.differences:
            shard.compare(self._present.get(shard.name, {}))
            self.replayed.compared.append(shard.name)
        self._section = self._shard = None


def told(replayed: Replayed) -> Iterator[str]:
    """A line for each shard, and what is different below it."""
    for shard in replayed.shards.values():
        entries = f"{shard.name}: {shard.at.seq - shard.start.seq} entries, seq {shard.at.seq}, chain {shard.at.chain.hex()}"
        rows = ", and the database's rows" if shard.name in replayed.compared else ""
        yield f"{entries}: {'different' if shard.differences else 'the same' + rows}"
        for what in shard.differences:
            yield f"  {what}"
