"""Market makers of the demo: they keep a living book, by quoting around a price that wanders."""

import random

import trio

from tradewind.client.rest import ApiError, Client, NoAnswer
from tradewind.ops.demo import Demo

ROUND_S = 1.0
LEVELS = 5
# symbol -> first price, tick, quantity of a quote, as decimal text of whole ticks
MARKETS = {
    "BTCUSDT": (6_500_000, 100, "0.0100"),
    "ETHUSDT": (350_000, 100, "0.100"),
    "ETHBTC": (5_400, 100_000, "0.100"),
}


def _text(price: int, per_unit: int) -> str:
    places = len(str(per_unit)) - 1
    return f"{price // per_unit}.{price % per_unit:0{places}d}"


async def make_markets(demo: Demo) -> None:
    """Until cancelled: one maker per symbol quotes, another account takes a little now and then."""
    async with trio.open_nursery() as nursery:
        for place, symbol in enumerate(MARKETS):
            maker, taker = (demo.accounts[(place + step) % len(demo.accounts)] for step in (0, 1))
            nursery.start_soon(_market, demo.urls["public"], symbol, maker, taker)


async def _market(base: str, symbol: str, maker: dict[str, str], taker: dict[str, str]) -> None:
    price, per_unit, quantity = MARKETS[symbol]
    draws = random.Random()
    quotes = Client(base, maker["key"], maker["secret"])
    takes = Client(base, taker["key"], taker["secret"])
    step = max(1, price // 20_000)
    while True:
        price = max(LEVELS * step + 1, price + draws.randint(-3, 3) * step)
        await _quietly(quotes, "DELETE", "/v1/openOrders", {"symbol": symbol}, None)
        for level in range(1, LEVELS + 1):
            for side, at in (("BUY", price - level * step), ("SELL", price + level * step)):
                order = {"symbol": symbol, "side": side, "type": "LIMIT", "timeInForce": "GTC"}
                await _quietly(quotes, "POST", "/v1/order", None, order | {"price": _text(at, per_unit), "quantity": quantity})
        side, at = draws.choice((("BUY", price + step), ("SELL", price - step)))
        order = {"symbol": symbol, "side": side, "type": "LIMIT", "timeInForce": "IOC"}
        await _quietly(takes, "POST", "/v1/order", None, order | {"price": _text(at, per_unit), "quantity": quantity})
        await trio.sleep(ROUND_S)


async def _quietly(client: Client, method: str, path: str, query: object, body: object) -> None:
    """A maker whose order is refused, or whose exchange restarts, quotes again in the next round."""
    try:
        await client.call(method, path, query, body)  # type: ignore[arg-type]
    except (ApiError, NoAnswer):
        await trio.sleep(ROUND_S)
