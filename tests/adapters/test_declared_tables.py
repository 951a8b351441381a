"""What the services declare and what the migrations make are the same tables."""

import importlib
from pathlib import Path

import psycopg
import pytest

from tradewind import services
from tradewind.adapters.postgres_tables import JOURNAL, column_types
from tradewind.ports import store
from tradewind.ports.tables import Table

NOT_DECLARED = {"shards", "schema_migrations"}  # the adapter's own

COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, coalesce(c.collname, '')
    FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
INDEXES = """
    SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = %s::regclass GROUP BY i.indexrelid, i.indisprimary"""


def declared() -> dict[str, Table]:
    names = sorted(path.parent.name for root in services.__path__ for path in Path(root).glob("*/tables.py"))
    modules = [store, *(importlib.import_module(f"{services.__name__}.{name}.tables") for name in names)]
    tables = {thing for module in modules for thing in vars(module).values() if isinstance(thing, Table)} - {store.SHARDS}
    by_name = {table.name: table for table in (*tables, JOURNAL)}
    assert len(by_name) == len(tables) + 1, "two tables with one name"
    return by_name


@pytest.mark.parametrize("name", sorted(declared()))
def test_the_database_has_the_table_as_it_is_declared(database: str, name: str) -> None:
    table = declared()[name]
    with psycopg.connect(database) as connection:
        columns = connection.execute(COLUMNS, (name,)).fetchall()
        keys = connection.execute(INDEXES, (name,)).fetchall()
    expected = [(column, kind, True, "C" if kind == "text" else "") for column, kind in column_types(table).items()]
    assert columns == expected
    assert sorted(tuple(group) for primary, group in keys if primary) == [table.key]
    assert sorted(tuple(group) for primary, group in keys if not primary) == sorted(table.indexes)


def test_the_database_has_no_other_table(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {name for (name,) in rows} == declared().keys() | NOT_DECLARED


def test_heads_may_be_read_beside_other_tables(database: str) -> None:
    with psycopg.connect(database) as connection:
        columns = {name: kind for name, kind, _, _ in connection.execute(COLUMNS, ("shards",)).fetchall()}
    assert {name: columns[name] for name in store.SHARDS.columns} == column_types(store.SHARDS)


def test_the_walk_finds_every_service() -> None:
    assert {"balances", "holds", "resting_orders", "orders", "depth_levels", "accounts", "symbols"} <= declared().keys()
