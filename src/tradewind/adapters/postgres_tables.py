"""SQL made of a declared table: what its commits and queries say, and how its records travel both ways."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any, get_type_hints

from msgspec.structs import astuple

from tradewind.adapters.postgres_arrays import ARRAYS, Packer
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Query, Record, Table

JOURNAL = Table("journal", JournalEntry, key=("shard", "seq"), append=True, units={"at": "ns"})

_SQL_TYPES = {int: "bigint", str: "text", bytes: "bytea", bool: "boolean"}


def column_types(table: Table) -> dict[str, str]:
    """SQL type of each column, in order."""
    hints = get_type_hints(table.record)
    return {name: "smallint" if issubclass(hints[name], IntEnum) else _SQL_TYPES[hints[name]] for name in table.columns}


@dataclass(frozen=True, slots=True)
class Statement:
    """A prepared statement whose parameters are arrays, one per column."""

    name: bytes
    sql: bytes
    types: tuple[str, ...]
    oids: list[int] = field(init=False)
    _packers: tuple[Packer, ...] = field(init=False)

    def __post_init__(self) -> None:
        arrays = [ARRAYS[sql_type] for sql_type in self.types]
        object.__setattr__(self, "oids", [oid for oid, _ in arrays])
        object.__setattr__(self, "_packers", tuple(pack for _, pack in arrays))

    def pack(self, rows: Iterable[Sequence[Any]]) -> list[bytes]:
        """Parameters in binary form. Raises struct.error for integers that the column cannot hold."""
        return [pack(column) for pack, column in zip(self._packers, zip(*rows, strict=True), strict=True)]


def _columns(names: Iterable[str]) -> str:
    """Quoted, because some of the field's words (left) are SQL's too."""
    return ", ".join(f'"{name}"' for name in names)


def _unnest(types: Iterable[str]) -> str:
    return "unnest(" + ", ".join(f"${place}::{sql_type}[]" for place, sql_type in enumerate(types, 1)) + ")"


def _conflict(table: Table) -> str:
    if table.append:
        return ""
    rest = [name for name in table.columns if name not in table.key]
    action = "UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in rest) if rest else "NOTHING"
    return f" ON CONFLICT ({_columns(table.key)}) DO {action}"


@lru_cache(maxsize=256)
def put_statement(table: Table) -> Statement:
    types = tuple(column_types(table).values())
    sql = f"INSERT INTO {table.name} ({_columns(table.columns)}) SELECT * FROM {_unnest(types)}{_conflict(table)}"
    return Statement(f"put_{table.name}".encode(), sql.encode(), types)


@lru_cache(maxsize=256)
def remove_statement(table: Table) -> Statement:
    all_types = column_types(table)
    types = tuple(all_types[name] for name in table.key)
    same = " AND ".join(f'{table.name}."{name}" = gone."{name}"' for name in table.key)
    sql = f"DELETE FROM {table.name} USING {_unnest(types)} AS gone ({_columns(table.key)}) WHERE {same}"
    return Statement(f"remove_{table.name}".encode(), sql.encode(), types)


def put_rows(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    return [astuple(record) for record in records]


@lru_cache(maxsize=256)
def record_maker(table: Table) -> Callable[[Sequence[Any]], Record]:
    """Makes a record of a row's values; columns of an enumeration come back as its members."""
    hints = get_type_hints(table.record)
    enums = [(place, hints[name]) for place, name in enumerate(table.columns) if issubclass(hints[name], IntEnum)]
    record = table.record
    if not enums:
        return lambda values: record(*values)
    members = [(place, {int(member): member for member in enum}) for place, enum in enums]

    def make(values: Sequence[Any]) -> Record:
        row = list(values)
        for place, by_value in members:
            row[place] = by_value[row[place]]
        return record(*row)

    return make


def select(query: Query) -> tuple[str, tuple[Any, ...]]:
    """The statement and its parameters. Rows that are equal in `order` come in the order of the key."""
    table = query.table
    types = column_types(table)
    conditions: list[str] = []
    parameters: list[Any] = []
    for name, op, value in query.where:
        sql_type = types[name]
        if op == "in":
            conditions.append(f'"{name}" = ANY(%s::{sql_type}[])')
            parameters.append([_plain(each) for each in value])
        else:
            assert op in ("=", ">", ">=", "<", "<="), op
            conditions.append(f'"{name}" {op} %s::{sql_type}')
            parameters.append(_plain(value))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    direction = " DESC" if query.descending else ""
    order = ", ".join(f'"{name}"{direction}' for name in dict.fromkeys((*query.order, *table.key)))
    limit = "" if query.limit is None else " LIMIT %s::bigint"
    if query.limit is not None:
        parameters.append(query.limit)
    return f"SELECT {_columns(table.columns)} FROM {table.name}{where} ORDER BY {order}{limit}", tuple(parameters)


def _plain(value: Any) -> Any:
    """psycopg would send an enumeration by its name."""
    return int(value) if isinstance(value, IntEnum) else value
