"""History out of the store, over years of trades: every interval, every window, against the trades themselves."""

from collections.abc import Sequence
from typing import Any

import trio
from hypothesis import given
from hypothesis import strategies as st

from sim.models.database import Database
from tests.services.marketdata.test_candles import SYMBOL, TAPES, Tape, naive_candle, naive_start, numbers, played
from tradewind.messages import events as ev
from tradewind.ports.tables import Query, Record
from tradewind.services.gateway import market_reads
from tradewind.services.gateway.market_reads import UNTIL_NOW, Span, span
from tradewind.services.marketdata.rules import SECOND_NS
from tradewind.values.intervals import INTERVALS

MS = 10**6


class Rows:
    """A store of what the machine has written, for reading; between two reads trades may go on."""

    def __init__(self, tape: Tape, later: Tape) -> None:
        self.market, self.trades = played([*tape, *later], frozenset())
        self._early, _ = played(tape)
        self._database = Database(lambda: 0)
        self._database.tables = self._early.kept.rows
        self.first = [trade for trade in self.trades if trade.trade_id <= sum(len(entry) for _, entry in tape)]
        self.now = self.first[-1].at

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        found = self._database.read(queries)
        self._database.tables = self.market.kept.rows
        return found


def _scaled(tape: Tape) -> Tape:
    return [(gap, [(price * 100, *rest) for price, *rest in trades]) for gap, trades in tape]  # type: ignore[misc]


def _naive(trades: list[ev.PublicTrade], wanted: Span) -> list[tuple[int, tuple[int, ...]]]:
    made, at = [], wanted.first_s
    while at <= wanted.last_s:
        inside = [one for one in trades if int(naive_start(wanted.interval.name, one.at // SECOND_NS).timestamp()) == at]
        before = [one for one in trades if one.at // SECOND_NS < at]
        if inside:
            made.append((at, naive_candle(inside)))
        elif before:
            price, newest = before[-1].price, before[-1].trade_id
            made.append((at, (price, price, price, price, 0, 0, 0, 0, newest + 1, newest)))
        at = wanted.interval.end(at)
    return made


@given(TAPES, st.sampled_from(sorted(INTERVALS)), st.integers(1, 40), st.integers(0, 60 * 86_400), st.booleans())
def test_a_window_of_candles_is_the_trades_in_it(tape: Tape, name: str, limit: int, back_s: int, forwards: bool) -> None:
    rows = Rows(_scaled(tape), [])
    until = rows.now // MS - back_s * 1_000
    wanted = span(INTERVALS[name], rows.now, until if forwards else 0, UNTIL_NOW if forwards else until, limit)
    got = trio.run(market_reads.candles, rows, SYMBOL, wanted)
    assert [(one.opened_s, numbers(one)) for one in got] == _naive(rows.first, wanted)
    assert len(got) <= limit


@given(TAPES, TAPES, st.sampled_from(sorted(INTERVALS)))
def test_trades_that_come_while_it_reads_leave_no_hole(tape: Tape, later: Tape, name: str) -> None:
    """Each candle is as it was at some instant between the two reads."""
    rows = Rows(_scaled(tape), _scaled(later))
    wanted = span(INTERVALS[name], rows.now, 0, UNTIL_NOW, 20)
    got = trio.run(market_reads.candles, rows, SYMBOL, wanted)
    early, late = _naive(rows.first, wanted), _naive(rows.trades, wanted)
    assert [one.opened_s for one in got] == [at for at, _ in early]
    for one, before, after in zip(got, early, late, strict=True):
        assert one.first_trade in {before[1][-2], after[1][-2]}
        assert before[1][-1] <= one.last_trade <= after[1][-1]


@given(TAPES, st.integers(1, 30), st.integers(0, 10**5), st.integers(0, 10**5))
def test_aggregates_by_time(tape: Tape, limit: int, since_s: int, for_s: int) -> None:
    rows = Rows(_scaled(tape), [])
    since_ms = rows.now // MS - since_s * 1_000
    until_ms = since_ms + for_s * 1_000
    for until in (until_ms, UNTIL_NOW):
        got: list[Any] = trio.run(market_reads.trades_between, rows, SYMBOL, since_ms, until, limit)
        inside = [one for one in rows.first if since_ms * MS <= one.at and (until == UNTIL_NOW or one.at // MS <= until)]
        wanted = [one for one in inside if one.agg_id < inside[0].agg_id + limit]
        assert [row.trade_id for row in got] == [one.trade_id for one in wanted]
