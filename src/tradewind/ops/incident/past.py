"""Rows as of an instant that is over: tables hold only the present, so they are made again by replaying the journal."""

from pathlib import Path

from tradewind.audit.books import Machine, opened
from tradewind.audit.replay import Replay, as_journaled, difference
from tradewind.messages.topology import Topology
from tradewind.ops.incident.file import read
from tradewind.ops.incident.records import Header, Kept, Mark, Present, Rows, Section, records_of
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Record


class BadPast(Exception):
    """The journal does not lead to these rows; the message names the entry and says why."""


class Past:
    """One shard on its way from its first entry, or from a base, to the start of the window. All of it is masked."""

    def __init__(self, shard: str, make: type[Machine], topology: Topology) -> None:
        self.shard = shard
        self.at = Mark()
        self.positions: dict[str, int] = {}
        self._make, self._topology = make, topology
        self._opening: dict[str, list[Record]] = {}
        self._replay: Replay | None = None

    @property
    def replay(self) -> Replay:
        if self._replay is None:
            self._replay = Replay(self.shard, self._make, self._topology, self._opening, live=True)
            self._opening = {}
        return self._replay

    def take_base(self, base: Path, header: Header, until: Mark) -> None:
        """Up to the base's end, or as far as `until`. Raises OSError, BadBundle and BadPast."""
        self.at = header.starts[self.shard]
        tables = {table.name: table for table in self._make.tables}
        present: dict[str, list[Record]] = {}
        mine = False
        for record, _ in read(base):
            match record:
                case Present() if record.shard == self.shard and record.table in tables:
                    rows = records_of(tables[record.table], header.columns[record.table], record.rows)
                    present.setdefault(record.table, []).extend(rows)
                case Section():
                    mine = record.shard == self.shard
                    if mine:
                        self.positions = dict(record.positions)
                        self._opening = present if record.rows < 0 else {}
                case Rows() if mine and record.table in tables:
                    rows = records_of(tables[record.table], header.columns[record.table], record.rows)
                    self._opening.setdefault(record.table, []).extend(rows)
                case Kept() if mine and record.seq <= until.seq:
                    self.hear(record)

    def hear(self, entry: Kept) -> None:
        """Raises BadPast."""
        place = f"{self.shard} seq {entry.seq}"
        if entry.seq != self.at.seq + 1 or not entry.follows(self.at.chain):
            raise BadPast(f"{place}: the chain breaks here: these are not the committed bytes")
        step = opened(entry_of(self.shard, entry))
        try:
            output = self.replay.apply(step)
        except Exception as death:  # whatever the machine dies of, rows cannot be made past it
            raise _unlike(place, f"the machine dies of {type(death).__name__}: {death}") from death
        if as_journaled(output, entry.output) != entry.output:
            raise _unlike(place, difference(output, step.output))
        self.at = Mark(entry.seq, entry.chain, entry.at)
        self.positions[entry.source] = max(entry.source_seq, self.positions.get(entry.source, 0))

    def arrived(self, start: Mark) -> None:
        """The rows are those of `start`. Raises BadPast when this is another place."""
        if self.at != start:
            raise BadPast(f"{self.shard}: the base ends in another history: at seq {self.at.seq}, not {start.seq}")
        self.replay.drain()


def entry_of(shard: str, kept: Kept) -> JournalEntry:
    where = kept.seq, kept.epoch, kept.at, kept.source, kept.source_seq
    return JournalEntry(shard, *where, kept.input, kept.output, kept.chain)


def _unlike(place: str, why: str) -> BadPast:
    return BadPast(
        f"{place}: this version does not do what was done then, so it cannot make the rows; use a later --base: {why}"
    )
