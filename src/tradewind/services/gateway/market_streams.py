"""Public market data in Binance's stream words. `at` and `E` are when it was said, in ns and ms."""

from typing import Any

from tradewind.messages.events import PublicTrade
from tradewind.services.gateway.candles import AVERAGE_S
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.market_shapes import aggregate, base_text, candle, levels, price_text
from tradewind.services.gateway.market_shapes import ticker as whole_ticker
from tradewind.services.gateway.shapes import ms
from tradewind.services.marketdata.tables import Candle
from tradewind.values.intervals import MINUTE_S, Interval
from tradewind.values.orders import Side
from tradewind.values.symbols import SymbolRules

_TICKER = {
    "p": "priceChange", "P": "priceChangePercent", "w": "weightedAvgPrice", "x": "prevClosePrice", "c": "lastPrice",
    "Q": "lastQty", "b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty", "o": "openPrice", "h": "highPrice",
    "l": "lowPrice", "v": "volume", "q": "quoteVolume", "O": "openTime", "C": "closeTime", "F": "firstId", "L": "lastId",
    "n": "count",
}  # fmt: skip
_MINI = ("c", "o", "h", "l", "v", "q")


def trade(event: PublicTrade, rules: SymbolRules, at: int) -> dict[str, Any]:
    return {
        "e": "trade",
        "E": ms(at),
        "s": event.symbol,
        "t": event.trade_id,
        "p": price_text(event.price, rules),
        "q": base_text(event.quantity, rules),
        "T": ms(event.at),
        "m": event.taker_side is Side.SELL,
        "M": True,
    }


def aggregate_trade(trades: list[PublicTrade], rules: SymbolRules, at: int) -> dict[str, Any]:
    return {"e": "aggTrade", "E": ms(at), "s": rules.symbol, **aggregate(trades, rules)}


def depth_update(
    rules: SymbolRules, first: int, last: int, bids: dict[int, int], asks: dict[int, int], at: int
) -> dict[str, Any]:
    """All that changed from delta `first` to delta `last`, as (price -> quantity now)."""
    changed = {name: levels(side.items(), rules) for name, side in (("b", bids), ("a", asks))}
    return {"e": "depthUpdate", "E": ms(at), "s": rules.symbol, "U": first, "u": last, **changed}


def partial_depth(market: Market, _at: int, limit: int) -> dict[str, Any]:
    bids, asks = (levels(market.levels(side, limit), market.rules) for side in (Side.BUY, Side.SELL))
    return {"lastUpdateId": market.seq, "bids": bids, "asks": asks}


def ticker(market: Market, at: int) -> dict[str, Any]:
    shown = whole_ticker(market, at)
    return {"e": "24hrTicker", "E": ms(at), "s": market.symbol, **{short: shown[name] for short, name in _TICKER.items()}}


def mini_ticker(market: Market, at: int) -> dict[str, Any]:
    shown = whole_ticker(market, at)
    return {"e": "24hrMiniTicker", "E": ms(at), "s": market.symbol, **{short: shown[_TICKER[short]] for short in _MINI}}


def book_ticker(market: Market) -> dict[str, Any]:
    rules = market.rules
    (bid, bid_quantity), (ask, ask_quantity) = market.best(Side.BUY), market.best(Side.SELL)
    return {
        "u": market.seq,
        "s": market.symbol,
        "b": price_text(bid, rules),
        "B": base_text(bid_quantity, rules),
        "a": price_text(ask, rules),
        "A": base_text(ask_quantity, rules),
    }


def kline(one: Candle, interval: Interval, rules: SymbolRules, at: int, *, closed: bool) -> dict[str, Any]:
    return {"e": "kline", "E": ms(at), "s": rules.symbol, "k": candle(one, interval, rules, closed=closed)}


def average_price(market: Market, at: int) -> dict[str, Any]:
    return {
        "e": "avgPrice",
        "E": ms(at),
        "s": market.symbol,
        "i": f"{AVERAGE_S // MINUTE_S}m",
        "w": price_text(market.candles.average(at, market.rules.base_precision, market.last_price), market.rules),
        "T": ms(market.trades[-1].at) if market.trades else 0,
    }
