"""Subscribers, clients that mean no good, operators who change things, and what goes wrong with all of them: in a part of the
seeds with gateways, each from streams of its own."""

from random import Random
from typing import Any, NamedTuple

from msgspec.structs import replace

from sim.clients import hostile
from sim.kernel import draws
from sim.markets import MARKETS
from sim.plan import Client, Fault, Op, Plan, Watch, When

FRAMES_MAX = (8, 8, 30, 1_000)  # that a gateway keeps for a slow subscriber
READ_ONLY = 1
GRIDS = (1, 2, 5)  # a coarser grid has so many of the first steps in each of its own


class Odds(NamedTuple):
    """How many of a hundred seeds have any of them."""

    watched: int = 45
    hostile: int = 30
    weak: int = 12
    changing: int = 40
    revoking: int = 20
    faulty: int = 50


PLAIN = ("short", "soak", "upgrade")  # what is drawn for them is all there is
STORMED = ("direct", "zombie")  # without gateways, but with storms of retries
OFTEN = Odds(100, 50, 40, 100, 30, 100)  # where clients are the subject


def with_clientele(seed: int, plan: Plan) -> Plan:
    """The plan with them. Where an operator accepts loss, what was pushed or revoked may be among it: then nobody listens."""
    often = plan.profile == "clientele"
    if plan.profile in PLAIN or (not plan.gateways and plan.profile not in STORMED):
        return plan
    odds = OFTEN if often else Odds()
    watches, frames_max = ((), FRAMES_MAX[-1]) if plan.accepts_loss else _watches(seed, plan, odds)
    clients = _unkind(seed, plan, watches, odds) if plan.gateways else plan.clients
    faults = () if plan.calm and not often else _client_faults(seed, watches, clients, plan.storm_ms, odds)
    frames_max = min(FRAMES_MAX) if often else frames_max
    return replace(plan, clients=clients, watches=watches, frames_max=frames_max, faults=plan.faults + faults)


def _watches(seed: int, plan: Plan, odds: Odds) -> tuple[tuple[Watch, ...], int]:
    """One or two subscribers, and how many frames the gateways keep for a slow one."""
    draw = draws.keyed(seed, "plan", "watches")
    if not plan.gateways or not draws.chance(draw, odds.watched, 100):
        return (), FRAMES_MAX[-1]
    watches: list[Watch] = []
    for number in range(1, 1 + draws.between(draw, 1, 2)):
        gateway = f"gateway/{draws.below(draw, plan.gateways)}"
        if draws.chance(draw, 1, 2):
            account = draws.pick(draw, [client.account for client in plan.clients if client.account])
            watches.append(Watch(name=f"watcher/{number}", gateway=gateway, account=account))
        else:
            symbols = sorted({draws.pick(draw, tuple(MARKETS)) for _ in range(2)})
            kinds = draws.pick(draw, (("book",), ("book", "trades")))
            channels = tuple(f"market.{symbol}.{kind}" for symbol in symbols for kind in kinds)
            watches.append(Watch(name=f"watcher/{number}", gateway=gateway, channels=channels))
    return tuple(watches), draws.pick(draw, FRAMES_MAX)


