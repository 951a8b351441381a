"""Rows, ids, shards: what a drawing does not show."""

import gc

import msgspec
import pytest

from tests.services.matching.feeding import INDEX, SYMBOL, TOPOLOGY, Feeding
from tradewind.messages.events import (
    CancelRequested,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderRested,
    Traded,
)
from tradewind.services.matching.book import Book, Resting
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.tables import MARKETS, RESTING, Market
from tradewind.values.entries import ENTRY_LIMITS
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

GTC, LIMIT, NONE = TimeInForce.GTC, OrderType.LIMIT, SelfTrade.NONE
FOREIGN = next(name for name in ("ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "DOTUSDT") if TOPOLOGY.matching_of(name) != INDEX)


def order(order_id: int, side: Side, price: int, quantity: int, symbol: str = SYMBOL) -> OrderAccepted:
    return OrderAccepted(order_id, order_id, symbol, "", side, LIMIT, GTC, NONE, price, quantity)


def test_the_full_story_of_a_trade() -> None:
    feeding = Feeding()
    assert feeding.list_symbol() == [MarketStateChanged(SYMBOL, MarketState.TRADING, "LISTED")]
    assert feeding.hear(order(7, Side.SELL, 101, 5)) == [OrderRested(7, 7, SYMBOL, Side.SELL, 101, 5)]
    assert feeding.hear(order(8, Side.BUY, 102, 9)) == [
        Traded(SYMBOL, 1, 101, 5, Side.BUY, 7, 7, 0, 8, 8, 4),
        OrderEnded(7, 7, SYMBOL, OrderStatus.FILLED, "", Side.SELL, 101, 0, True),
        OrderRested(8, 8, SYMBOL, Side.BUY, 102, 4),
    ]
    assert feeding.hear(CancelRequested(8, 8, SYMBOL)) == [
        OrderEnded(8, 8, SYMBOL, OrderStatus.CANCELED, "", Side.BUY, 102, 4, True)
    ]


def test_trade_ids_are_contiguous_across_a_reload() -> None:
    feeding = Feeding()
    feeding.list_symbol()
    ids = []
    for turn in range(1, 6):
        said = feeding.hear(order(2 * turn, Side.SELL, 100, 1), order(2 * turn + 1, Side.BUY, 100, 1))
        ids += [event.trade_id for event in said if isinstance(event, Traded)]
        feeding.reload()
    assert ids == [1, 2, 3, 4, 5]
    assert list(feeding.rows[MARKETS].values()) == [Market(INDEX, SYMBOL, MarketState.TRADING, 5, 100)]


def test_an_order_that_came_and_went_between_two_commits_writes_nothing() -> None:
    feeding = Feeding()
    feeding.list_symbol()
    feeding.commit()
    feeding.hear(order(1, Side.SELL, 100, 1), CancelRequested(1, 1, SYMBOL))
    assert feeding.commit() == []
    feeding.hear(order(2, Side.SELL, 100, 1), order(3, Side.BUY, 100, 2))
    assert [[row.order_id for row in change.put] for change in feeding.commit() if change.table is RESTING] == [[3]]
    feeding.hear(CancelRequested(3, 3, SYMBOL))
    assert [change.removed for change in feeding.commit()] == [[(INDEX, 3)]]
    assert feeding.commit() == [] and not feeding.rows[RESTING]


def test_orders_of_one_entry_keep_their_order_after_a_reload() -> None:
    feeding = Feeding()
    feeding.list_symbol()
    feeding.hear(*(order(order_id, Side.SELL, 100, 1) for order_id in (9, 3, 5)))
    feeding.reload()
    said = feeding.hear(order(10, Side.BUY, 100, 3))
    assert [event.maker_order for event in said if isinstance(event, Traded)] == [9, 3, 5]


def test_symbols_of_another_shard_are_none_of_its_concern() -> None:
    machine = MatchingMachine(INDEX, TOPOLOGY)
    for event in (
        order(1, Side.SELL, 100, 1, FOREIGN),
        CancelRequested(1, 1, FOREIGN),
        MarketStateSet(FOREIGN, MarketState.HALT, "x"),
    ):
        assert not machine.concerns(event)
    assert machine.concerns(order(1, Side.SELL, 100, 1))


def test_an_order_whose_symbol_nobody_made_is_a_bug() -> None:
    with pytest.raises(AssertionError, match=SYMBOL):
        Feeding().hear(order(1, Side.SELL, 100, 1))


def test_rows_that_cross_are_not_taken_up() -> None:
    feeding = Feeding()
    feeding.list_symbol()
    feeding.hear(order(1, Side.SELL, 100, 1), order(2, Side.BUY, 99, 1))
    feeding.commit()
    (key,) = (key for key, row in feeding.rows[RESTING].items() if row.side is Side.BUY)
    row = feeding.rows[RESTING][key]
    feeding.rows[RESTING][key] = type(row)(*(101 if name == "price" else getattr(row, name) for name in row.__struct_fields__))
    with pytest.raises(AssertionError, match=SYMBOL):
        feeding.reload()


def test_orders_that_left_are_kept_by_nothing_even_without_the_collector() -> None:
    def alive() -> int:
        return sum(type(thing) is Resting for thing in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = alive()
        book = Book()
        for turn in range(300):
            sells = turn % 8 < 6  # then a buy that takes several of them from one level, and one that rests
            side, price, quantity = (Side.SELL, 101, 2) if sells else (Side.BUY, 107 - turn % 8, 9)
            book.place(turn, 1, side, LIMIT, GTC, NONE, price, quantity, turn)
            if turn % 5 == 0:
                book.cancel(turn - 4)
        assert alive() - before == len(book.orders) > 0
    finally:
        gc.enable()


def test_an_order_takes_no_more_than_followers_can_hear_in_one_entry() -> None:
    feeding, most = Feeding(), ENTRY_LIMITS.fills
    feeding.list_symbol()
    for first in range(1, most + 2, 1_000):
        feeding.hear(*(order(number, Side.SELL, 100, 1) for number in range(first, min(first + 1_000, most + 2))))
    killed = msgspec.structs.replace(order(9_000, Side.BUY, 100, most + 1), time_in_force=TimeInForce.FOK)
    assert [type(event) for event in feeding.hear(killed)] == [OrderEnded]
    said = feeding.hear(order(9_001, Side.BUY, 100, most + 1))
    assert sum(isinstance(event, Traded) for event in said) == most
    last = said[-1]
    assert isinstance(last, OrderEnded) and (last.reason, last.left) == ("TOO_MANY_FILLS", 1)
    again = feeding.hear(order(9_002, Side.BUY, 100, 1))
    assert [event.maker_order for event in again if isinstance(event, Traded)] == [most + 1]


def test_orders_of_every_kind_that_left_are_kept_by_nothing() -> None:
    def alive() -> int:
        return sum(isinstance(thing, Resting) for thing in gc.get_objects())

    feeding = Feeding()
    feeding.list_symbol()
    gc.collect()
    gc.disable()
    try:
        before = alive()
        for turn in range(1, 300):
            sells = turn % 8 < 6
            side, price, quantity = (Side.SELL, 101, 6) if sells else (Side.BUY, 107 - turn % 8, 15)
            plain = msgspec.structs.replace(
                order(turn, side, price, quantity), account=turn % 4, self_trade=SelfTrade(turn % 5)
            )
            feeding.hear(msgspec.structs.replace(plain, display=2 * (turn % 2)))
            feeding.commit()
        assert alive() - before == len(feeding.machine.book(SYMBOL).orders) > 0
    finally:
        gc.enable()
