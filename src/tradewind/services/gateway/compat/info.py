"""What Binance's clients ask first: the time, the symbols and their filters, whether the system is up."""

from typing import Any

from tradewind.services.gateway import exchange_info
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.shapes import ms
from tradewind.values.orders import MarketState

STATUS = {
    MarketState.TRADING: "TRADING",
    MarketState.POST_ONLY: "BREAK",
    MarketState.PRE_OPEN: "BREAK",
    MarketState.CANCEL_ONLY: "BREAK",
    MarketState.HALT: "HALT",
    MarketState.DELISTED: "END_OF_DAY",
}
assert set(STATUS) == set(MarketState)
_OURS = frozenset(("makerFeePpm", "takerFeePpm", "selfTradePreventionModes", "timeInForce"))


async def ping(_gateway: Gateway, _call: Call[asks.NoQuestion]) -> Any:
    return {}


async def time(gateway: Gateway, _call: Call[asks.NoQuestion]) -> Any:
    return {"serverTime": ms(gateway.world.clock.now())}


async def info(gateway: Gateway, call: Call[asks.InfoAsked]) -> Any:
    asked = call.asked
    names = asks.symbols_of(asked.symbol, asked.symbols)
    shown = [one for name in names or [""] for one in exchange_info.exchange_info(gateway, name)["symbols"]]
    symbols = [_symbol(one) for one in shown]
    return {
        "timezone": "UTC",
        "serverTime": ms(gateway.world.clock.now()),
        "rateLimits": rate_limits(gateway),
        "exchangeFilters": [],
        "symbols": [one for one in symbols if not asked.symbol_status or one["status"] == asked.symbol_status],
    }


def _symbol(native: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in native.items() if name not in _OURS} | {
        "status": STATUS[MarketState[native["status"]]],
        "baseCommissionPrecision": native["baseAssetPrecision"],
        "quoteCommissionPrecision": native["quoteAssetPrecision"],
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
    }


def rate_limits(gateway: Gateway) -> list[dict[str, Any]]:
    """Empty where there is none."""
    options = gateway.options
    told = (
        ("REQUEST_WEIGHT", "MINUTE", 1, options.address_weight_1m),
        ("ORDERS", "SECOND", 10, options.orders_10s),
        ("ORDERS", "DAY", 1, options.orders_1d),
    )
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    return [dict(zip(names, one, strict=True)) for one in told if one[-1]]


async def system_status(_gateway: Gateway, _call: Call[asks.NoQuestion]) -> Any:
    """That we answer is the answer."""
    return {"status": 0, "msg": "normal"}


async def nothing(_gateway: Gateway, _call: Call[Any]) -> Any:
    """What Binance has and this exchange has not: margin pairs."""
    return []
