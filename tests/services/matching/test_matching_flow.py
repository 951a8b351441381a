"""Order flow in LOBSTER's format, played in file order: a drawn-up tape always, a recorded hour when its file is named."""

import gzip
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from benchmarks.hour import Pipeline
from tradewind.audit.naive_book import NaiveBook, NaiveFill
from tradewind.messages.events import AmendRequested, CancelRequested, OrderAccepted, OrderEnded, OrderReduced
from tradewind.ops.lobster import Flow, FlowMessage, Kind
from tradewind.services.matching.book import Book
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce

MAKER, TAKER = 1, 2
HOUR = "TRADEWIND_FLOW_FILE"  # the path of lobster_aapl_2012-06-21_0930-1030_messages.csv.gz


class Engine(Protocol):
    def place(self, order_id: int, account: int, side: Side, force: TimeInForce, price: int, size: int) -> list[NaiveFill]: ...
    def cancel(self, order_id: int) -> bool: ...
    def take_off(self, order_id: int, size: int) -> bool: ...
    def depth(self, side: Side) -> list[tuple[int, int, int]]: ...


class Ours:
    def __init__(self) -> None:
        self.book = Book()
        self.placed = 0

    def place(self, order_id: int, account: int, side: Side, force: TimeInForce, price: int, size: int) -> list[NaiveFill]:
        self.placed += 1
        kind = (side, OrderType.LIMIT, force, SelfTrade.NONE)
        fills, _, _ = self.book.place(order_id, account, *kind, price, size, self.placed)
        return [(maker.order_id, maker.price, traded) for maker, traded in fills]

    def cancel(self, order_id: int) -> bool:
        return self.book.cancel(order_id) is not None

    def take_off(self, order_id: int, size: int) -> bool:
        order = self.book.orders.get(order_id)
        if order is None or size >= order.left:
            return self.cancel(order_id)
        return self.book.reduce(order, order.quantity - size) == size

    def depth(self, side: Side) -> list[tuple[int, int, int]]:
        return levels((order.price, order.left) for order in (self.book.bids if side is Side.BUY else self.book.asks))


class Naive:
    def __init__(self) -> None:
        self.book = NaiveBook()

    def place(self, order_id: int, account: int, side: Side, force: TimeInForce, price: int, size: int) -> list[NaiveFill]:
        kind = side, OrderType.LIMIT, force, SelfTrade.NONE, price, size
        return self.book.fills(OrderAccepted(order_id, account, "", "", *kind))

    def cancel(self, order_id: int) -> bool:
        return isinstance(self.book.hear(CancelRequested(order_id, MAKER, ""))[0], OrderEnded)

    def take_off(self, order_id: int, size: int) -> bool:
        order = self.book.orders.get(order_id)
        if order is None or size >= order.left:
            return self.cancel(order_id)
        return isinstance(self.book.hear(AmendRequested(order_id, MAKER, "", order.quantity - size))[0], OrderReduced)

    def depth(self, side: Side) -> list[tuple[int, int, int]]:
        rows = self.book.matching(side.other, 10**12 if side is Side.SELL else 0)
        return levels((order.price, order.left) for order in rows)


