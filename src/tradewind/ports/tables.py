"""Tables, declared once: record, key, units. The adapter makes SQL of them, a test compares them with migrations/."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

Record = Any  # a frozen msgspec struct whose fields are the table's columns, in order
Key = tuple[Any, ...]
Op = Literal["=", ">", ">=", "<", "<=", "in"]


@dataclass(frozen=True, eq=False)
class Table:
    """`append`: rows are only ever added (one whose key is there already is a bug). `units`: what a column counts, where
    its name does not say.

    Column types follow the record: int bigint, IntEnum smallint, str text, bytes bytea, bool boolean. No column is null.
    """

    name: str
    record: type[msgspec.Struct]
    key: tuple[str, ...]
    append: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        unknown = [name for group in (self.key, *self.indexes, tuple(self.units)) for name in group if name not in self.columns]
        assert not unknown, (self.name, unknown)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.record.__struct_fields__

    def key_of(self, record: Record) -> Key:
        return tuple(getattr(record, name) for name in self.key)


@dataclass(frozen=True, slots=True)
class Change:
    """New state of some rows of one table: `put` inserts or replaces by key, `removed` are keys. No key stands in both."""

    table: Table
    put: list[Record]
    removed: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Query:
    """Rows that meet all of `where`, ordered by `order` and then by key (both downwards if `descending`), at most `limit`."""

    table: Table
    where: tuple[tuple[str, Op, Any], ...] = ()
    order: tuple[str, ...] = ()
    descending: bool = False
    limit: int | None = None
