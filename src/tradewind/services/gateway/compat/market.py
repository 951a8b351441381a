"""Public market data: the native handlers already answer in Binance's shapes; here are Binance's questions."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec

from tradewind.services.gateway import market_shapes, routes_market
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.compat.faults import fault
from tradewind.services.gateway.compat.native import native
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.routes_market import DEPTH_MAX, DEPTH_MIN, LIMIT_MAX, IntervalName

MINI = frozenset(("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume")) | frozenset(
    ("openTime", "closeTime", "firstId", "lastId", "count")
)
WHOLE_DAYS = frozenset(("0", "0:00", "00:00", "+0", "+00:00", "-00:00"))
INVALID_INTERVAL = "Invalid interval."


async def depth(gateway: Gateway, call: Call[asks.DepthAsked]) -> Any:
    """At least 5 levels are encoded, for all who ask; of fewer, the first ones."""
    limit = min(call.asked.limit, DEPTH_MAX)
    asked = routes_market.DepthAsked(call.asked.symbol, max(limit, DEPTH_MIN))
    encoded = await routes_market.depth(gateway, native(call, asked))
    if limit >= DEPTH_MIN:
        return encoded
    shown = msgspec.json.decode(encoded)
    return shown | {side: shown[side][:limit] for side in ("bids", "asks")}


async def trades(gateway: Gateway, call: Call[asks.TradesAsked]) -> Any:
    asked = routes_market.TradesAsked(call.asked.symbol, min(call.asked.limit, LIMIT_MAX))
    return [_best(one) for one in await routes_market.trades(gateway, native(call, asked))]


async def historical_trades(gateway: Gateway, call: Call[asks.TradesAsked]) -> Any:
    asked = routes_market.OldTradesAsked(call.asked.symbol, call.asked.from_id or None, min(call.asked.limit, LIMIT_MAX))
    return [_best(one) for one in await routes_market.historical_trades(gateway, native(call, asked))]


def _best(trade: dict[str, Any]) -> dict[str, Any]:
    return trade | {"isBestMatch": True}


async def aggregate_trades(gateway: Gateway, call: Call[asks.AggregatesAsked]) -> Any:
    given = call.asked
    if given.from_id is not None and (given.start_time or given.end_time):
        raise fault(-1128, "Combination of optional parameters invalid.")
    asked = routes_market.AggregatesAsked(
        symbol=given.symbol,
        from_id=max(1, given.from_id) if given.from_id is not None else None,
        start_time=given.start_time or None,
        end_time=given.end_time or None,
        limit=min(given.limit, LIMIT_MAX),
    )
    return await routes_market.aggregate_trades(gateway, native(call, asked))


async def klines(gateway: Gateway, call: Call[asks.KlinesAsked]) -> Any:
    given = call.asked
    if given.interval not in get_args(IntervalName):
        raise fault(-1120, INVALID_INTERVAL)
    if given.time_zone not in WHOLE_DAYS:
        raise fault(-1130, "Data sent for parameter 'timeZone' is not valid.")
    asked = routes_market.KlinesAsked(
        symbol=given.symbol,
        interval=given.interval,  # type: ignore[arg-type]  # it is one of the names
        start_time=given.start_time or None,
        end_time=given.end_time or None,
        limit=min(given.limit, LIMIT_MAX),
    )
    return await routes_market.klines(gateway, native(call, asked))


async def average_price(gateway: Gateway, call: Call[asks.SymbolAsked]) -> Any:
    return await routes_market.average_price(gateway, native(call, routes_market.SymbolAsked(call.asked.symbol)))


def _some(gateway: Gateway, asked: asks.SomeSymbols, shape: Callable[[Market], Any]) -> Any:
    """Of one market by its name, else a list: of those named, or of all."""
    names = asks.symbols_of(asked.symbol, asked.symbols) or sorted(gateway.catalogue.rules)
    shown = [shape(gateway.mirror.market(gateway.catalogue.rules_of(name).symbol)) for name in names]
    return shown[0] if asked.symbol else shown


async def day(gateway: Gateway, call: Call[asks.SomeSymbols]) -> Any:
    now, mini = gateway.world.clock.now(), call.asked.type == "MINI"

    def shape(market: Market) -> dict[str, Any]:
        shown = market_shapes.ticker(market, now)
        return {name: value for name, value in shown.items() if name in MINI} if mini else shown

    return _some(gateway, call.asked, shape)


async def price(gateway: Gateway, call: Call[asks.SomeSymbols]) -> Any:
    return _some(gateway, call.asked, market_shapes.last_price)


async def book_ticker(gateway: Gateway, call: Call[asks.SomeSymbols]) -> Any:
    return _some(gateway, call.asked, market_shapes.book_ticker)
