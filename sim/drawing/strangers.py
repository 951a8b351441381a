"""Clients who do what the others hardly ever do: one that goes all in, and one that quotes far away from the market."""

from random import Random
from typing import Any

from sim.kernel import draws
from sim.markets import MARKETS, PURSE
from sim.plan import Client, Op
from tradewind.values.orders import Side, TimeInForce

ALL_IN, FAR_AWAY = 11, 12  # their accounts in the plan: beyond those of everybody else
AWAY_BPS = 600, 1_200  # farther than a MARKET order without a band of its own may go
CROSSES_BPS = 60


def draw_strangers(seed: int, gateways: int, storm_ms: int) -> tuple[Client, ...]:
    """Each of them in every other seed."""
    strangers = []
    for account, wishing in ((ALL_IN, _all_in), (FAR_AWAY, _far_away)):
        draw = draws.keyed(seed, "plan", "strangers", account)
        if draws.chance(draw, 1, 2):
            wishes = wishing(draw)
            times = sorted(draws.below(draw, storm_ms) for _ in wishes)
            ops = [Op(id=id, do="place", at_ms=times[id - 1], **wish) for id, wish in enumerate(wishes, 1)]
            gateway = f"gateway/{draws.below(draw, gateways)}" if gateways else ""
            strangers.append(Client(name=f"client/{account}", account=account, gateway=gateway, ops=tuple(ops)))
    return tuple(strangers)


def _order(symbol: str, side: Side, away_bps: int, quantity: int, force: TimeInForce = TimeInForce.GTC) -> dict[str, Any]:
    """`away_bps` from the middle, against whoever would take it; below zero it takes."""
    rules, middle = MARKETS[symbol]
    sign = 1 if side is Side.SELL else -1
    price = middle * (10_000 + sign * away_bps) // 10_000 // rules.tick * rules.tick
    quantity = quantity // rules.lot * rules.lot
    return {"symbol": symbol, "side": side, "price": price, "quantity": quantity, "time_in_force": force}


def _all_in(draw: Random) -> list[dict[str, Any]]:
    """Each wish gives all there was of an asset at the beginning: nothing of it is left for anything else."""
    force = draws.pick(draw, (TimeInForce.GTC, TimeInForce.IOC))
    if draws.chance(draw, 1, 4):
        rules, middle = MARKETS["BTCUSDT"]
        units = PURSE[rules.quote] * 10**rules.base_precision // middle
        return [_order(rules.symbol, Side.BUY, 0, units, force)]
    sells = [
        _order(symbol, Side.SELL, -CROSSES_BPS, PURSE[MARKETS[symbol][0].base], force) for symbol in ("BTCUSDT", "DOGEUSDT")
    ]
    draws.shuffle(draw, sells)
    return sells


def _far_away(draw: Random) -> list[dict[str, Any]]:
    wishes = []
    for symbol in ("BTCUSDT", "ETHBTC"):
        tenth = PURSE[MARKETS[symbol][0].base] // 10
        for side in Side:
            wishes.append(_order(symbol, side, draws.between(draw, *AWAY_BPS), draws.between(draw, 1, 3) * tenth))
    return wishes
