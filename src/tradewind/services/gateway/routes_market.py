"""Public market data, from the mirror; the store is not asked."""

from typing import Annotated, Any

from msgspec import Meta

from tradewind.services.gateway import channels
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import DepthShown, Empty, ExchangeInfo, ServerTime, TickerShown, TradeShown
from tradewind.services.gateway.asked import Asked, Nothing, SymbolName
from tradewind.services.gateway.call import Call, encode_json
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.shapes import ms
from tradewind.values.money import BPS, format_units
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

DEPTH_MIN, DEPTH, DEPTH_MAX = 5, 100, 5_000
TRADES, TRADES_MAX = 500, 1_000


class SymbolAsked(Asked, frozen=True):
    symbol: SymbolName


class InfoAsked(Asked, frozen=True):
    symbol: SymbolName = ""


class DepthAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Annotated[int, Meta(ge=DEPTH_MIN, le=DEPTH_MAX)] = DEPTH


class TradesAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Annotated[int, Meta(ge=1, le=TRADES_MAX)] = TRADES


async def ping(_gateway: Gateway, _call: Call[Nothing]) -> Any:
    return {}


async def time(gateway: Gateway, _call: Call[Nothing]) -> Any:
    return {"serverTime": ms(gateway.world.clock.now())}


async def exchange_info(gateway: Gateway, call: Call[InfoAsked]) -> Any:
    symbol = call.asked.symbol
    known = gateway.catalogue.rules
    chosen = [gateway.catalogue.rules_of(symbol)] if symbol else [known[name] for name in sorted(known)]
    return {
        "timezone": "UTC",
        "serverTime": ms(gateway.world.clock.now()),
        "assets": [{"asset": name, "precision": places} for name, places in sorted(gateway.catalogue.precisions.items())],
        "symbols": [_symbol(rules, gateway.catalogue.states[rules.symbol].name) for rules in chosen],
    }


def _symbol(rules: SymbolRules, status: str) -> dict[str, Any]:
    base, quote = rules.base_precision, rules.quote_precision
    lot, tick = format_units(rules.lot, base), format_units(rules.tick, quote)
    up, down = (format_units(BPS + rules.band_bps, 4), format_units(BPS - rules.band_bps, 4))
    return {
        "symbol": rules.symbol,
        "status": status,
        "baseAsset": rules.base,
        "quoteAsset": rules.quote,
        "baseAssetPrecision": base,
        "quoteAssetPrecision": quote,
        "orderTypes": list(OrderType.__members__),
        "timeInForce": list(TimeInForce.__members__),
        "selfTradePreventionModes": [one.name for one in SelfTrade if one or rules.self_trade_allowed],
        "makerFeePpm": rules.maker_fee_ppm,
        "takerFeePpm": rules.taker_fee_ppm,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": format_units(rules.quantity_max, base), "stepSize": lot},
            {"filterType": "NOTIONAL", "minNotional": format_units(rules.notional_min, quote)},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": up, "askMultiplierDown": down},
        ],
    }


async def depth(gateway: Gateway, call: Call[DepthAsked]) -> Any:
    rules = gateway.catalogue.rules_of(call.asked.symbol)
    market, limit = gateway.mirror.market(rules.symbol), call.asked.limit

    def encode() -> bytes:
        bids, asks = (channels.levels(market.levels(side, limit), rules) for side in (Side.BUY, Side.SELL))
        return encode_json({"lastUpdateId": market.seq, "bids": bids, "asks": asks})

    return market.encoded(limit, encode)


async def trades(gateway: Gateway, call: Call[TradesAsked]) -> Any:
    rules = gateway.catalogue.rules_of(call.asked.symbol)
    newest = list(gateway.mirror.market(rules.symbol).trades)[-call.asked.limit :]
    return [channels.trade(one, rules) for one in newest]


async def ticker(gateway: Gateway, call: Call[SymbolAsked]) -> Any:
    rules = gateway.catalogue.rules_of(call.asked.symbol)
    market = gateway.mirror.market(rules.symbol)
    base, quote = rules.base_precision, rules.quote_precision
    day = market.day(gateway.world.clock.now())
    shown: dict[str, Any] = {
        "symbol": rules.symbol,
        "lastPrice": format_units(day.last, quote),
        "openPrice": format_units(day.open, quote),
        "highPrice": format_units(day.high, quote),
        "lowPrice": format_units(day.low, quote),
        "priceChange": format_units(day.last - day.open if day.open else 0, quote),
        "volume": format_units(day.volume, base),
        "quoteVolume": format_units(day.quote_volume, quote),
        "count": day.trades,
    }
    for name, side in (("bid", Side.BUY), ("ask", Side.SELL)):
        best = market.levels(side, 1)
        price, quantity = best[0] if best else (0, 0)
        shown |= {f"{name}Price": format_units(price, quote), f"{name}Qty": format_units(quantity, base)}
    return shown


ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/v1/ping", ping, Need.PUBLIC, 1, Nothing, Empty, "Whether we are there"),
    Route("GET", "/v1/time", time, Need.PUBLIC, 1, Nothing, ServerTime, "Our clock"),
    Route("GET", "/v1/exchangeInfo", exchange_info, Need.PUBLIC, 10, InfoAsked, ExchangeInfo, "Assets, symbols, their rules"),
    Route("GET", "/v1/depth", depth, Need.PUBLIC, 5, DepthAsked, DepthShown, "The order book"),
    Route("GET", "/v1/trades", trades, Need.PUBLIC, 5, TradesAsked, list[TradeShown], "The newest trades"),
    Route("GET", "/v1/ticker", ticker, Need.PUBLIC, 2, SymbolAsked, TickerShown, "The last 24 hours"),
)
