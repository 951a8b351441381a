"""0016 makes every candle and every aggregate again from the trades that stood before it: just as the machine would have."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.services.marketdata.test_candles import SYMBOL, TAPES, Tape, played
from tradewind.adapters.migrate import migrate, migrations_directory
from tradewind.services.marketdata.tables import BOOK_CHANNELS, CANDLES, OPEN_CANDLES, PUBLIC_TRADES, Candle

CANDLES_FILE = "0016_candles.sql"


@pytest.fixture
def before(database: str, tmp_path: Path) -> Iterator[str]:
    """A database as it was before 0016."""
    old = tmp_path / "migrations"
    old.mkdir()
    for path in migrations_directory().glob("*.sql"):
        if path.name < CANDLES_FILE:
            (old / path.name).write_text(path.read_text())
    name = f"{conninfo_to_dict(database)['dbname']}_before"
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        dsn = make_conninfo(database, dbname=name)
        migrate(dsn, old)
        yield dsn
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TAPES)
def test_what_stood_is_carried_over_exactly(before: str, tape: Tape) -> None:
    # One taker, one side and one price in each entry, and no two entries at one instant: all that the old rows can tell.
    plain = [
        (gap + 1, [(trades[0][0] * 100, quantity, trades[0][2], 1) for _, quantity, _, _ in trades]) for gap, trades in tape
    ]
    kept = played(plain)[0].kept
    with psycopg.connect(before) as connection:
        for row in kept.of(PUBLIC_TRADES):
            values = (row.symbol, row.trade_id, row.price, row.quantity, int(row.taker_side), row.at)
            connection.execute("INSERT INTO public_trades VALUES (%s, %s, %s, %s, %s, %s)", values)
        [channel] = kept.of(BOOK_CHANNELS)
        old = (channel.symbol, channel.base_precision, channel.book_seq, channel.last_trade, channel.last_price, 0)
        connection.execute("INSERT INTO book_channels VALUES (%s, %s, %s, %s, %s, %s)", old)
        connection.execute((migrations_directory() / CANDLES_FILE).read_text())
        columns = ", ".join(Candle.__struct_fields__)
        for table in (CANDLES, OPEN_CANDLES):
            found = connection.execute(f"SELECT {columns} FROM {table.name} ORDER BY {', '.join(table.key)}").fetchall()
            assert [Candle(*row) for row in found] == kept.of(table)
        numbered = connection.execute("SELECT trade_id, agg_id FROM public_trades ORDER BY trade_id").fetchall()
        assert numbered == [(row.trade_id, row.agg_id) for row in kept.of(PUBLIC_TRADES)]
        last = connection.execute("SELECT last_agg FROM book_channels WHERE symbol = %s", (SYMBOL,)).fetchone()
        assert last == (channel.last_agg,)
        connection.rollback()
