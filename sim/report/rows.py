"""Tables and their records as a timeline keeps them: plain values in the order of the columns."""

from collections.abc import Sequence
from enum import Enum

from sim.report.timeline import Columns, Plain, Row, RowChange
from tradewind.ports.tables import Change, Record, Table


def columns_of(table: Table) -> Columns:
    return Columns(table.columns, table.key)


def plain(value: object) -> Plain:
    """Enums by name, bytes in hex; the rest is plain already."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    assert isinstance(value, (int, str)), value
    return value


def row_of(table: Table, record: Record) -> Row:
    return tuple(plain(getattr(record, name)) for name in table.columns)


def change_of(at_ns: int, table: Table, put: Sequence[Record], removed: Sequence[tuple[object, ...]] = ()) -> RowChange:
    rows = tuple(row_of(table, record) for record in put)
    return RowChange(at_ns, table.name, rows, tuple(tuple(map(plain, key)) for key in removed))


def changes_of(at_ns: int, changes: Sequence[Change]) -> list[RowChange]:
    """Those of one commit."""
    return [change_of(at_ns, change.table, change.put, change.removed) for change in changes]
