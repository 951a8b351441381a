"""Forgotten is not removed: the row is written and stays, only memory lets it go."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.runtime.rows import Rows


class Thing(msgspec.Struct, frozen=True):
    name: str
    count: int


THINGS = Table("things", Thing, key=("name",))


def test_what_was_put_is_still_written() -> None:
    rows = Rows(THINGS)
    rows.put(Thing("a", 1))
    rows.forget("a")
    assert "a" not in rows and len(rows) == 0
    change = rows.drain()
    assert change is not None and change.put == [Thing("a", 1)] and change.removed == []
    assert rows.drain() is None


def test_a_loaded_row_is_forgotten_without_a_trace() -> None:
    rows = Rows(THINGS)
    rows.load([Thing("a", 1), Thing("b", 2)])
    rows.forget("a")
    assert list(rows) == [Thing("b", 2)] and rows.drain() is None


def test_a_forgotten_key_may_come_back() -> None:
    rows = Rows(THINGS)
    rows.put(Thing("a", 1))
    rows.forget("a")
    rows.put(Thing("a", 2))
    change = rows.drain()
    assert change is not None and change.put == [Thing("a", 2)] and "a" in rows
