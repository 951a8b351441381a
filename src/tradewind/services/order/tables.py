"""What the order book-keeper keeps: the history that queries answer from, and the numbering of the private feed."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import OrderStatus, OrderType, SelfTrade, Side, TimeInForce


class Order(msgspec.Struct, frozen=True, gc=False):
    order_id: int
    account: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    executed: int
    quote_executed: int
    status: OrderStatus
    reason: str
    created_at: int
    updated_at: int
    stop_price: int
    display: int
    good_till: int
    quote_quantity: int
    list_id: int
    triggered: bool


class Fill(msgspec.Struct, frozen=True, gc=False):
    """One account's side of a trade. `fill_id` grows with booking (rules.fill_id), for paging."""

    fill_id: int
    symbol: str
    trade_id: int
    order_id: int
    account: int
    side: Side
    maker: bool
    price: int
    quantity: int
    notional: int
    fee: int
    fee_asset: str
    at: int


class PrivateFeed(msgspec.Struct, frozen=True):
    """The last sequence number given out on an account's private feed."""

    account: int
    account_seq: int


class OrderSymbol(msgspec.Struct, frozen=True):
    """Base precision, as heard from admin: what makes quote amounts of trades."""

    symbol: str
    base_precision: int


ORDERS = Table(
    "orders",
    Order,
    key=("order_id",),
    units={
        "price": "quote units per base",
        "quantity": "base units",
        "executed": "base units",
        "quote_executed": "quote units",
        "stop_price": "quote units per base",
        "display": "base units",
        "good_till": "ns",
        "quote_quantity": "quote units",
    },
    indexes=(("account", "order_id"), ("account", "client_order_id")),
)
FILLS = Table(
    "fills",
    Fill,
    key=("fill_id",),
    append=True,
    units={"price": "quote units per base", "quantity": "base units", "notional": "quote units", "fee": "units of fee_asset"},
    indexes=(("account", "fill_id"), ("order_id",)),
)
PRIVATE_FEEDS = Table("private_feeds", PrivateFeed, key=("account",))
ORDER_SYMBOLS = Table("order_symbols", OrderSymbol, key=("symbol",))