def levels(orders: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(price, shares, orders), best first, of orders in that order."""
    found: dict[int, tuple[int, int, int]] = {}
    for price, left in orders:
        _, shares, count = found.get(price, (price, 0, 0))
        found[price] = (price, shares + left, count + 1)
    return list(found.values())


@dataclass
class Figures:
    counts: Counter[str] = field(default_factory=Counter)
    trades: list[tuple[int, int, int]] = field(default_factory=list)
    bids: list[tuple[int, int, int]] = field(default_factory=list)
    asks: list[tuple[int, int, int]] = field(default_factory=list)


def play(messages: Iterable[FlowMessage], engine: Engine) -> Figures:
    figures = Figures()
    taker_id = -1
    for kind, order_id, size, price, side in messages:
        if kind is Kind.NEW:
            fills = engine.place(order_id, MAKER, side, TimeInForce.GTC, price, size)
            figures.trades += fills
            figures.counts["trades on arrival"] += len(fills)
        elif kind is Kind.EXECUTE:
            fills = engine.place(taker_id, TAKER, side.other, TimeInForce.IOC, price, size)
            taker_id -= 1
            figures.trades += fills
            figures.counts["executions"] += 1
            figures.counts["as recorded"] += fills == [(order_id, price, size)]
            figures.counts["begin as recorded"] += len(fills) > 1 and fills[0][0] == order_id
            figures.counts["takers expired"] += sum(traded for _, _, traded in fills) < size
        else:
            done = engine.cancel(order_id) if kind is Kind.CANCEL else engine.take_off(order_id, size)
            figures.counts[f"{kind.name} of an order that is gone"] += not done
    figures.bids, figures.asks = engine.depth(Side.BUY), engine.depth(Side.SELL)
    return figures


def synthetic(seed: int, length: int) -> Iterator[str]:
    """Lines like LOBSTER's around 100 dollars; some name orders that nobody introduced, some have types to be skipped."""
    random = Random(seed)
    known: list[tuple[int, int, int]] = []
    for number in range(1, length + 1):
        kind = random.choices((1, 2, 3, 4, 5, 7), (50, 5, 25, 15, 3, 1))[0]
        direction = random.choice((1, -1))
        order_id, price, size = 1_000 + number, 1_000_000 - direction * 100 * random.randint(0, 9), random.randint(1, 300)
        if kind == 1:
            known.append((order_id, price, direction))
        elif known and random.random() < 0.97:
            order_id, price, direction = random.choice(known[-40:])
        yield f"{34200 + number / 1000:.9f},{kind},{order_id},{size},{price},{direction}\n"


def test_a_synthetic_tape_comes_to_what_the_naive_book_says() -> None:
    lines = list(synthetic(seed=7, length=4_000))
    flow = Flow(lines)
    ours, naive = play(flow, Ours()), play(Flow(lines), Naive())
    assert ours == naive
    assert len(ours.trades) > 500 and ours.counts["trades on arrival"] and ours.counts["takers expired"]
    assert ours.counts["CANCEL of an order that is gone"] and ours.counts["REDUCE of an order that is gone"]
    kinds = Counter(line.split(",")[1] for line in lines)
    assert flow.skipped["type 5"] == kinds["5"] and flow.skipped["type 7"] == kinds["7"] and flow.skipped["unknown order"]


def test_a_line_of_another_format_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(Flow(["34200.1,1,5,100,5853300,1\n", "34200.2,1,6,100,5853300,2\n"]))


def test_a_synthetic_tape_comes_to_the_same_through_clearing() -> None:
    lines = list(synthetic(seed=8, length=4_000))
    assert play(Flow(lines), Pipeline()) == play(Flow(lines), Naive())


def replay_the_recorded_hour(engine: type[Engine]) -> None:
    """The exact figures of a correct price-time engine on AAPL, 2012-06-21, 09:30 to 10:30 (cite LOBSTER, lobsterdata.com)."""
    with gzip.open(Path(os.environ[HOUR]), "rt", encoding="ascii") as lines:
        flow = Flow(lines)
        figures = play(flow, engine())
    assert flow.skipped == {"type 5": 2_201, "unknown order": 84}
    gone = figures.counts["CANCEL of an order that is gone"] + figures.counts["REDUCE of an order that is gone"]
    assert figures.counts["executions"] == 4_055 and figures.counts["as recorded"] == 3_989
    assert figures.counts["begin as recorded"] == 1 and figures.counts["trades on arrival"] == 1
    assert gone == 4 and figures.counts["takers expired"] == 2
    assert len(figures.trades) == 4_104
    assert sum(size for _, _, size in figures.trades) == 349_714
    assert sum(price * size for _, price, size in figures.trades) == 2_049_211_821_900
    assert sum(count for _, _, count in figures.bids + figures.asks) == 380
    assert figures.bids[:3] == [(5_856_900, 10, 1), (5_856_400, 10, 1), (5_855_500, 123, 2)] and len(figures.bids) == 121
    assert figures.asks[:3] == [(5_859_500, 100, 1), (5_859_900, 23, 1), (5_860_000, 323, 3)] and len(figures.asks) == 103


if HOUR in os.environ:

    @pytest.mark.parametrize("engine", [Ours, Pipeline])
    def test_the_recorded_hour_comes_to_its_exact_figures(engine: type[Engine]) -> None:
        replay_the_recorded_hour(engine)
