"""What marketdata keeps: depth by level, public trades, candles of four widths, and the sequence of each channel."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState, Side


class Level(msgspec.Struct, frozen=True, gc=False):
    """What everybody may see of it: of an iceberg the slice that it shows."""

    symbol: str
    side: Side
    price: int
    quantity: int
    orders: int


class BookChannel(msgspec.Struct, frozen=True):
    """`book_seq` is the sequence of the newest delta, also the depth's lastUpdateId; `last_agg` of the newest aggregate trade.
    `state` is what matching says: the stricter of the operators' word and the circuit breaker's."""

    symbol: str
    base_precision: int
    book_seq: int
    last_trade: int
    last_price: int
    state: MarketState
    last_agg: int


class PublicTradeRow(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    trade_id: int
    price: int
    quantity: int
    taker_side: Side
    at: int
    agg_id: int


class Candle(msgspec.Struct, frozen=True, gc=False):
    """Trades `first_trade` to `last_trade` of one symbol, in `width_s` seconds from `opened_s` on. The takers' part is what
    buyers took."""

    symbol: str
    width_s: int
    opened_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    taker_volume: int
    taker_quote: int
    first_trade: int
    last_trade: int

    @property
    def trades(self) -> int:
        return self.last_trade - self.first_trade + 1


LEVELS = Table(
    "depth_levels",
    Level,
    key=("symbol", "side", "price"),
    units={"price": "quote units per base", "quantity": "base units"},
)
BOOK_CHANNELS = Table("book_channels", BookChannel, key=("symbol",), units={"last_price": "quote units per base"})
PUBLIC_TRADES = Table(
    "public_trades",
    PublicTradeRow,
    key=("symbol", "trade_id"),
    append=True,
    units={"price": "quote units per base", "quantity": "base units", "at": "ns"},
    indexes=(("symbol", "agg_id"),),
)
# Candles that are over: written once. The newest of each width are in OPEN_CANDLES, which the machine loads, so that a restart
# does not read years of candles and a trade does not rewrite what is indexed by time.
CANDLES = Table(
    "candles",
    Candle,
    key=("symbol", "width_s", "opened_s"),
    append=True,
    units={"open": "quote units per base", "high": "quote units per base", "low": "quote units per base"}
    | {"close": "quote units per base", "volume": "base units", "quote_volume": "quote units"}
    | {"taker_volume": "base units", "taker_quote": "quote units"},
)
OPEN_CANDLES = Table("open_candles", Candle, key=("symbol", "width_s"), units=CANDLES.units)
