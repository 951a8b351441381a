"""H7: recovery loads the open orders from a read model that lags behind, so that filled orders are resurrected.

Our matching has rows of its own, committed with what it has heard; here it takes its orders from the book-keeper's, who hears
of them later. What it had not heard of when it died is left out: that would be H8. Loading refuses a crossed book, which a
resurrected order often makes, so that assertion is out of the way. Those who hear of a dead order's trade die of it as well;
A8 and A6 say why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.topology import index_of
from tradewind.ports.tables import Query
from tradewind.ports.world import World
from tradewind.runtime import host, loading
from tradewind.services.matching.book import Book
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.tables import MARKETS, RESTING, RestingOrder
from tradewind.services.order.tables import ORDERS, Order
from tradewind.values.ids import SHARDS_MAX, seq_of
from tradewind.values.orders import OrderStatus, OrderType, TimeInForce

STORY = __doc__
CAUGHT_BY = ("A6", "A8")
PROFILE = "doubts"


async def _load(shard: str, make: Any, topology: Any, world: World, limits: Any) -> loading.Loaded:
    loaded = await loading.load(shard, make, topology, world, limits)
    if not issubclass(make, MatchingMachine):
        return loaded
    index = index_of(shard)
    mine: loading.Conditions = (("shard", "=", index),)
    open_ones = Query(ORDERS, (("status", "<", OrderStatus.FILLED),))
    tables = [table for table in make.tables if table not in (MARKETS, RESTING)]
    markets, resting, orders, *others = await world.store.read(
        [Query(MARKETS, mine), Query(RESTING, mine), open_ones, *(Query(table, mine) for table in tables)]
    )
    places = {row.order_id: row.priority for row in resting}
    symbols = {market.symbol for market in markets}
    projected = [
        _resting(order, index, places.get(order.order_id, order.order_id))
        for order in orders
        if order.symbol in symbols and _could_rest(order) and _was_heard(order, loaded.positions)
    ]
    loaded.machine = make(index, topology)
    loaded.machine.load({**dict(zip(tables, others, strict=True)), MARKETS: markets, RESTING: projected})
    return loaded


def _could_rest(order: Order) -> bool:
    return order.type is not OrderType.MARKET and order.time_in_force is TimeInForce.GTC


def _was_heard(order: Order, positions: dict[str, int]) -> bool:
    return seq_of(order.order_id) <= positions.get(f"clearing/{order.order_id % SHARDS_MAX}", 0)


def _resting(order: Order, shard: int, priority: int) -> RestingOrder:
    who = shard, order.order_id, order.account, order.symbol
    size = order.quantity, order.quantity - order.executed
    return RestingOrder(*who, order.side, order.price, *size, priority, order.self_trade)


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(host, "load", _load), patched(Book, "crossed", False):
        yield MACHINES
