"""Public market data: from the mirror what is newest, from the store what is history."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta

from tradewind.services.gateway import exchange_info, market_reads, market_shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Empty, ServerTime
from tradewind.services.gateway.answers_market import (
    AggregateShown,
    AveragePriceShown,
    BookTickerShown,
    DepthShown,
    ExchangeInfo,
    KlineShown,
    PriceShown,
    TickerShown,
    TradeShown,
)
from tradewind.services.gateway.asked import Asked, Id, Instant, Nothing, SymbolName
from tradewind.services.gateway.call import Call, encode_json
from tradewind.services.gateway.candles import AVERAGE_S
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.market_reads import UNTIL_NOW
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.shapes import ms
from tradewind.values.intervals import INTERVALS, MINUTE_S

DEPTH_MIN, DEPTH, DEPTH_MAX = 5, 100, 5_000
LIMIT, LIMIT_MAX = 500, 1_000

Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX)]
IntervalName = Literal[
    "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"
]  # fmt: skip
assert IntervalName.__args__ == tuple(INTERVALS)  # type: ignore[attr-defined]


class SymbolAsked(Asked, frozen=True):
    symbol: SymbolName


class SomeAsked(Asked, frozen=True):
    """Without a symbol: all of them."""

    symbol: SymbolName = ""


class DepthAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Annotated[int, Meta(ge=DEPTH_MIN, le=DEPTH_MAX)] = DEPTH


class TradesAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Limit = LIMIT


class OldTradesAsked(Asked, frozen=True):
    """Without `fromId` the newest."""

    symbol: SymbolName
    from_id: Id | None = None
    limit: Limit = LIMIT


class AggregatesAsked(Asked, frozen=True):
    """By `fromId`, or by time, or else the newest."""

    symbol: SymbolName
    from_id: Id | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    limit: Limit = LIMIT


class KlinesAsked(Asked, frozen=True):
    """With `startTime` the first ones that begin there or later, else the last ones that begin by `endTime`."""

    symbol: SymbolName
    interval: IntervalName
    start_time: Instant | None = None
    end_time: Instant | None = None
    limit: Limit = LIMIT


async def ping(_gateway: Gateway, _call: Call[Nothing]) -> Any:
    return {}


async def time(gateway: Gateway, _call: Call[Nothing]) -> Any:
    return {"serverTime": ms(gateway.world.clock.now())}


async def info(gateway: Gateway, call: Call[SomeAsked]) -> Any:
    return exchange_info.exchange_info(gateway, call.asked.symbol)


def _market(gateway: Gateway, symbol: str) -> Market:
    """Raises Problem."""
    return gateway.mirror.market(gateway.catalogue.rules_of(symbol).symbol)


async def depth(gateway: Gateway, call: Call[DepthAsked]) -> Any:
    market, limit = _market(gateway, call.asked.symbol), call.asked.limit
    return market.encoded(limit, lambda: encode_json({"lastUpdateId": market.seq, **market_shapes.both_sides(market, limit)}))


async def trades(gateway: Gateway, call: Call[TradesAsked]) -> Any:
    market = _market(gateway, call.asked.symbol)
    return [market_shapes.trade(one, market.rules) for one in list(market.trades)[-call.asked.limit :]]


async def historical_trades(gateway: Gateway, call: Call[OldTradesAsked]) -> Any:
    asked, market = call.asked, _market(gateway, call.asked.symbol)
    if asked.from_id is None:
        return await trades(gateway, Call(call.request_id, 0, 0, b"", TradesAsked(asked.symbol, asked.limit)))
    found = await market_reads.trades(gateway.world.store, market.symbol, asked.from_id, asked.limit)
    return [market_shapes.trade(one, market.rules) for one in found]


async def aggregate_trades(gateway: Gateway, call: Call[AggregatesAsked]) -> Any:
    asked, market = call.asked, _market(gateway, call.asked.symbol)
    if asked.from_id is not None:
        found = await market_reads.trades_of_aggregates(gateway.world.store, market.symbol, asked.from_id, asked.limit)
    elif asked.start_time is not None or asked.end_time is not None:
        until = UNTIL_NOW if asked.end_time is None else asked.end_time
        found = await market_reads.trades_between(gateway.world.store, market.symbol, asked.start_time or 0, until, asked.limit)
    else:
        first = max(1, market.last_agg - asked.limit + 1)
        found = await market_reads.trades_of_aggregates(gateway.world.store, market.symbol, first, asked.limit)
    return [market_shapes.aggregate(one, market.rules) for one in market_shapes.aggregates(found)]


async def klines(gateway: Gateway, call: Call[KlinesAsked]) -> Any:
    asked, market = call.asked, _market(gateway, call.asked.symbol)
    interval = INTERVALS[asked.interval]
    until = UNTIL_NOW if asked.end_time is None else asked.end_time
    wanted = market_reads.span(interval, gateway.world.clock.now(), asked.start_time or 0, until, asked.limit)
    found = await market_reads.candles(gateway.world.store, market.symbol, wanted)
    return [market_shapes.kline(one, interval, market.rules) for one in found]


async def average_price(gateway: Gateway, call: Call[SymbolAsked]) -> Any:
    market, now = _market(gateway, call.asked.symbol), gateway.world.clock.now()
    price = market.candles.average(now, market.rules.base_precision, market.last_price)
    shown = {"mins": AVERAGE_S // MINUTE_S, "price": market_shapes.price_text(price, market.rules)}
    return {**shown, "closeTime": ms(market.trades[-1].at) if market.trades else 0}


def _some(gateway: Gateway, symbol: str, shape: Callable[[Market], Any]) -> Any:
    """Of one market, or a list of all."""
    if symbol:
        return shape(_market(gateway, symbol))
    return [shape(_market(gateway, name)) for name in sorted(gateway.catalogue.rules)]


async def ticker(gateway: Gateway, call: Call[SomeAsked]) -> Any:
    now = gateway.world.clock.now()
    return _some(gateway, call.asked.symbol, lambda market: market_shapes.ticker(market, now))


async def price(gateway: Gateway, call: Call[SomeAsked]) -> Any:
    return _some(gateway, call.asked.symbol, market_shapes.last_price)


async def book_ticker(gateway: Gateway, call: Call[SomeAsked]) -> Any:
    return _some(gateway, call.asked.symbol, market_shapes.book_ticker)


def _get(path: str, handler: Any, weight: int, asks: type[Asked], answers: Any, summary: str) -> Route[Any]:
    return Route("GET", path, handler, Need.PUBLIC, weight, asks, answers, summary)


ROUTES: tuple[Route[Any], ...] = (
    _get("/v1/ping", ping, 1, Nothing, Empty, "Whether we are there"),
    _get("/v1/time", time, 1, Nothing, ServerTime, "Our clock"),
    _get("/v1/exchangeInfo", info, 10, SomeAsked, ExchangeInfo, "Assets, symbols, their rules"),
    _get("/v1/depth", depth, 5, DepthAsked, DepthShown, "The order book"),
    _get("/v1/trades", trades, 5, TradesAsked, list[TradeShown], "The newest trades"),
    _get("/v1/historicalTrades", historical_trades, 10, OldTradesAsked, list[TradeShown], "Trades by their ids"),
    _get(
        "/v1/aggTrades", aggregate_trades, 4, AggregatesAsked, list[AggregateShown], "Trades, put together by taker and price"
    ),
    _get("/v1/klines", klines, 5, KlinesAsked, list[KlineShown], "Candles"),
    _get("/v1/avgPrice", average_price, 2, SymbolAsked, AveragePriceShown, "The average price of five minutes"),
    _get("/v1/ticker", ticker, 5, SomeAsked, TickerShown | list[TickerShown], "The last 24 hours"),
    _get("/v1/ticker/price", price, 2, SomeAsked, PriceShown | list[PriceShown], "The last price"),
    _get("/v1/ticker/bookTicker", book_ticker, 2, SomeAsked, BookTickerShown | list[BookTickerShown], "The best prices"),
)
