"""What marketdata keeps: depth by level, public trades, minute candles, and the sequence of each channel."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState, Side


class Level(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    side: Side
    price: int
    quantity: int
    orders: int


class BookChannel(msgspec.Struct, frozen=True):
    """`book_seq` is the sequence of the newest delta, also the depth's lastUpdateId."""

    symbol: str
    base_precision: int
    book_seq: int
    last_trade: int
    last_price: int
    state: MarketState


class PublicTradeRow(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    trade_id: int
    price: int
    quantity: int
    taker_side: Side
    at: int


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One minute of trades. `minute` is minutes since 1970."""

    symbol: str
    minute: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int


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
)
CANDLES = Table(
    "candles",
    Candle,
    key=("symbol", "minute"),
    units={"open": "quote units per base", "high": "quote units per base", "low": "quote units per base"}
    | {"close": "quote units per base", "volume": "base units", "quote_volume": "quote units"},
)
# The newest candle of each symbol once more: what the machine loads, so that a restart does not read years of candles.
OPEN_CANDLES = Table("open_candles", Candle, key=("symbol",), units=CANDLES.units)
