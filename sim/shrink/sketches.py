"""From below: tiny plans made of pieces of a large one, many and cheap, until one fails of the same thing.

Taking away stalls where every order shifts what a fault at the n-th commit strikes, and each candidate costs a whole day. A
sketch has a few operations of one market close together, and a fault or two of the plan's that are aimed anew at what happens
early. Which ones is drawn from the plan's seed, so a shrinking can be repeated.
"""

from collections.abc import Sequence
from random import Random

from sim.kernel import draws
from sim.plan import Client, Fault, Op, Plan
from sim.shrink.aiming import aimed
from sim.shrink.mending import about, replace, within
from sim.shrink.trials import Size, Trials
from tradewind.messages.topology import Topology

OPERATIONS, FAULTS, CLIENTS = 8, 2, 3  # at most, in a sketch
LATEST = 60  # operations: where the tail is cut off already, what matters is near its end
WATCHES = 2
WHOLE_ONE_IN = 3
GAPS_MS = (1, 1, 3, 10, 40)
AFTERWARDS_MS = (10, 10, 300, 1_500)
STORM_MAX_MS = 4_000
Wanted = tuple[Client, Op]


def small(plan: Plan) -> bool:
    """Nothing that a sketch could improve."""
    size = Size.of(plan)
    return size.operations <= OPERATIONS and size.faults <= FAULTS


def sketches(trials: Trials, count: int) -> bool:
    """Tries so many, if the plan is not small; whether it is now. Every third is made of what the plan was at first: what was
    left of it may need more faults at once than another way to the same failure. Raises Spent."""
    left = trials.plan
    for number in range(0 if small(left) else count):
        whole = left if number % WHOLE_ONE_IN else trials.first
        draw = draws.keyed(trials.seed, "shrink", "sketch", number, Size.of(left).operations)
        if trials.instead(sketch(whole, draw), whole):
            return True
    return small(trials.plan)


def sketch(plan: Plan, draw: Random) -> Plan:
    """One of them."""
    picked = _spread(draw, _picked(draw, plan))
    last_ms = max((op.at_ms for _, op in picked), default=0)
    stage = _stage(draw, plan)
    faults = tuple(aimed(draw, fault, stage, last_ms, len(picked)) for fault in _faults(draw, plan))
    over_ms = max((fault.when.at_ms + fault.for_ms for fault in faults), default=0)
    storm_ms = min(STORM_MAX_MS, max(last_ms, over_ms)) + draws.pick(draw, AFTERWARDS_MS)
    return replace(stage, storm_ms=max(storm_ms, last_ms + 1), clients=_clients(plan, picked), faults=faults)


def _faults(draw: Random, plan: Plan) -> Sequence[Fault]:
    several = list(plan.faults)
    draws.shuffle(draw, several)
    return several[: draws.pick(draw, (0, 1, 1, FAULTS))]


def _stage(draw: Random, plan: Plan) -> Plan:
    """Bare, mostly; what a bug may need of the plan's own comes at times."""
    plain = Plan()
    bare = replace(plan, gateways=0, clearing=1, matching=min(2, plan.matching), processes=(), sites={}, markets=(), watches=())
    if plan.gateways and draws.chance(draw, 1, 2):
        watches = list(plan.watches)
        draws.shuffle(draw, watches)
        bare = replace(bare, gateways=1, watches=tuple(watches[: draws.below(draw, 1 + WATCHES)]))
    if draws.chance(draw, 1, 4):
        bare = replace(bare, clearing=plan.clearing, matching=plan.matching, processes=plan.processes)
    if draws.chance(draw, 2, 3):
        bare = replace(bare, knobs={}, writes=plain.writes)
    schedule = draws.pick(draw, ("fifo", plain.schedule, plan.schedule))
    starved = schedule.partition(":")[2]
    there = (*Topology(bare.clearing, bare.matching).shards(), *(process.name for process in bare.processes))
    return replace(bare, schedule=plain.schedule if starved and starved not in there else schedule)


def _picked(draw: Random, plan: Plan) -> list[Wanted]:
    """A few operations, mostly about one market or asset, of a few clients, with what is about them: in the order of time."""
    everything = sorted(((client, op) for client in plan.clients for op in client.ops), key=lambda one: one[1].at_ms)
    if draws.chance(draw, 1, 2):
        everything = everything[-LATEST:]
    roots = [one for one in everything if about(plan, *one) is None]
    if not roots:
        return everything[:OPERATIONS]
    symbol = draws.pick(draw, sorted({op.symbol for _, op in roots}))
    everywhere = draws.chance(draw, 1, 4)
    names = [client.name for client, op in roots if everywhere or op.symbol == symbol]
    actors = {draws.pick(draw, names) for _ in range(draws.between(draw, 1, CLIENTS))}
    near = [(client, op) for client, op in roots if client.name in actors and (everywhere or op.symbol in (symbol, ""))]
    count = draws.between(draw, 1, OPERATIONS)
    if draws.chance(draw, 1, 2):
        begin = draws.below(draw, len(near))
        near = near[begin : begin + count]
    else:
        draws.shuffle(draw, near)
    return sorted(_followed(draw, plan, near, count), key=lambda one: one[1].at_ms)


def _followed(draw: Random, plan: Plan, roots: list[Wanted], count: int) -> list[Wanted]:
    """Roots, some with what their clients, or others, want of them later."""
    picked: list[Wanted] = []
    for client, op in roots:
        later = [(who, one) for who in plan.clients for one in who.ops if about(plan, who, one) == (client.name, op.id)]
        if draws.chance(draw, 1, 3):
            draws.shuffle(draw, later)
            later = later[: draws.below(draw, 3)]
        elif not draws.chance(draw, 1, 2):
            later = []
        if len(picked) + 1 + len(later) > count:
            later = later[: max(0, count - len(picked) - 1)]
        picked += [(client, op), *later]
        if len(picked) >= count:
            break
    return picked


def _spread(draw: Random, picked: list[Wanted]) -> list[Wanted]:
    """In the same order, and close together."""
    steady = draws.pick(draw, (*GAPS_MS, 0))
    at_ms, spread = 0, []
    for client, op in picked:
        at_ms += steady or draws.pick(draw, GAPS_MS)
        spread.append((client, replace(op, at_ms=at_ms)))
    return spread


def _clients(plan: Plan, picked: list[Wanted]) -> tuple[Client, ...]:
    """Those who want something, and those to whom it is done."""
    whose = {op.of for _, op in picked if within(op)} | {op.whose for _, op in picked}
    days = {client.name: tuple(op for who, op in picked if who.name == client.name) for client in plan.clients}
    return tuple(
        replace(client, ops=days[client.name])
        for client in plan.clients
        if days[client.name] or (client.account and client.account in whose)
    )
