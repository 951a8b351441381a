"""What public routes answer, for documents; market_shapes.py and exchange_info.py make them."""

from typing import Any

from tradewind.services.gateway.answers import Answer
from tradewind.services.gateway.words import StateName


class AssetShown(Answer):
    asset: str
    precision: int


class SymbolShown(Answer):
    """`filters` are objects with a `filterType`, as Binance has them."""

    symbol: str
    status: StateName
    base_asset: str
    quote_asset: str
    base_asset_precision: int
    quote_asset_precision: int
    quote_precision: int
    order_types: list[str]
    time_in_force: list[str]
    iceberg_allowed: bool
    oco_allowed: bool
    quote_order_qty_market_allowed: bool
    cancel_replace_allowed: bool
    amend_allowed: bool
    default_self_trade_prevention_mode: str
    allowed_self_trade_prevention_modes: list[str]
    self_trade_prevention_modes: list[str]
    maker_fee_ppm: int
    taker_fee_ppm: int
    filters: list[dict[str, Any]]


class ExchangeInfo(Answer):
    timezone: str
    server_time: int
    assets: list[AssetShown]
    symbols: list[SymbolShown]


class DepthShown(Answer):
    """Levels are (price, quantity), best first. `lastUpdateId` is the number of the newest delta in it."""

    last_update_id: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class TradeShown(Answer):
    id: int
    price: str
    qty: str
    quote_qty: str
    time: int
    is_buyer_maker: bool


class AggregateShown(Answer, rename=None):
    """Trades of one taker at one price: a id, p price, q quantity, f first and l last trade id, T time, m buyer is maker."""

    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741 - the trade's own word
    T: int
    m: bool
    M: bool


# Open time, open, high, low, close, volume, close time, quote volume, trades, of which buyers took base and quote, unused.
KlineShown = tuple[int, str, str, str, str, str, int, str, int, str, str, str]


class TickerShown(Answer):
    """Of the last 24 hours."""

    symbol: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    prev_close_price: str
    last_price: str
    last_qty: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class PriceShown(Answer):
    symbol: str
    price: str


class BookTickerShown(Answer):
    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str


class AveragePriceShown(Answer):
    """Over the last `mins` minutes, weighted with volume."""

    mins: int
    price: str
    close_time: int
