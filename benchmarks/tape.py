"""A seeded tape of book operations, as in PERFORMANCE.md D: half passive adds, 30 % cancels, 20 % aggressive orders.

Making it needs a book, to know what is alive and where the best prices are: ours. A peer with price-time priority hears the
same operations and must come to the same trades; the benchmark compares them.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from tradewind.services.matching.book import Book, Ladder
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce

MIDDLE = 100_000
SPREAD_MEAN = 20.0  # ticks behind the best opposite price, on average


class Op(NamedTuple):
    """`cancel` of `order_id`, or an order. Prices are ticks."""

    cancel: bool
    order_id: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int


class Tape(NamedTuple):
    """`warm_up` fills the book to its depth and is not timed."""

    warm_up: list[Op]
    ops: list[Op]


class _Alive:
    """Ids of resting orders, from which one can be drawn and removed in constant time."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.places: dict[int, int] = {}

    def add(self, order_id: int) -> None:
        self.places[order_id] = len(self.ids)
        self.ids.append(order_id)

    def discard(self, order_id: int) -> None:
        place, last = self.places.pop(order_id), self.ids.pop()
        if last != order_id:
            self.ids[place] = last
            self.places[last] = place


def make_tape(seed: int, depth: int, length: int, limits_only: bool) -> Tape:
    """`limits_only`: aggressive orders are GTC limits, which every peer understands; else also IOC, MARKET and FOK."""
    drawn = _draw(Random(seed), depth, limits_only)
    warm_up: list[Op] = []
    while len(warm_up) < depth:
        warm_up.append(next(drawn))
    return Tape(warm_up, [next(drawn) for _ in range(length)])


def _best(ladder: Ladder) -> int | None:
    return abs(ladder.keys[-1]) if ladder.keys else None


def _draw(random: Random, depth: int, limits_only: bool) -> Iterator[Op]:
    book, alive, order_id = Book(), _Alive(), 0
    while True:
        order_id += 1
        warming = order_id <= depth
        chance = 0.0 if warming or len(alive.ids) < depth * 0.8 else random.random()
        if chance < 0.5 and len(alive.ids) > depth * 1.2:
            chance = 0.6
        if 0.5 <= chance < 0.8:
            order_id -= 1
            gone = alive.ids[random.randrange(len(alive.ids))]
            book.cancel(gone)
            alive.discard(gone)
            yield Op(True, gone, Side.BUY, OrderType.LIMIT, TimeInForce.GTC, 0, 0)
            continue
        side = Side(random.randrange(2))
        opposite = _best(book.asks if side is Side.BUY else book.bids)
        sign = 1 if side is Side.BUY else -1
        type_, time_in_force = OrderType.LIMIT, TimeInForce.GTC
        if chance < 0.5:
            price = (opposite or MIDDLE + sign) - sign * (1 + int(random.expovariate(1 / SPREAD_MEAN)))
        else:
            price = (opposite or MIDDLE) + sign * random.randrange(4)
            if not limits_only:
                type_, time_in_force = random.choice(_AGGRESSIVE)
        op = Op(False, order_id, side, type_, time_in_force, max(1, price), random.randint(1, 100))
        fills, _, fate = book.place(order_id, 1, side, type_, time_in_force, SelfTrade.NONE, op.price, op.quantity, order_id)
        for maker, _ in fills:
            if not maker.left:
                alive.discard(maker.order_id)
        if fate is None:
            alive.add(order_id)
        yield op


_AGGRESSIVE = (
    *[(OrderType.LIMIT, TimeInForce.GTC)] * 10,
    *[(OrderType.LIMIT, TimeInForce.IOC)] * 5,
    *[(OrderType.MARKET, TimeInForce.IOC)] * 4,
    (OrderType.LIMIT, TimeInForce.FOK),
)
