"""Public market data as JSON, for REST and for our own channels; market_streams.py says it in Binance's short words.

Amounts are decimal text, instants milliseconds, a level is (price, quantity).
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from tradewind.messages.events import PublicTrade
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.shapes import ms
from tradewind.services.marketdata.tables import Candle, PublicTradeRow
from tradewind.values.intervals import DAY_S, MINUTE_S, Interval
from tradewind.values.money import format_units
from tradewind.values.orders import Side
from tradewind.values.symbols import SymbolRules

Trade = PublicTrade | PublicTradeRow
T = TypeVar("T", bound=Trade)

SECOND_MS = 1_000
PERCENT_PLACES = 3


def price_text(units: int, rules: SymbolRules) -> str:
    return format_units(units, rules.quote_precision)


def base_text(units: int, rules: SymbolRules) -> str:
    return format_units(units, rules.base_precision)


def levels(pairs: Iterable[tuple[int, int]], rules: SymbolRules) -> list[tuple[str, str]]:
    """(price, quantity) as decimal text; quantity zero = the level is gone."""
    price, base = rules.quote_precision, rules.base_precision
    return [(format_units(at, price), format_units(quantity, base)) for at, quantity in pairs]


def both_sides(market: Market, limit: int) -> dict[str, list[tuple[str, str]]]:
    return {name: levels(market.levels(side, limit), market.rules) for name, side in (("bids", Side.BUY), ("asks", Side.SELL))}


def trade(event: Trade, rules: SymbolRules) -> dict[str, Any]:
    return {
        "id": event.trade_id,
        "price": price_text(event.price, rules),
        "qty": base_text(event.quantity, rules),
        "quoteQty": price_text(rules.notional(event.price, event.quantity), rules),
        "time": ms(event.at),
        "isBuyerMaker": event.taker_side is Side.SELL,
    }


def aggregates(trades: Iterable[T]) -> list[list[T]]:
    """Trades of one taker at one price, together."""
    made: list[list[T]] = []
    for one in trades:
        if made and made[-1][0].agg_id == one.agg_id:
            made[-1].append(one)
        else:
            made.append([one])
    return made


def aggregate(trades: Sequence[Trade], rules: SymbolRules) -> dict[str, Any]:
    """Binance's words, also natively: a id, p price, q quantity, f first and l last trade, T time, m buyer is maker, M true."""
    first = trades[0]
    return {
        "a": first.agg_id,
        "p": price_text(first.price, rules),
        "q": base_text(sum(one.quantity for one in trades), rules),
        "f": first.trade_id,
        "l": trades[-1].trade_id,
        "T": ms(first.at),
        "m": first.taker_side is Side.SELL,
        "M": True,
    }


def percent(change: int, of: int) -> str:
    """`change` in percent of `of`, rounded towards zero."""
    size = abs(change) * 100 * 10**PERCENT_PLACES // of if of else 0
    return format_units(size if change >= 0 else -size, PERCENT_PLACES)


def ticker(market: Market, now_ns: int) -> dict[str, Any]:
    """The 1440 minutes that end with this one."""
    rules, day = market.rules, market.day(now_ns)
    change = day.last - day.open if day.open else 0
    average: int = day.quote_volume * 10**rules.base_precision // day.volume if day.volume else 0
    (bid, bid_quantity), (ask, ask_quantity) = market.best(Side.BUY), market.best(Side.SELL)
    opened_s = now_ns // (MINUTE_S * 10**9) * MINUTE_S + MINUTE_S - DAY_S
    return {
        "symbol": market.symbol,
        "priceChange": price_text(change, rules),
        "priceChangePercent": percent(change, day.open),
        "weightedAvgPrice": price_text(average, rules),
        "prevClosePrice": price_text(day.open, rules),
        "lastPrice": price_text(day.last, rules),
        "lastQty": base_text(market.trades[-1].quantity if market.trades else 0, rules),
        "bidPrice": price_text(bid, rules),
        "bidQty": base_text(bid_quantity, rules),
        "askPrice": price_text(ask, rules),
        "askQty": base_text(ask_quantity, rules),
        "openPrice": price_text(day.open, rules),
        "highPrice": price_text(day.high, rules),
        "lowPrice": price_text(day.low, rules),
        "volume": base_text(day.volume, rules),
        "quoteVolume": price_text(day.quote_volume, rules),
        "openTime": opened_s * SECOND_MS,
        "closeTime": ms(now_ns),
        "firstId": day.first_trade or -1,
        "lastId": day.last_trade if day.first_trade else -1,
        "count": day.trades,
    }


def candle(one: Candle, interval: Interval, rules: SymbolRules, *, closed: bool) -> dict[str, Any]:
    """Binance's short words, also natively: t and T first and last millisecond, f and L first and last trade, x closed."""
    return {
        "t": one.opened_s * SECOND_MS,
        "T": interval.end(one.opened_s) * SECOND_MS - 1,
        "s": one.symbol,
        "i": interval.name,
        "f": one.first_trade,
        "L": one.last_trade,
        "o": price_text(one.open, rules),
        "c": price_text(one.close, rules),
        "h": price_text(one.high, rules),
        "l": price_text(one.low, rules),
        "v": base_text(one.volume, rules),
        "n": one.trades,
        "x": closed,
        "q": price_text(one.quote_volume, rules),
        "V": base_text(one.taker_volume, rules),
        "Q": price_text(one.taker_quote, rules),
        "B": "0",
    }


def kline(one: Candle, interval: Interval, rules: SymbolRules) -> list[Any]:
    """Binance's twelve numbers, in its order."""
    return [
        one.opened_s * SECOND_MS,
        price_text(one.open, rules),
        price_text(one.high, rules),
        price_text(one.low, rules),
        price_text(one.close, rules),
        base_text(one.volume, rules),
        interval.end(one.opened_s) * SECOND_MS - 1,
        price_text(one.quote_volume, rules),
        one.trades,
        base_text(one.taker_volume, rules),
        price_text(one.taker_quote, rules),
        "0",
    ]


def last_price(market: Market) -> dict[str, Any]:
    return {"symbol": market.symbol, "price": price_text(market.last_price, market.rules)}


def book_ticker(market: Market) -> dict[str, Any]:
    shown: dict[str, Any] = {"symbol": market.symbol}
    for name, side in (("bid", Side.BUY), ("ask", Side.SELL)):
        price, quantity = market.best(side)
        shown |= {f"{name}Price": price_text(price, market.rules), f"{name}Qty": base_text(quantity, market.rules)}
    return shown
