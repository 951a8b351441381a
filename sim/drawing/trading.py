"""Orders that are more than a price and a quantity, and what is asked beside orders: stop orders, icebergs, pairs, amounts,
ends in time, modes of self-trade prevention, batches, switches, transfers, fee tiers, breakers.

Each client's are from a stream of its own, in a part of the seeds; what else is drawn stays as it is.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from sim.kernel import draws
from sim.markets import MARKETS
from sim.plan import Client, Op, Plan
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

PLAIN = ("short", "upgrade")  # the first has all there is to it; nodes of the old version do not know these words
SHARE_PER_CENT = 70  # of the seeds have any
STOPS = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
BY_RISE = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
TILL_MS = (1_050, 2_500)  # after it was asked for: less is refused
BREAKER = {"breaker_bps": 20, "breaker_window_s": 5, "breaker_halt_s": 1, "breaker_reopen_s": 1}
SCHEDULES = ("USDT 0:1000:1000 1000000:500:800", "USDT 0:800:900", "BTC 0:1000:1000 1000:700:600 100000:0:500")
Terms = dict[str, Any]


def with_trading(seed: int, plan: Plan) -> Plan:
    """The plan with them."""
    general = draws.keyed(seed, "plan", "trading")
    if plan.profile in PLAIN or not draws.chance(general, SHARE_PER_CENT, 100):
        return plan
    accounts = [client.account for client in plan.clients if client.account]
    clients = []
    for client in plan.clients:
        draw = draws.keyed(seed, "plan", "trading", client.name)
        if client.name.startswith("client/"):
            count = draws.between(draw, 1, 2 + len([op for op in client.ops if op.do == "place"]) // 2)
            more = [_wish(draw, client, accounts, draws.below(draw, plan.storm_ms)) for _ in range(count)]
            edges = draws.keyed(seed, "plan", "trading", "edges", client.name)
            busier = _with(client, more)
            clients.append(_with(busier, _afterwards(edges, busier)))
        elif client.name == "operator":
            operated = _operated(draw, plan, accounts)
            words = _resumes(draws.keyed(seed, "plan", "trading", "edges", client.name), operated, plan.storm_ms)
            clients.append(_with(client, operated + words))
        else:
            clients.append(client)
    return replace(plan, clients=tuple(clients))


def _with(client: Client, more: list[Terms]) -> Client:
    first = 1 + max((op.id for op in client.ops), default=0)
    ops = list(client.ops)
    for place, terms in enumerate(more):
        op = Op(id=first + place, **terms)
        ops.insert(next((at for at, other in enumerate(ops) if other.at_ms > op.at_ms), len(ops)), op)
    return replace(client, ops=tuple(ops))


def _wish(draw: Random, client: Client, accounts: list[int], at_ms: int) -> Terms:
    roll = draws.below(draw, 100)
    hang_up = draws.between(draw, 1, 30) if draws.chance(draw, 1, 12) else 0
    common: Terms = {"at_ms": at_ms, "give_up_ms": hang_up}
    if roll < 60:
        return {"do": "place", **order(draw, at_ms), **common}
    if roll < 75:
        return {"do": "pair", **pair(draw), **common}
    if roll < 87:
        several = (Op(id=number, do="place", **order(draw, at_ms)) for number in range(1, 1 + draws.between(draw, 1, 6)))
        return {"do": "batch", "several": tuple(several), **common}
    if roll < 91:
        return {"do": "test", **order(draw, at_ms), **common}
    if roll < 94 or client.gateway:
        symbol, timeout_ms = draws.pick(draw, ("", *MARKETS)), draws.pick(draw, (0, 150, 600, 1_500))
        return {"do": "switch", "symbol": symbol, "quantity": timeout_ms, **common}
    asset, units = draws.pick(draw, (("USDT", 40 * 10**6), ("BTC", 10**5), ("DOGE", 100)))
    others = [account for account in accounts if account != client.account]
    return {"do": "transfer", "symbol": asset, "quantity": units, "of": draws.pick(draw, others or accounts), **common}


def _afterwards(draw: Random, client: Client) -> list[Terms]:
    """About orders that may rest or wait, icebergs first of all: they are cancelled, or amended to less; or to more, which is
    refused to everybody."""
    ops: list[Terms] = []
    for op in client.ops:
        rests = op.do == "place" and op.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
        if rests and draws.chance(draw, 1, 2 if op.display else 6):
            lot = MARKETS[op.symbol][0].lot
            lots = draws.between(draw, 1, max(1, op.quantity // lot + (op.quantity // lot - 1) // 2))
            at_ms, by_name = op.at_ms + draws.between(draw, 2, 300), draws.chance(draw, 1, 2)
            about: Terms = {"at_ms": at_ms, "of": op.id, "symbol": op.symbol, "by_name": by_name}
            amends = draws.chance(draw, 2, 3)
            ops.append({"do": "amend", "quantity": lots * lot, **about} if amends else {"do": "cancel", **about})
    return ops


def order(draw: Random, at_ms: int) -> Terms:
    """One of every kind."""
    symbol = draws.pick(draw, tuple(MARKETS))
    rules, middle = MARKETS[symbol]
    side, step = Side(draws.below(draw, 2)), _step(symbol)
    away = 1 if side is Side.SELL else -1
    lots = draws.between(draw, 1, 40) * _size(symbol)
    price = middle + away * draws.between(draw, -4, 6) * step
    terms: Terms = {"symbol": symbol, "side": side, "price": price, "quantity": lots * rules.lot}
    return draws.pick(draw, KINDS)(draw, terms, at_ms)


def _step(symbol: str) -> int:
    rules, middle = MARKETS[symbol]
    return max(1, middle // rules.tick // 1_000) * rules.tick


def _size(symbol: str) -> int:
    """Lots in the smallest order that is worth drawing."""
    return {"BTCUSDT": 50, "DOGEUSDT": 250, "ETHBTC": 2}[symbol]


def _stop(draw: Random, terms: Terms, at_ms: int) -> Terms:
    kind = draws.pick(draw, STOPS)
    _, middle = MARKETS[terms["symbol"]]
    rising = (kind in BY_RISE) == (terms["side"] is Side.BUY)
    stop = middle + (1 if rising else -1) * draws.between(draw, -1, 4) * _step(terms["symbol"])
    if not kind.priced:
        return {**terms, "type": kind, "time_in_force": TimeInForce.IOC, "price": 0, "stop_price": stop}
    force = draws.pick(draw, (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD))
    till = {"good_till": at_ms + draws.between(draw, *TILL_MS)} if force is TimeInForce.GTD else {}
    return {**terms, "type": kind, "time_in_force": force, "stop_price": stop, **till}


def _iceberg(draw: Random, terms: Terms, at_ms: int) -> Terms:
    lot, slices = MARKETS[terms["symbol"]][0].lot, draws.between(draw, 2, 5)
    display = draws.between(draw, 1, 8) * _size(terms["symbol"]) * lot
    kind = draws.pick(draw, (OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER))
    return {**terms, "type": kind, "display": display, "quantity": display * slices - draws.below(draw, 2) * lot}


def _ending(draw: Random, terms: Terms, at_ms: int) -> Terms:
    return {**terms, "time_in_force": TimeInForce.GTD, "good_till": at_ms + draws.between(draw, *TILL_MS)}


def _amount(draw: Random, terms: Terms, at_ms: int) -> Terms:
    rules, middle = MARKETS[terms["symbol"]]
    amount = rules.notional(middle, terms["quantity"]) + draws.below(draw, 3)
    kind = {"type": OrderType.MARKET, "time_in_force": TimeInForce.IOC}
    return {**terms, **kind, "price": 0, "quantity": 0, "amount": max(1, amount), "self_trade": _mode(draw)}


def _apart(draw: Random, terms: Terms, at_ms: int) -> Terms:
    force = draws.pick(draw, (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
    return {**terms, "time_in_force": force, "self_trade": _mode(draw)}


def _mode(draw: Random) -> SelfTrade:
    return draws.pick(draw, (SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT))


def _far(draw: Random, terms: Terms, at_ms: int) -> Terms:
    """Where there is a band, now and then beyond it."""
    rules, middle = MARKETS["DOGEUSDT"]
    price = middle * draws.pick(draw, (80, 88, 95, 105, 112, 120)) // 100 // rules.tick * rules.tick
    return {**terms, "symbol": rules.symbol, "price": price, "quantity": draws.between(draw, 1, 40) * _size(rules.symbol)}


KINDS: tuple[Callable[[Random, Terms, int], Terms], ...] = (
    *(_stop, _stop, _iceberg, _iceberg, _ending, _ending, _amount, _apart, _apart, _far),
)


def pair(draw: Random) -> Terms:
    """The maker beyond the market, the stop order behind it."""
    symbol = draws.pick(draw, tuple(MARKETS))
    rules, middle = MARKETS[symbol]
    side, step = Side(draws.below(draw, 2)), _step(symbol)
    away = 1 if side is Side.SELL else -1
    stop = middle - away * draws.between(draw, -1, 3) * step
    return {
        "symbol": symbol,
        "side": side,
        "quantity": draws.between(draw, 1, 20) * _size(symbol) * rules.lot,
        "price": middle + away * draws.between(draw, 1, 5) * step,
        "stop_price": stop,
        "limit": draws.pick(draw, (0, stop - away * step)),
    }


def _operated(draw: Random, plan: Plan, accounts: list[int]) -> list[Terms]:
    """By operators of the direct doors: fee tiers, breakers, limits, and seldom the end of a market. Breakers everywhere."""
    ops: list[Terms] = []
    moment = draws.below(draw, 1 + plan.storm_ms // 4)
    for symbol in MARKETS:
        if draws.chance(draw, 1, 2):
            ops.append({"do": "change", "at_ms": moment, "symbol": symbol, "terms": dict(BREAKER)})
    if ops and draws.chance(draw, 1, 3):
        halted_ms = draws.between(draw, moment, plan.storm_ms - 1)
        for at_ms, state in ((halted_ms, MarketState.HALT), (plan.storm_ms - 1, MarketState.TRADING)):
            ops.append({"do": "state", "at_ms": at_ms, "symbol": ops[0]["symbol"], "state": state})
    if plan.gateways:
        return ops
    if draws.chance(draw, 1, 2):
        ops.append({"do": "tiers", "at_ms": moment, "what": draws.pick(draw, SCHEDULES)})
        for _ in range(draws.between(draw, 1, 4)):
            pinned = {"of": draws.pick(draw, accounts), "state": draws.pick(draw, (-1, 0, 1, 1))}
            until_ms = draws.pick(draw, (moment, plan.storm_ms - 1))
            ops.append({"do": "tier", "at_ms": draws.between(draw, moment, until_ms), **pinned})
    if draws.chance(draw, 1, 4):
        terms = draws.pick(draw, ({"open_orders_max": 6}, {"notional_max": 2_000 * 10**6}))
        ops.append({"do": "change", "at_ms": draws.below(draw, plan.storm_ms), "symbol": "BTCUSDT", "terms": terms})
    if draws.chance(draw, 1, 16) and "DOGEUSDT" in plan.markets:
        at_ms = draws.between(draw, plan.storm_ms // 2, plan.storm_ms - 1)
        ops.append({"do": "state", "at_ms": at_ms, "symbol": "DOGEUSDT", "state": MarketState.DELISTED})
    return ops


def _resumes(draw: Random, operated: list[Terms], storm_ms: int) -> list[Terms]:
    """Operators halt a market for a moment that its breaker may have halted: when they say RESUME, the other halt stays."""
    ops: list[Terms] = []
    halted = {op["symbol"] for op in operated if op["do"] == "state"}
    for change in operated:
        if change["do"] == "change" and "breaker_bps" in change["terms"] and change["symbol"] not in halted:
            for _ in range(draws.below(draw, 3)):
                at_ms = draws.between(draw, change["at_ms"], storm_ms - 1)
                times = at_ms, min(at_ms + draws.pick(draw, (20, 200, 1_200)), storm_ms - 1)
                for said_ms, state in zip(times, (MarketState.HALT, MarketState.TRADING), strict=True):
                    ops.append({"do": "state", "at_ms": said_ms, "symbol": change["symbol"], "state": state})
    return ops
