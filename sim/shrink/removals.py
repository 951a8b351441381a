"""Whole things go: faults, clients, operations, markets, knobs, processes, gateways, shards."""

from collections.abc import Iterator
from typing import Any

import msgspec

from sim.plan import Client, Op, Plan, Process
from sim.shrink.aiming import scaled
from sim.shrink.ddmin import ddmin
from sim.shrink.fields import default_of
from sim.shrink.mending import replace, shards
from sim.shrink.trials import Size, Trials
from tradewind.messages.topology import Topology

CHANCES_OF_FAULTS = 2
CHANCES_OF_PLACES = 1


def faults(trials: Trials) -> None:
    trials.chances = min(trials.chances, CHANCES_OF_FAULTS)
    ddmin(trials.plan.faults, lambda left: trials.take(faults=tuple(left)))


def clients(trials: Trials) -> None:
    ddmin(trials.plan.clients, lambda left: trials.take(clients=tuple(left)))


def tail(trials: Trials) -> None:
    """What comes late cannot have caused it, and without it nothing before comes out otherwise: the storm ends sooner."""
    chances, trials.chances = trials.chances, 0
    too_short_ms, enough_ms = 0, trials.plan.storm_ms
    while enough_ms - too_short_ms > 1 + enough_ms // 32:
        middle_ms = (too_short_ms + enough_ms) // 2
        if trials.take(storm_ms=middle_ms, **_until(trials.plan, middle_ms)):
            enough_ms = middle_ms
        else:
            too_short_ms = middle_ms
    trials.chances = chances


def _until(plan: Plan, last_ms: int) -> dict[str, object]:
    early = tuple(fault for fault in plan.faults if fault.when.at_ms <= last_ms)
    clients = tuple(replace(client, ops=tuple(op for op in client.ops if op.at_ms <= last_ms)) for client in plan.clients)
    return {"clients": clients, "faults": early}


def operations(trials: Trials) -> None:
    """Of all clients together, in the order of time; what is about one that goes, goes too."""
    ddmin(_in_time(trials.plan), lambda left: _wanting(trials, left))


def _wanting(trials: Trials, left: list[tuple[str, Op]]) -> bool:
    """A fault that counts what happens may strike the same thing as before only if it counts less far."""
    clients, before = _with(trials.plan, left), Size.of(trials.plan).operations
    if trials.take(clients=clients):
        return True
    nearer = tuple(scaled(fault, len(left), before) for fault in trials.plan.faults)
    return nearer != trials.plan.faults and trials.take(clients=clients, faults=nearer)


def _in_time(plan: Plan) -> list[tuple[str, Op]]:
    return sorted(((client.name, op) for client in plan.clients for op in client.ops), key=lambda one: one[1].at_ms)


def _with(plan: Plan, left: list[tuple[str, Op]]) -> tuple[Client, ...]:
    names = {(name, op.id) for name, op in left}
    return tuple(_only(client, names) for client in plan.clients)


def _only(client: Client, names: set[tuple[str, int]]) -> Client:
    return replace(client, ops=tuple(op for op in client.ops if (client.name, op.id) in names))


def place(trials: Trials) -> None:
    """The stage: each field of the plan to its default, then what a default does not tell."""
    trials.chances = min(trials.chances, CHANCES_OF_PLACES)
    trials.take(knobs={}, gateways=0, processes=(), clearing=1, matching=min(2, trials.plan.matching))
    for field in msgspec.structs.fields(Plan):
        if field.name not in NOT_STAGE:
            trials.take(**{field.name: default_of(field)})
    for clearing, matching in ((1, 2), (1, 1), (1, trials.plan.matching), (trials.plan.clearing, 1)):
        if (clearing, matching) < (trials.plan.clearing, trials.plan.matching):
            trials.take(**_topology(trials.plan, clearing, matching))
    for name, value in msgspec.structs.asdict(trials.plan).items():
        if isinstance(value, dict):  # knobs, sites
            _entries(trials, name, value)
    ddmin(trials.plan.watches, lambda left: trials.take(watches=tuple(left)))
    ddmin(trials.plan.markets, lambda left: trials.take(markets=tuple(left)))
    if trials.plan.gateways > 1:
        trials.take(gateways=1)
    for fewer in _fewer(trials.plan):
        trials.take(processes=fewer)


# `accepts_loss` says by what a run is judged: without it, a plan would fail of something else under the same name.
NOT_STAGE = {"version", "profile", "clients", "faults", "storm_ms", "schedule", "markets", "clearing", "matching"} | {
    "accepts_loss"
}


def _entries(trials: Trials, name: str, entries: dict[str, Any]) -> None:
    ddmin(list(entries.items()), lambda left: trials.take(**{name: dict(left)}))


def _topology(plan: Plan, clearing: int, matching: int) -> dict[str, object]:
    """Fewer shards, and processes that serve no others."""
    there = Topology(clearing, matching).shards()
    processes = [(process.name, tuple(shard for shard in process.shards if shard in there)) for process in plan.processes]
    kept = tuple(Process(name=name, shards=left) for name, left in processes if left)
    return {"clearing": clearing, "matching": matching, "processes": kept}


def _fewer(plan: Plan) -> Iterator[tuple[Process, ...]]:
    """Without one process that is not needed: a standby or, seen from the other side, its principal."""
    for out in reversed(plan.processes):
        left = tuple(process for process in plan.processes if process is not out)
        if {shard for process in left for shard in process.shards} == set(shards(plan)):
            yield left
