"""Trades and candles: every interval of every tape against a fold over the trades themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.kept import Run, run
from tests.services.toy import OPERATIONS, RULES, exchange, heard
from tradewind.messages import events as ev
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.services.marketdata.rules import SECOND_NS, folded
from tradewind.services.marketdata.tables import CANDLES, OPEN_CANDLES, PUBLIC_TRADES, Candle
from tradewind.values.intervals import INTERVALS, Width
from tradewind.values.orders import Side

SYMBOL = "BTCUSDT"
GAPS_S = st.one_of(st.integers(0, 3), st.integers(0, 7_200), st.integers(0, 40 * 86_400))
TRADE = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from(Side), st.integers(1, 3))
TAPES = st.lists(st.tuples(GAPS_S, st.lists(TRADE, min_size=1, max_size=4)), min_size=1, max_size=25)
Tape = list[tuple[int, list[tuple[int, int, Side, int]]]]


def played(tape: Tape, reload_at: frozenset[int] = frozenset()) -> tuple[Run, list[ev.PublicTrade]]:
    """Entries of trades, each (seconds after the one before, [(price, quantity, taker's side, taker)])."""
    market = Run(MarketDataMachine)
    market.hear(ev.Entry("admin/0", 1, 1, "inbox", 1, (ev.SymbolCreated(RULES[SYMBOL]),)))
    at_s, trade_id, orders = 1_790_000_000, 0, 0
    for number, (gap_s, trades) in enumerate(tape, 1):
        at_s += gap_s
        said: list[ev.Event] = []
        for price, quantity, side, taker in trades:
            trade_id += 1
            orders += 1
            said.append(ev.OrderRested(orders, 9, SYMBOL, side.other, price, quantity))
            said.append(ev.Traded(SYMBOL, trade_id, price, quantity, side, orders, 9, 0, -taker, 8, 5))
        market.hear(ev.Entry("matching/0", number, at_s * SECOND_NS, "inbox", number, tuple(said)))
        if number in reload_at:
            market.reload()
    return market, [event for event in market.said if isinstance(event, ev.PublicTrade)]


def naive_start(name: str, at_s: int) -> datetime:
    """By the calendar, as a person would say it."""
    at = datetime.fromtimestamp(at_s, UTC)
    day = at.replace(hour=0, minute=0, second=0)
    count, unit = int(name[:-1]), name[-1]
    match unit:
        case "s":
            return at
        case "m":
            return at.replace(second=0, minute=at.minute - at.minute % count)
        case "h":
            return day + timedelta(hours=at.hour - at.hour % count)
        case "w":
            return day - timedelta(days=day.weekday())
        case "M":
            return day.replace(day=1)
    return day - timedelta(days=(day - datetime(1970, 1, 1, tzinfo=UTC)).days % count)


def naive_candle(trades: list[ev.PublicTrade]) -> tuple[int, ...]:
    prices = [trade.price for trade in trades]
    bought = [trade for trade in trades if trade.taker_side is Side.BUY]
    return (
        prices[0], max(prices), min(prices), prices[-1],
        sum(trade.quantity for trade in trades), sum(trade.quantity * trade.price // 100 for trade in trades),
        sum(trade.quantity for trade in bought), sum(trade.quantity * trade.price // 100 for trade in bought),
        trades[0].trade_id, trades[-1].trade_id,
    )  # fmt: skip


def numbers(candle: Candle) -> tuple[int, ...]:
    return (
        candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume,
        candle.taker_volume, candle.taker_quote, candle.first_trade, candle.last_trade,
    )  # fmt: skip


@given(TAPES, st.frozensets(st.integers(1, 25)))
def test_every_interval_is_the_fold_over_its_trades(tape: Tape, crashes: frozenset[int]) -> None:
    tape = [(gap, [(price * 100, quantity, side, taker) for price, quantity, side, taker in trades]) for gap, trades in tape]
    market, trades = played(tape, crashes)
    kept = [*market.kept.of(CANDLES), *market.kept.of(OPEN_CANDLES)]
    for name, interval in INTERVALS.items():
        expected: dict[int, list[ev.PublicTrade]] = {}
        for trade in trades:
            start = naive_start(name, trade.at // SECOND_NS)
            expected.setdefault(int(start.timestamp()), []).append(trade)
        base = sorted((one for one in kept if one.width_s == interval.base), key=lambda one: one.opened_s)
        got = {one.opened_s: numbers(one) for one in folded(base, interval)}
        assert got == {start: naive_candle(those) for start, those in expected.items()}, name


@given(st.sampled_from(sorted(INTERVALS)), st.integers(0, 4_000_000_000), st.integers(-60, 60))
def test_intervals_follow_each_other_without_gaps(name: str, at_s: int, steps: int) -> None:
    interval = INTERVALS[name]
    start = interval.start(at_s)
    assert start == int(naive_start(name, at_s).timestamp())
    assert start <= at_s < interval.end(start) and interval.start(interval.end(start)) == interval.end(start)
    there = interval.shifted(start, steps)
    if there > 0:
        assert interval.start(there) == there and interval.shifted(there, -steps) == start
    assert start % interval.base == 0, "made of whole base candles"


@given(TAPES)
def test_only_the_newest_candle_of_each_width_is_open(tape: Tape) -> None:
    market, _ = played([(gap, [(100, 1, Side.BUY, 1) for _ in trades]) for gap, trades in tape])
    for width in Width:
        [newest] = [one for one in market.kept.of(OPEN_CANDLES) if one.width_s == width]
        assert all(one.opened_s < newest.opened_s for one in market.kept.of(CANDLES) if one.width_s == width)


@given(TAPES, st.frozensets(st.integers(1, 25)))
def test_one_taker_at_one_price_in_one_entry_is_one_aggregate(tape: Tape, crashes: frozenset[int]) -> None:
    tape = [(gap, [(price * 100, quantity, side, taker) for price, quantity, side, taker in trades]) for gap, trades in tape]
    market, trades = played(tape, crashes)
    expected, number, before = [], 0, None
    for place, (_, entry) in enumerate(tape):
        for price, _, _, taker in entry:
            number += before != (place, price, taker)
            before = place, price, taker
            expected.append(number)
    assert [trade.agg_id for trade in trades] == expected
    assert [(row.trade_id, row.agg_id, row.at) for row in market.kept.of(PUBLIC_TRADES)] == [
        (trade.trade_id, trade.agg_id, trade.at) for trade in trades
    ]


@given(OPERATIONS)
def test_every_trade_is_said_and_kept(operations: list[tuple[Any, ...]]) -> None:
    tape = heard(exchange(operations).tape, MarketDataMachine.hears)
    market = run(MarketDataMachine, tape)
    trades = [(event, entry.at) for entry in tape for event in entry.events if isinstance(event, ev.Traded)]
    said = [event for event in market.said if isinstance(event, ev.PublicTrade)]
    assert [(s.symbol, s.trade_id, s.price, s.quantity, s.taker_side, s.at) for s in said] == [
        (t.symbol, t.trade_id, t.price, t.quantity, t.taker_side, at) for t, at in trades
    ]
    assert sorted((s.symbol, s.trade_id) for s in said) == [(r.symbol, r.trade_id) for r in market.kept.of(PUBLIC_TRADES)]


@pytest.mark.parametrize(
    ("name", "at", "start"),
    [
        ("1w", "2026-11-29T23:59:59", "2026-11-23"),  # a Sunday
        ("1w", "2026-11-30T00:00:00", "2026-11-30"),
        ("1M", "2028-02-29T12:00:00", "2028-02-01"),
        ("3d", "2026-11-24T00:00:00", "2026-11-24"),
    ],
)
def test_weeks_begin_on_monday_and_months_with_the_calendar(name: str, at: str, start: str) -> None:
    def seconds(text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())

    assert INTERVALS[name].start(seconds(at)) == seconds(start)
