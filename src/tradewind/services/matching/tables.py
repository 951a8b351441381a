"""What matching keeps: the resting orders, the stop orders that wait, the state and the rules of each market."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce


class RestingOrder(msgspec.Struct, frozen=True, gc=False):
    """`priority` grows with arrival: among orders at one price the smallest trades first.

    An iceberg shows `shown` of its `left`, in slices of `display` (both 0: it is none). `good_till` in wall ns, 0 = for ever.
    `other_leg` is the stop order of its pair, 0 = it is alone.
    """

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
    display: int = 0
    shown: int = 0
    good_till: int = 0
    other_leg: int = 0


class ArmedStop(msgspec.Struct, frozen=True, gc=False):
    """Stop orders come in the order of `arrival`. `due` > 0: its price has come, and it triggers, smallest first, as soon as it
    may. `other_leg` is the resting order of its pair."""

    shard: int
    order_id: int
    account: int
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    stop_price: int
    good_till: int
    other_leg: int
    arrival: int
    due: int = 0


class Market(msgspec.Struct, frozen=True):
    """`state` is what holds: the stricter of the operators' word and the breaker's, which moves on at `breaker_until` (ns).

    `last_trade` is the id of the newest trade, contiguous from 1; `last_price` its price, 0 when there is none. At `again_at`
    (ns, 0 = never) goes on what was too much for one entry.
    """

    shard: int
    symbol: str
    state: MarketState
    last_trade: int
    last_price: int
    operator_state: MarketState = MarketState.TRADING
    breaker_state: MarketState = MarketState.TRADING
    breaker_until: int = 0
    again_at: int = 0


class MarketRules(msgspec.Struct, frozen=True):
    """Those of the symbol's rules that matching obeys. Units as in SymbolRules."""

    shard: int
    symbol: str
    base_precision: int
    lot: int
    quantity_max: int
    band_bps: int
    breaker_bps: int
    breaker_window_s: int
    breaker_halt_s: int
    breaker_reopen_s: int


class PriceRange(msgspec.Struct, frozen=True, gc=False):
    """Between which prices a market traded in the stretch of time from `second` (of the wall clock) on."""

    shard: int
    symbol: str
    second: int
    lowest: int
    highest: int


QUOTE, BASE = "quote units per base", "base units"
RESTING = Table(
    "resting_orders",
    RestingOrder,
    key=("shard", "order_id"),
    units={"price": QUOTE, "quantity": BASE, "left": BASE, "display": BASE, "shown": BASE, "good_till": "ns"},
)
ARMED = Table(
    "armed_stops",
    ArmedStop,
    key=("shard", "order_id"),
    units={"price": QUOTE, "stop_price": QUOTE, "quantity": BASE, "good_till": "ns"},
)
MARKETS = Table(
    "markets", Market, key=("shard", "symbol"), units={"last_price": QUOTE, "breaker_until": "ns", "again_at": "ns"}
)
MARKET_RULES = Table(
    "market_rules", MarketRules, key=("shard", "symbol"), units={"lot": BASE, "quantity_max": BASE, "band_bps": "bps"}
)
PRICE_RANGES = Table("price_ranges", PriceRange, key=("shard", "symbol", "second"), units={"lowest": QUOTE, "highest": QUOTE})
