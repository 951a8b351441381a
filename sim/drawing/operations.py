"""What clients and operators want, drawn: a day of operations for each."""

from random import Random
from typing import Any

from sim.kernel import draws
from sim.markets import MARKETS, TOP_UP
from sim.plan import Op
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

LOOKED_AT_ONE_IN = 6
TRADES_WITH = ((1, "IOC"), (1, "FOK"), (1, "MARKET"), (2, "LIMIT_MAKER"), (7, "GTC"))


def trader_ops(draw: Random, count: int, storm_ms: int) -> tuple[Op, ...]:
    times = sorted(draws.below(draw, storm_ms) for _ in range(count))
    ops: list[Op] = []
    for id, at_ms in enumerate(times, 1):
        mine = [op for op in ops if op.do == "place"]
        roll = draws.below(draw, 100)
        if roll < 66 or not mine:
            ops.append(_place(draw, id, at_ms))
        elif roll < 96:
            ops.append(_about(draw, id, at_ms, draws.pick(draw, mine[-8:]), roll))
        else:
            symbol = draws.pick(draw, ("", *MARKETS))
            ops.append(Op(id=id, do="cancel_all", at_ms=at_ms, symbol=symbol, give_up_ms=_give_up(draw)))
    return tuple(ops)


def with_looks(draw: Random, ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Some orders are looked at about when they are acknowledged, some later."""
    looks: list[Op] = []
    for order in ops:
        if order.do == "place" and draws.chance(draw, 1, LOOKED_AT_ONE_IN):
            at_ms = order.at_ms + draws.between(draw, 2, draws.pick(draw, (15, 300)))
            id, by_name = len(ops) + len(looks) + 1, draws.chance(draw, 1, 2)
            looks.append(Op(id=id, do="look", at_ms=at_ms, of=order.id, symbol=order.symbol, by_name=by_name))
    return tuple(sorted((*ops, *looks), key=lambda op: op.at_ms))


def _about(draw: Random, id: int, at_ms: int, order: Op, roll: int) -> Op:
    """Something about an earlier order of this client."""
    about: dict[str, Any] = {
        "id": id,
        "at_ms": at_ms,
        "of": order.id,
        "symbol": order.symbol,
        "by_name": draws.chance(draw, 1, 2),
    }
    if roll < 80:
        return Op(do="cancel", give_up_ms=_give_up(draw), **about)
    lot = MARKETS[order.symbol][0].lot
    if roll < 86:
        less = draws.between(draw, 1, max(1, order.quantity // lot - 1)) * lot
        return Op(do="amend", quantity=less, give_up_ms=_give_up(draw), **about)
    content: dict[str, Any] = {
        "side": order.side,
        "type": order.type,
        "time_in_force": order.time_in_force,
        "self_trade": order.self_trade,
        "price": order.price,
    }
    if roll < 93:
        return Op(do="repeat", quantity=order.quantity, **content, **about)
    return Op(do="twist", quantity=order.quantity + lot, **content, **about)


def _give_up(draw: Random) -> int:
    return draws.between(draw, 1, 30) if draws.chance(draw, 1, 12) else 0


def _place(draw: Random, id: int, at_ms: int) -> Op:
    symbol = draws.pick(draw, tuple(MARKETS))
    rules, middle = MARKETS[symbol]
    side = Side(draws.below(draw, 2))
    kind = draws.pick(draw, [name for weight, name in TRADES_WITH for _ in range(weight)])
    type, force = OrderType.LIMIT, TimeInForce.GTC
    if kind in ("IOC", "FOK"):
        force = TimeInForce[kind]
    elif kind == "MARKET":
        type, force = OrderType.MARKET, draws.pick(draw, (TimeInForce.IOC, TimeInForce.IOC, TimeInForce.FOK))
    elif kind == "LIMIT_MAKER":
        type = OrderType.LIMIT_MAKER
    away = draws.between(draw, -4, 6) * (1 if side is Side.SELL else -1)
    ticks = middle // rules.tick
    price = 0 if type is OrderType.MARKET else (ticks + away * max(1, ticks // 1_000)) * rules.tick
    lots = draws.between(draw, 1, 40) * max(1, _lots(symbol) // 400)
    self_trade = SelfTrade.NONE if rules.self_trade_allowed and draws.chance(draw, 1, 4) else SelfTrade.EXPIRE_TAKER
    return Op(
        id=id, do="place", at_ms=at_ms, symbol=symbol, side=side, type=type, time_in_force=force, self_trade=self_trade,
        price=price, quantity=lots * rules.lot, give_up_ms=_give_up(draw),
    )  # fmt: skip


def _lots(symbol: str) -> int:
    """As many lots as an account can sell at the beginning, roughly."""
    return {"BTCUSDT": 20_000, "DOGEUSDT": 100_000, "ETHBTC": 1_000}[symbol]


def operator_ops(draw: Random, traders: int, storm_ms: int) -> tuple[Op, ...]:
    """Top-ups, and in some runs halts: each is taken back, so that the run ends with open markets."""
    ops: list[Op] = []
    for _ in range(draws.below(draw, 6)):
        asset = draws.pick(draw, tuple(TOP_UP))
        account = draws.between(draw, 1, traders)
        at_ms = draws.below(draw, storm_ms)
        ops.append(Op(id=len(ops) + 1, do="credit", at_ms=at_ms, of=account, symbol=asset, quantity=TOP_UP[asset]))
    if draws.chance(draw, 1, 2):
        for _ in range(draws.between(draw, 1, 3)):
            symbol = draws.pick(draw, ("", *MARKETS))
            state = draws.pick(draw, (MarketState.HALT, MarketState.CANCEL_ONLY))
            at_ms = draws.below(draw, storm_ms)
            until_ms = at_ms + draws.between(draw, 10, 800)
            ops.append(Op(id=len(ops) + 1, do="state", at_ms=at_ms, symbol=symbol, state=state))
            ops.append(Op(id=len(ops) + 1, do="state", at_ms=until_ms, symbol=symbol, state=MarketState.TRADING))
    return tuple(sorted(ops, key=lambda op: (op.at_ms, op.id)))
