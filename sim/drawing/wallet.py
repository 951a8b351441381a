"""Deposits, withdrawals, and those who decide about them; with what a chain does to all of it. In a part of the seeds."""

from random import Random

from msgspec.structs import replace

from sim.kernel import draws
from sim.markets import MOVED
from sim.plan import ChainDay, Client, Fault, Op, Plan, When

# A soak has none: most of its quarter of an hour is silence, and blocks come in silence as well.
ONE_IN = {"wallet": 1, "short": 1, "smoke": 6, "calm": 3, "swarm": 3, "direct": 3, "zombie": 3}
DEEPEST = 7


def with_wallet(seed: int, plan: Plan) -> Plan:
    """The same plan, and in some seeds a chain beside it. Not where an operator gives acknowledged commits up: what has been
    paid out has been paid out, whatever the wallet then knows of it."""
    if plan.accepts_loss:
        return plan
    draw = draws.keyed(seed, "plan", "wallet")
    if plan.profile not in ONE_IN or not draws.chance(draw, 1, ONE_IN[plan.profile]):
        return plan
    accounts = [client.account for client in plan.clients if client.account]
    customers = [_customer(draws.keyed(seed, "plan", "customer", number), number, plan) for number in accounts]
    reviewers = _reviewers(draws.keyed(seed, "plan", "reviewers"), customers, plan.storm_ms)
    day = ChainDay(block_ms=draws.pick(draw, (60, 120, 250)), confirmations=draws.between(draw, 2, 4))
    if plan.profile == "short":
        day = ChainDay(block_ms=60, confirmations=2)
    faults = () if plan.calm else _faults(draws.keyed(seed, "plan", "faults", "chain"), plan.storm_ms)
    return replace(plan, chain=day, clients=(*plan.clients, *customers, *reviewers), faults=(*plan.faults, *faults))


def _customer(draw: Random, account: int, plan: Plan) -> Client:
    count = draws.between(draw, 2, 5) if plan.profile in ("short", "smoke") else draws.between(draw, 3, 9)
    times = sorted(draws.below(draw, max(1, plan.storm_ms * 3 // 4)) for _ in range(count))
    ops: list[Op] = []
    for at_ms in times:
        asset = draws.pick(draw, tuple(MOVED))
        moved, id = MOVED[asset], len(ops) + 1
        roll = draws.below(draw, 10)
        if roll < 4:
            units = moved.deposit_min * draws.between(draw, 1, 12) * 2 // 3 + draws.below(draw, 3)
            ops.append(Op(id=id, do="deposit", at_ms=at_ms, symbol=asset, quantity=units))
            continue
        units = moved.withdrawal_min * draws.between(draw, 0, 12) + draws.below(draw, 2)
        in_vain, gives_up = int(draws.chance(draw, 1, 6)), draws.between(draw, 1, 20) * draws.below(draw, 2)
        ops.append(Op(id=id, do="withdraw", at_ms=at_ms, symbol=asset, quantity=units, type=in_vain, give_up_ms=gives_up))
        if draws.chance(draw, 1, 3):
            later = at_ms + draws.between(draw, 1, draws.pick(draw, (10, 120)))
            ops.append(Op(id=id + 1, do="recall", at_ms=later, of=id))
    return Client(name=f"customer/{account}", account=account, ops=_in_time(ops))


def _reviewers(draw: Random, customers: list[Client], storm_ms: int) -> tuple[Client, ...]:
    """Two look at every withdrawal; they do not talk to each other."""
    days: list[list[Op]] = [[], []]
    for customer in customers:
        for op in customer.ops:
            if op.do != "withdraw":
                continue
            soon = op.at_ms + draws.between(draw, 2, draws.pick(draw, (20, 150)))
            for day in days:
                at_ms = soon + draws.below(draw, draws.pick(draw, (2, 40)))
                do = "approve" if draws.chance(draw, 4, 5) else "reject"
                if draws.chance(draw, 2, 3):
                    day.append(Op(id=len(day) + 1, do=do, at_ms=at_ms, of=op.id, whose=customer.account))
    for _ in range(draws.below(draw, 3)):
        days[0].append(Op(id=len(days[0]) + 1, do="thaw", at_ms=draws.below(draw, storm_ms)))
    return tuple(Client(name=f"reviewer/{number}", ops=_in_time(day)) for number, day in enumerate(days, 1))


def _in_time(ops: list[Op]) -> tuple[Op, ...]:
    return tuple(sorted(ops, key=lambda op: (op.at_ms, op.id)))


def _faults(draw: Random, storm_ms: int) -> tuple[Fault, ...]:
    """Reorganisations in most seeds, and the nodes' own faults."""
    faults = [
        Fault(do="chain_reorg", when=When(at_ms=draws.below(draw, storm_ms)), amount=draws.between(draw, 1, DEEPEST))
        for _ in range(draws.below(draw, 4))
    ]
    for do, amounts in (
        ("chain_late", (1, 3, 6)),
        ("chain_duplicates", (0,)),
        ("chain_lies", (50, 300)),
        ("chain_down", (0,)),
        ("broadcast_unknown", (300, 900)),
    ):
        if draws.chance(draw, 1, 3):
            when, for_ms = When(at_ms=draws.below(draw, storm_ms)), draws.between(draw, 100, 2_000)
            faults.append(Fault(do=do, when=when, for_ms=for_ms, amount=draws.pick(draw, amounts)))
    return tuple(faults)