def _unkind(seed: int, plan: Plan, watches: tuple[Watch, ...], odds: Odds) -> tuple[Client, ...]:
    """The clients, some with hostile requests among theirs; in some seeds one more, whose key may only read and who trades. A
    key that is revoked is that of a subscriber if there is one."""
    clients, storm_ms = plan.clients, plan.storm_ms
    accounts = [client.account for client in clients if client.account]
    draw = draws.keyed(seed, "plan", "unkind")
    if draws.chance(draw, odds.hostile, 100):
        clients = tuple(_with_hostile(draw, client, storm_ms) if client.account == 1 else client for client in clients)
    if draws.chance(draw, odds.weak, 100):
        clients = (*clients, _weak(draw, 1 + max(accounts), plan.gateways, storm_ms))
    operations = draws.keyed(seed, "plan", "changes")
    more = _changes(operations, storm_ms, odds)
    listening = [watch.account for watch in watches if watch.account]
    if draws.chance(operations, odds.revoking, 100) and not plan.accepts_loss:
        victim = draws.pick(operations, listening or accounts)
        more.append({"do": "revoke", "at_ms": draws.below(operations, storm_ms // 4), "of": victim})
    return tuple(client if client.account else _with_more(client, more) for client in clients)


def _with_more(client: Client, more: list[dict[str, Any]]) -> Client:
    first = 1 + max((op.id for op in client.ops), default=0)
    ops = (*client.ops, *(Op(id=first + place, **fields) for place, fields in enumerate(more)))
    return replace(client, ops=tuple(sorted(ops, key=lambda op: (op.at_ms, op.id))))


def _with_hostile(draw: Random, client: Client, storm_ms: int) -> Client:
    kinds = [draws.pick(draw, hostile.KINDS) for _ in range(draws.between(draw, 2, 5))]
    return _with_more(client, [{"do": "hostile", "what": kind, "at_ms": draws.below(draw, storm_ms)} for kind in kinds])


def _weak(draw: Random, number: int, gateways: int, storm_ms: int) -> Client:
    rules, middle = MARKETS["DOGEUSDT"]
    times = sorted(draws.below(draw, storm_ms) for _ in range(2))
    ops = tuple(
        Op(id=id, do="place", at_ms=at_ms, symbol=rules.symbol, side=1, price=middle, quantity=100)
        for id, at_ms in enumerate(times, 1)
    )
    gateway = f"gateway/{draws.below(draw, gateways)}"
    return Client(name=f"client/{number}", account=number, gateway=gateway, ops=ops, permissions=READ_ONLY)


def _changes(draw: Random, storm_ms: int, odds: Odds) -> list[dict[str, Any]]:
    """Fees, bounds, and grids that become coarser and as they were; now and then something that must be refused."""
    if not draws.chance(draw, odds.changing, 100):
        return []
    changes = []
    for _ in range(draws.between(draw, 1, 4)):
        symbol = draws.pick(draw, tuple(MARKETS))
        rules, _ = MARKETS[symbol]
        roll = draws.below(draw, 10)
        terms: dict[str, int] = {}
        if roll < 6:
            terms = {"maker_fee_ppm": 100 * draws.below(draw, 40), "taker_fee_ppm": 100 * draws.below(draw, 40)}
        elif roll < 8:
            terms = {"tick": rules.tick * draws.pick(draw, GRIDS), "lot": rules.lot * draws.pick(draw, GRIDS)}
        elif roll < 9:
            terms = {
                "quantity_max": rules.quantity_max // draws.pick(draw, (1, 10)),
                "band_bps": draws.pick(draw, (0, 200, 1_000)),
            }
        else:
            terms = {"maker_fee_ppm": 200_000}  # more than the exchange allows itself
        changes.append({"do": "change", "at_ms": draws.below(draw, storm_ms), "symbol": symbol, "terms": terms})
    return changes


def _client_faults(
    seed: int, watches: tuple[Watch, ...], clients: tuple[Client, ...], storm_ms: int, odds: Odds
) -> tuple[Fault, ...]:
    """Of subscribers and of those who trade."""
    draw = draws.keyed(seed, "plan", "faults", "clientele")
    if not draws.chance(draw, odds.faulty, 100):
        return ()
    faults: list[Fault] = []
    for number in range(draws.between(draw, 1, 3)):
        when = When(at_ms=draws.below(draw, storm_ms))
        for_ms = draws.between(draw, 50, 2_000)
        client = draws.pick(draw, [client.name for client in clients])
        roll = draws.below(draw, 4)
        if watches and (number == 0 or roll > 1):
            faults.append(_of_watch(draw, draws.pick(draw, watches).name, when, for_ms))
        elif roll == 0 or not clients[0].gateway:
            faults.append(Fault(do="retry_storm", node=client, when=when, for_ms=for_ms, amount=draws.between(draw, 2, 8)))
        else:
            faults.append(Fault(do="duplicates", node=client, when=when, for_ms=for_ms, amount=draws.between(draw, 1, 3)))
    return tuple(faults)


def _of_watch(draw: Random, node: str, when: When, for_ms: int) -> Fault:
    if draws.chance(draw, 1, 2):
        # Early and for long: what piles up must be more than a gateway keeps.
        return Fault(do="slow_reader", node=node, when=When(at_ms=when.at_ms // 3), for_ms=for_ms + 1_000)
    if draws.chance(draw, 1, 3):
        return Fault(do="kill", node=node, when=when, for_ms=for_ms)
    at = When(at_ms=when.at_ms, steps=draws.below(draw, 12))
    return Fault(do="socket_cut", node=node, when=at)
