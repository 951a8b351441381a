"""A declared table held in memory by its one writer, which remembers what the next commit must write."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from tradewind.ports.tables import Change, Key, Table


class Rows:
    """Records of one table by key. Records are immutable: a new state is put in place of the old one.

    A table with one key column is indexed by the bare value, others by the tuple of their values. The leading `shard` column
    of a divided table is left out of the index: a machine sees only its own.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._index: Callable[[Any], Any] = attrgetter(*[name for name in table.key if name != "shard"])
        self._rows: dict[Any, Any] = {}
        self._dirty: dict[Any, Any] = {}
        self._removed: dict[Any, Key] = {}

    def load(self, records: Iterable[Any]) -> None:
        assert not self._rows, self.table.name
        self._rows = {self._index(record): record for record in records}

    def get(self, key: Any) -> Any:
        return self._rows.get(key)

    def __getitem__(self, key: Any) -> Any:
        return self._rows[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        """Records, in the order in which they came."""
        return iter(self._rows.values())

    def put(self, record: Any) -> None:
        key = self._index(record)
        self._rows[key] = record
        self._dirty[key] = record
        self._removed.pop(key, None)

    def remove(self, key: Any) -> None:
        record = self._rows.pop(key)
        self._dirty.pop(key, None)
        self._removed[key] = self.table.key_of(record)

    def forget(self, key: Any) -> None:
        """Leave memory, stay in the store: what was put is still written, the record is no longer found here."""
        del self._rows[key]

    def drain(self) -> Change | None:
        """What changed since the last drain; None when nothing did."""
        if not self._dirty and not self._removed:
            return None
        change = Change(self.table, list(self._dirty.values()), list(self._removed.values()))
        self._dirty, self._removed = {}, {}
        return change


class Added:
    """An append-only table: its writer never reads it back."""

    def __init__(self, table: Table) -> None:
        assert table.append, table.name
        self.table = table
        self._new: list[Any] = []

    def add(self, record: Any) -> None:
        self._new.append(record)

    def drain(self) -> Change | None:
        if not self._new:
            return None
        change = Change(self.table, self._new)
        self._new = []
        return change


def drain_all(*tables: Rows | Added) -> list[Change]:
    return [change for table in tables if (change := table.drain()) is not None]
