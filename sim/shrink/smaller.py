"""What stays gets shorter and rounder: times first, all at once, then every field of every operation and fault."""

from collections.abc import Callable

from sim.plan import Client, Fault, Plan, When
from sim.shrink.fields import rounder, simpler
from sim.shrink.mending import about, replace
from sim.shrink.trials import Trials

STEPS_MS = (10, 3, 1)
AFTER_LAST_MS = 10
NEVER_DEFAULT = frozenset({"symbol", "of", "whose"})  # without them an operation is about nothing


def times(trials: Trials) -> None:
    """The moments of operations and of faults come closer, and the storm ends soon after the last.

    Where two messages must meet it is good to have everything at once, for then they meet in many smaller plans too.
    """
    moments = sorted(set(_moments(trials.plan)))
    ranks = {moment: rank for rank, moment in enumerate(moments, 1)}
    evenly = [lambda at, step=step: step * ranks[at] for step in STEPS_MS]
    for sooner in (*evenly, lambda at: at // 10, lambda at: at // 3, _tidy):
        if _span(trials.plan, sooner) < _span(trials.plan, int) and trials.take(**_at(trials.plan, sooner)):
            break
    storm(trials)


def _span(plan: Plan, sooner: Callable[[int], int]) -> int:
    """The sum of all moments: smaller is sooner."""
    return sum(map(sooner, _moments(plan)))


def storm(trials: Trials) -> None:
    """A storm that is shorter, down to the last moment that anybody named."""
    last = max(_moments(trials.plan), default=0)
    for length in (last + AFTER_LAST_MS, *rounder(trials.plan.storm_ms)):
        if last < length < trials.plan.storm_ms and trials.take(storm_ms=length):
            return


def _tidy(at_ms: int) -> int:
    return at_ms - at_ms % 10


def crowd(trials: Trials) -> None:
    """A millisecond between any two moments."""
    ranks = {moment: rank for rank, moment in enumerate(sorted(set(_moments(trials.plan))), 1)}
    trials.take(**_at(trials.plan, ranks.__getitem__))


def _moments(plan: Plan) -> list[int]:
    said = [op.at_ms for client in plan.clients for op in client.ops]
    return said + [fault.when.at_ms for fault in plan.faults if is_timed(fault.when)]


def is_timed(when: When) -> bool:
    """It waits for a moment, and for no event."""
    return replace(when, at_ms=0, steps=0) == When()


def _at(plan: Plan, sooner: Callable[[int], int]) -> dict[str, object]:
    def of(fault: Fault) -> Fault:
        if not is_timed(fault.when):
            return fault
        return replace(fault, when=replace(fault.when, at_ms=sooner(fault.when.at_ms)))

    clients = tuple(
        replace(client, ops=tuple(replace(op, at_ms=sooner(op.at_ms)) for op in client.ops)) for client in plan.clients
    )
    return {"clients": clients, "faults": tuple(map(of, plan.faults))}


def faults(trials: Trials) -> None:
    """Field by field, until none gets simpler."""
    for number in range(len(trials.plan.faults)):
        while any(_with_fault(trials, number, fault) for fault in simpler(trials.plan.faults[number])):
            pass


def _with_fault(trials: Trials, number: int, fault: Fault) -> bool:
    several = trials.plan.faults
    return trials.take(faults=(*several[:number], fault, *several[number + 1 :]))


def operations(trials: Trials) -> None:
    """Field by field, until none gets simpler."""
    for number, client in enumerate(trials.plan.clients):
        for place in range(len(client.ops)):
            _operation(trials, number, place)


def _operation(trials: Trials, number: int, place: int) -> None:
    def ops() -> Client:
        return trials.plan.clients[number]

    while any(
        _with_client(trials, number, replace(ops(), ops=(*ops().ops[:place], op, *ops().ops[place + 1 :])))
        for op in simpler(ops().ops[place], NEVER_DEFAULT)
    ):
        pass


def _with_client(trials: Trials, number: int, client: Client) -> bool:
    several = trials.plan.clients
    return trials.take(clients=(*several[:number], client, *several[number + 1 :]))


def numbers(trials: Trials) -> None:
    """Operations are numbered from 1 again."""
    now = {(client.name, op.id): number for client in trials.plan.clients for number, op in enumerate(client.ops, 1)}
    trials.take(clients=tuple(_numbered(trials.plan, client, now) for client in trials.plan.clients))


def _numbered(plan: Plan, client: Client, now: dict[tuple[str, int], int]) -> Client:
    targets = [about(plan, client, op) for op in client.ops]
    abouts = [op.of if target is None else now.get(target, op.of) for op, target in zip(client.ops, targets, strict=True)]
    ops = zip(client.ops, abouts, strict=True)
    return replace(client, ops=tuple(replace(op, id=now[client.name, op.id], of=of) for op, of in ops))
