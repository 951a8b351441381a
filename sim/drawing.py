"""From a seed to a plan. Swarm testing: each seed draws which kinds of fault exist at all, and how small the limits are."""

from random import Random
from typing import Any

from sim.drawing_faults import Stage, draw_faults, draw_zombies
from sim.kernel import draws
from sim.markets import MARKETS, TOP_UP
from sim.plan import Client, Op, Plan, Process
from tradewind.messages.topology import Topology
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

PROFILES = ("swarm", "calm", "direct", "zombie", "short")
CALM_PER_CENT = 15
STANDBY = ".standby"
LOOKED_AT_ONE_IN = 6

# What a knob may be instead of production's value. Small ones make rare branches common.
KNOBS: dict[str, tuple[int | float, ...]] = {
    "batch_max": (1, 2, 3, 8, 64),
    "feed_buffer_max": (64, 128),
    "inbox_buffer_max": (64, 128),
    "journal_page": (1, 2, 7, 50),
    "publish_pending_max": (1, 5, 40),
    "lease_s": (1.0, 2.0),
    "read_wait_s": (0.2, 0.5),
    "poll_s": (0.02, 0.2),
    "retry_s": (0.03, 0.2),
    "position_s": (0.05, 0.5),
    "hedge_s": (0.1, 0.3, 1.0),
}
TRADES_WITH = ((1, "IOC"), (1, "FOK"), (1, "MARKET"), (2, "LIMIT_MAKER"), (7, "GTC"))


def draw_plan(seed: int, profile: str = "swarm") -> Plan:
    """Profiles: "swarm"; "calm" without any fault; "direct" as swarm, but without gateways; "zombie" is direct,
    with a standby, and pauses that let it take over; "short" is small, calm, direct."""
    assert profile in PROFILES, profile
    if profile == "short":
        return _short(seed)
    draw = draws.keyed(seed, "plan")
    topology = Topology(1 + draws.below(draw, 2), 2)
    zombie = profile == "zombie"
    calm = profile == "calm" or (not zombie and draws.chance(draw, CALM_PER_CENT, 100))
    processes = _processes(draws.keyed(seed, "plan", "processes"), topology, zombie)
    storm_ms = draws.between(draw, 2_000, 5_000)
    gateways = 0 if profile in ("direct", "zombie") else draws.between(draw, 1, 2)
    busy = draws.pick(draw, (20, 60, 120))
    clients = _clients(seed, gateways, draws.between(draw, 2, 5), busy, storm_ms)
    nodes = [process.name for process in processes] + [f"gateway/{index}" for index in range(gateways)]
    backed = [name for name in nodes if f"{name}{STANDBY}" in nodes]
    stage = Stage(topology, nodes, [client.name for client in clients], storm_ms, backed)
    return Plan(
        profile=profile,
        clearing=topology.clearing,
        matching=topology.matching,
        gateways=gateways,
        processes=processes,
        schedule=_schedule(draws.keyed(seed, "plan", "schedule"), nodes),
        knobs=_knobs(draws.keyed(seed, "plan", "knobs"), bool(backed)),
        markets=tuple(MARKETS),
        storm_ms=storm_ms,
        clients=clients,
        faults=() if calm else draw_faults(seed, stage) + (draw_zombies(seed, stage) if zombie else ()),
    )


def _short(seed: int) -> Plan:
    """Every machine, four traders, a third of a second: no machine commits less than eight times."""
    topology, storm_ms = Topology(1, 2), 300
    return Plan(
        profile="short",
        clearing=topology.clearing,
        matching=topology.matching,
        processes=tuple(Process(name=shard, shards=(shard,)) for shard in topology.shards()),
        markets=tuple(MARKETS),
        storm_ms=storm_ms,
        clients=_clients(seed, 0, 4, 6, storm_ms),
    )


def _schedule(draw: Random, nodes: list[str]) -> str:
    roll = draws.below(draw, 100)
    if roll < 60:
        return "shuffled"
    if roll < 75:
        return "pct"
    return f"starve:{draws.pick(draw, nodes)}" if roll < 90 else "fifo"


def _processes(draw: Random, topology: Topology, backed: bool) -> tuple[Process, ...]:
    """One per shard, or all in one; sometimes with standbys."""
    shards = topology.shards()
    shape = draws.below(draw, 10)
    if shape == 0:
        together = [Process(name="all", shards=shards)]
    elif shape == 1:
        money = topology.shards("clearing") + topology.shards("matching")
        together = [
            Process(name="money", shards=money),
            Process(name="rest", shards=tuple(shard for shard in shards if shard not in money)),
        ]
    else:
        together = [Process(name=shard, shards=(shard,)) for shard in shards]
    if draws.chance(draw, 3, 10) or backed:
        # The money path's machines have the most to lose to a zombie.
        spare = draws.pick(draw, [process for process in together if process.shards[0].startswith(("clearing", "matching"))])
        together.append(Process(name=spare.name + STANDBY, shards=spare.shards))
    return tuple(together)


def _knobs(draw: Random, backed: bool) -> dict[str, int | float]:
    lease: dict[str, int | float] = {"lease_s": draws.pick(draw, (0.5, 1.0, 1.5))} if backed else {}
    if draws.chance(draw, 3, 10):
        return lease
    drawn = {knob: draws.pick(draw, values) for knob, values in KNOBS.items() if draws.chance(draw, 1, 3)}
    if "feed_buffer_max" in drawn or "inbox_buffer_max" in drawn:
        drawn.setdefault("batch_max", 64)  # a batch fits into every buffer
    return drawn | lease


def _clients(seed: int, gateways: int, traders: int, busy: int, storm_ms: int) -> tuple[Client, ...]:
    draw = draws.keyed(seed, "plan", "clients")
    clients = [
        Client(
            name=f"client/{number}",
            account=number,
            gateway=_gateway(draw, gateways),
            ops=_with_looks(
                draws.keyed(seed, "plan", "looks", number),
                _trader_ops(draws.keyed(seed, "plan", "ops", number), busy, storm_ms),
            ),
        )
        for number in range(1, traders + 1)
    ]
    operator = _operator_ops(draws.keyed(seed, "plan", "ops", "operator"), traders, storm_ms)
    return (*clients, Client(name="operator", gateway=_gateway(draw, gateways), ops=operator))


def _gateway(draw: Random, gateways: int) -> str:
    return f"gateway/{draws.below(draw, gateways)}" if gateways else ""


def _trader_ops(draw: Random, count: int, storm_ms: int) -> tuple[Op, ...]:
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


def _with_looks(draw: Random, ops: tuple[Op, ...]) -> tuple[Op, ...]:
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


def _operator_ops(draw: Random, traders: int, storm_ms: int) -> tuple[Op, ...]:
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
