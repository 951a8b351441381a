"""Depth, trades and candles against tapes of a toy exchange."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.kept import Run, run
from tests.services.toy import OPERATIONS, SYMBOLS, ToyExchange, exchange, heard
from tradewind.messages import events as ev
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.services.marketdata.rules import PriceLevel
from tradewind.services.marketdata.tables import BOOK_CHANNELS, LEVELS, Level
from tradewind.values.orders import MarketState, OrderStatus, Side, TimeInForce

GTC = TimeInForce.GTC
B, S = Side.BUY, Side.SELL


def naive_levels(toy: ToyExchange) -> list[Level]:
    """The book itself, added up."""
    quantity: Counter[tuple[str, Side, int]] = Counter()
    orders: Counter[tuple[str, Side, int]] = Counter()
    for symbol, book in toy.books.items():
        for rest in book:
            quantity[symbol, rest.order.side, rest.order.price] += rest.left
            orders[symbol, rest.order.side, rest.order.price] += 1
    return [Level(*key, quantity[key], orders[key]) for key in sorted(quantity)]


@given(OPERATIONS)
def test_levels_are_the_projection_of_the_book_after_every_operation(operations: list[tuple[Any, ...]]) -> None:
    toy, market, done = ToyExchange(), Run(MarketDataMachine), 0
    for operation in operations:
        toy.run(operation)
        for entry in heard(toy.tape[done:], MarketDataMachine.hears):
            market.hear(entry)
        done = len(toy.tape)
        assert market.kept.of(LEVELS) == naive_levels(toy)


@given(OPERATIONS)
def test_a_client_that_adds_up_the_deltas_has_the_book(operations: list[tuple[Any, ...]]) -> None:
    toy = exchange(operations)
    market = Run(MarketDataMachine)
    books: dict[tuple[str, Side], dict[int, PriceLevel]] = {(name, side): {} for name in SYMBOLS for side in Side}
    seqs = dict.fromkeys(SYMBOLS, 0)
    for entry in heard(toy.tape, MarketDataMachine.hears):
        deltas = [said for said in market.hear(entry) if isinstance(said, ev.BookDelta)]
        assert len({delta.symbol for delta in deltas}) == len(deltas)
        for delta in deltas:
            seqs[delta.symbol] += 1
            assert delta.seq == seqs[delta.symbol]
            assert delta.bids or delta.asks
            for side, levels in ((B, delta.bids), (S, delta.asks)):
                book = books[delta.symbol, side]
                for level in levels:
                    assert book.get(level[0], (level[0], 0, 0)) != level, "says only what changed"
                    book[level[0]] = level
                    if not level[1]:
                        del book[level[0]]
    seen = [Level(name, side, *level) for (name, side), book in books.items() for level in book.values()]
    assert sorted(seen, key=LEVELS.key_of) == market.kept.of(LEVELS)
    assert {row.symbol: row.book_seq for row in market.kept.of(BOOK_CHANNELS)} == seqs


@given(OPERATIONS, st.frozensets(st.integers(0, 80)))
def test_a_reload_changes_nothing(operations: list[tuple[Any, ...]], crashes: frozenset[int]) -> None:
    tape = heard(exchange(operations).tape, MarketDataMachine.hears)
    calm, crashed = run(MarketDataMachine, tape), run(MarketDataMachine, tape, crashes)
    assert crashed.said == calm.said
    assert crashed.kept.rows == calm.kept.rows


def test_a_delta_tells_levels_as_they_are_now() -> None:
    toy = exchange(
        [
            ("place", 1, "BTCUSDT", S, 10, 5, GTC, False),
            ("place", 2, "BTCUSDT", S, 10, 1, GTC, False),
            ("amend", "BTCUSDT", 0, 2),
            ("place", 3, "BTCUSDT", B, 11, 5, GTC, False),
            ("cancel", "BTCUSDT", 0, OrderStatus.CANCELED),
            ("state", "BTCUSDT", MarketState.HALT),
        ]
    )
    market = run(MarketDataMachine, heard(toy.tape, MarketDataMachine.hears))
    deltas = [(said.seq, said.bids, said.asks) for said in market.said if isinstance(said, ev.BookDelta)]
    assert deltas == [
        (1, (), ((1000, 5, 1),)),
        (2, (), ((1000, 6, 2),)),
        (3, (), ((1000, 4, 2),)),
        (4, ((1100, 1, 1),), ((1000, 0, 0),)),
        (5, ((1100, 0, 0),), ()),
    ]
    channel = market.kept.of(BOOK_CHANNELS)[0]
    assert (channel.book_seq, channel.last_trade, channel.last_price) == (5, 2, 1000)
    assert channel.state is MarketState.HALT
    assert market.said[-1] == ev.MarketStateChanged("BTCUSDT", MarketState.HALT, "asked"), "everybody may know"


@pytest.mark.parametrize(
    "lie",
    [
        ev.OrderEnded(1, 1, "BTCUSDT", OrderStatus.CANCELED, "", S, 1000, 5, True),  # nothing stands there
        ev.OrderReduced(1, 1, "BTCUSDT", S, 1000, 4, 4, 1),
        ev.Traded("BTCUSDT", 1, 1000, 1, B, 1, 1, 0, 2, 2, 0),
        ev.OrderRested(1, 1, "BTCUSDT", S, 1000, 0),
        ev.OrderRested(1, 1, "NOSUCH", S, 1000, 1),
        ev.MarketStateChanged("NOSUCH", MarketState.HALT, ""),
        ev.CancelRequested(1, 1, "BTCUSDT"),  # not its business
    ],
)
def test_a_contradiction_kills_the_machine(lie: ev.Event) -> None:
    market = run(MarketDataMachine, heard(ToyExchange().tape, MarketDataMachine.hears))
    with pytest.raises(AssertionError):
        market.hear(ev.Entry("matching/0", 1, 10**15, "inbox", 1, (lie,)))


def test_a_skipped_trade_kills_the_machine() -> None:
    market = run(MarketDataMachine, heard(ToyExchange().tape, MarketDataMachine.hears))
    market.hear(ev.Entry("matching/0", 1, 10**15, "inbox", 1, (ev.OrderRested(1, 1, "BTCUSDT", S, 1000, 5),)))
    with pytest.raises(AssertionError):
        trade = ev.Traded("BTCUSDT", 2, 1000, 1, B, 1, 1, 4, 2, 2, 0)
        market.hear(ev.Entry("matching/0", 2, 10**15, "inbox", 2, (trade,)))


def test_a_level_that_came_and_went_within_an_entry_is_no_change() -> None:
    market = run(MarketDataMachine, heard(ToyExchange().tape, MarketDataMachine.hears))
    came = ev.OrderRested(1, 1, "BTCUSDT", S, 1000, 5)
    went = ev.OrderEnded(1, 1, "BTCUSDT", OrderStatus.CANCELED, "", S, 1000, 5, True)
    assert market.hear(ev.Entry("matching/0", 1, 10**15, "inbox", 1, (came, went))) == []
    assert market.kept.of(LEVELS) == []
