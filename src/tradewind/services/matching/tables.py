"""What matching keeps: the resting orders and the state of each market."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState, SelfTrade, Side


class RestingOrder(msgspec.Struct, frozen=True, gc=False):
    """`priority` grows with arrival: among orders at one price the smallest trades first."""

    shard: int
    order_id: int
    account: int
    symbol: str
    side: Side
    price: int
    quantity: int
    left: int
    priority: int
    self_trade: SelfTrade


class Market(msgspec.Struct, frozen=True):
    """`last_trade` is the id of the newest trade, contiguous from 1; `last_price` its price, 0 when there is none."""

    shard: int
    symbol: str
    state: MarketState
    last_trade: int
    last_price: int


RESTING = Table(
    "resting_orders",
    RestingOrder,
    key=("shard", "order_id"),
    units={"price": "quote units per base", "quantity": "base units", "left": "base units"},
)
MARKETS = Table("markets", Market, key=("shard", "symbol"), units={"last_price": "quote units per base"})
