"""The rows a machine has written, as a store keeps them, and a way to go on from them with a fresh machine."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import astuple

from tradewind.messages.events import Entry, Event
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At

_MEETS: dict[str, Callable[[Any, Any], bool]] = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "=": lambda a, b: a == b}


class Kept:
    def __init__(self) -> None:
        self.rows: dict[Table, dict[Any, Any]] = {}

    def write(self, changes: Iterable[Change]) -> None:
        for change in changes:
            rows = self.rows.setdefault(change.table, {})
            for record in change.put:
                key = change.table.key_of(record)
                assert all(abs(value) < 2**63 for value in astuple(record) if isinstance(value, int)), record
                assert not (change.table.append and key in rows), key
                rows[key] = record
            for key in change.removed:
                rows.pop(key, None)

    def of(self, table: Table) -> list[Any]:
        """In the order of their keys, as a database would give them."""
        return [record for _, record in sorted(self.rows.get(table, {}).items())]

    def loadable(self, kind: Any) -> dict[Table, list[Any]]:
        """What the runtime gives to `load`: no append tables, and of others what `load_where` asks for."""
        return {table: self._asked(kind, table) for table in kind.tables if not table.append}

    def _asked(self, kind: Any, table: Table) -> list[Any]:
        wheres = getattr(kind, "load_where", {}).get(table, ())
        return [row for row in self.of(table) if all(_MEETS[op](getattr(row, column), value) for column, op, value in wheres)]


class Run:
    """A machine with its store. `reload` drops the memory, as a crash does."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.kept, self.seq = kind, Kept(), 0
        self.said: list[Event] = []
        self.reload()

    def reload(self) -> None:
        self.machine = self.kind(0, Topology())
        self.machine.load(self.kept.loadable(self.kind))

    def hear(self, entry: Entry) -> list[Event]:
        self.seq += 1
        events: list[Event] = self.machine.apply(entry, At(self.seq, entry.at)).events
        self.kept.write(self.machine.changes())
        self.said += events
        return events


def run(kind: Any, tape: list[Entry], reload_at: frozenset[int] = frozenset()) -> Run:
    """The whole tape, with a crash after each commit whose number stands in `reload_at`."""
    made = Run(kind)
    for number, entry in enumerate(tape):
        made.hear(entry)
        if number in reload_at:
            made.reload()
    return made
