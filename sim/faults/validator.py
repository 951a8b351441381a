"""Softens what no design could survive, or what could not happen, and says so: a run of such a plan would show nothing.
Refuses what nobody can read.

Each rule looks at one fault, knowing the plan, and returns what becomes of it (None: it is left out) and why.
"""

from collections.abc import Callable

import msgspec

from sim.faults.registry import FATES, FAULTS
from sim.faults.triggers import BadTrigger, read
from sim.plan import Fault, Plan
from tradewind.messages.topology import Topology

NODELESS = ("store", "bus")  # faults may name them, though nobody lives there
SIGNATURE_MS = 30_000  # a gateway takes a signature that is off by so much
AHEAD_MAX_MS = 10_000  # journals never go back in time: a clock that ran ahead makes commands late for as long again
AWAY_PART = 0.75  # of the storm: by then somebody serves every shard again


class BadPlan(ValueError):
    """No run can be made of it; the sentence says why."""


Softened = tuple[Fault | None, str]
Rule = Callable[[Plan, Fault], Softened | None]


def soften(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """The plan as it is run, and a sentence for each thing that is not as it was asked for. Raises BadPlan."""
    _is_understood(plan)
    kept: list[Fault] = []
    said: list[str] = []
    for fault in plan.faults:
        now: Fault | None = fault
        for rule in RULES:
            changed = rule(plan, now) if now is not None else None
            if changed is not None:
                now, why = changed
                said.append(f"{fault.do}: {why}")
        kept += [] if now is None else [now]
    kept, more = _somebody_lives(plan, kept)
    said += more
    return (msgspec.structs.replace(plan, faults=tuple(kept)) if said else plan), tuple(said)


def _is_understood(plan: Plan) -> None:
    for number, fault in enumerate(plan.faults, 1):
        where = f"fault {number} of the plan, {fault.do!r}"
        if fault.do not in FAULTS and fault.do not in FATES:
            raise BadPlan(f"{where}: there is none of that name; `tradewind-sim faults` lists them")
        if fault.do in FATES and fault.when.commit < 1:
            raise BadPlan(f"{where}: it is the fate of a commit, so its `when` needs `shard` and `commit`")
        try:
            if fault.when.on:
                read(fault.when)
        except BadTrigger as error:
            raise BadPlan(f"{where}: {error}") from error


def _names_somebody(plan: Plan, fault: Fault) -> Softened | None:
    known = _nodes(plan)
    for name in (fault.node, *fault.others):
        if name and name not in known and name not in NODELESS:
            return None, f"there is no node {name}, so it is left out"
    fields = {one.field for one in FAULTS[fault.do].parameters} if fault.do in FAULTS else set()
    if "node" in fields and not fault.node and not fault.when.commit and not fault.when.on:
        return None, "it names no victim, so it is left out"
    return None


def _moves_somewhere(plan: Plan, fault: Fault) -> Softened | None:
    if fault.do != "shard_move":
        return None
    served = processes(plan)
    if fault.node not in served or fault.peer not in Topology(plan.clearing, plan.matching).shards():
        return None, f"{fault.node or 'nobody'} cannot serve {fault.peer or 'nothing'}, so it is left out"
    if fault.peer in served[fault.node]:
        return None, f"{fault.node} serves {fault.peer} already, so it is left out"
    return None


def _loss_is_accepted(plan: Plan, fault: Fault) -> Softened | None:
    if fault.do != "store_failover_lossy" or plan.accepts_loss:
        return None
    why = "what was acknowledged would be gone, and the plan does not say `accepts_loss`: the standby is synchronous"
    return msgspec.structs.replace(fault, do="store_failover", amount=0), why


def _time_comes_back(plan: Plan, fault: Fault) -> Softened | None:
    if fault.do not in ("clock_step", "clock_skew"):
        return None
    if fault.node not in {client.name for client in plan.clients} and fault.amount > AHEAD_MAX_MS:
        why = f"a journal never goes back in time, so its shard would refuse commands as late: at most {AHEAD_MAX_MS} ms ahead"
        return msgspec.structs.replace(fault, amount=AHEAD_MAX_MS), why
    half_ms = plan.storm_ms // 2
    if abs(fault.amount) > SIGNATURE_MS and fault.for_ms > half_ms:
        why = f"no signature would be taken for ever: the clock is right again after {half_ms} ms"
        return msgspec.structs.replace(fault, for_ms=half_ms), why
    return None


def _is_clogged_within_the_storm(plan: Plan, fault: Fault) -> Softened | None:
    """When it strikes before the storm it must not reach beyond it: what it holds back arrives when it ends, not earlier."""
    if fault.do != "clog" or fault.for_ms <= plan.storm_ms:
        return None
    why = f"faults are over when the storm is: what it holds back arrives after {plan.storm_ms} ms"
    return msgspec.structs.replace(fault, for_ms=plan.storm_ms), why


def _can_be_met(plan: Plan, fault: Fault) -> Softened | None:
    if fault.for_ms >= 0 and fault.when.at_ms >= 0 and fault.when.steps >= 0:
        return None
    return None, "its times are negative, so it is left out"


RULES: tuple[Rule, ...] = (
    _can_be_met,
    _names_somebody,
    _moves_somewhere,
    _loss_is_accepted,
    _time_comes_back,
    _is_clogged_within_the_storm,
)


def _somebody_lives(plan: Plan, faults: list[Fault]) -> tuple[list[Fault], list[str]]:
    """A shard that nobody serves from the first half of the storm to its end is served again before that, for a while."""
    said: list[str] = []
    latest_ms = int(plan.storm_ms * AWAY_PART)
    for shard in Topology(plan.clearing, plan.matching).shards():
        servers = [name for name, shards in processes(plan).items() if shard in shards]
        while servers and all(any(_lasting(plan, fault, name) for fault in faults) for name in servers):
            place = next(place for place, fault in enumerate(faults) if _lasting(plan, fault, servers[0]))
            fault = faults[place]
            faults[place] = msgspec.structs.replace(fault, for_ms=latest_ms - fault.when.at_ms)
            why = f"nobody would serve {shard} for the rest of the storm: it is over after {latest_ms} ms of it"
            said.append(f"{fault.do}: {why}")
    return faults, said


def _lasting(plan: Plan, fault: Fault, node: str) -> bool:
    """Whether the node is away from the first half of the storm until its end, because of this."""
    away = fault.do in ("kill", "kill_group", "stop", "pause") and node in (fault.node, *fault.others)
    timed = not fault.when.commit and not fault.when.on
    return away and timed and fault.when.at_ms <= plan.storm_ms // 2 and fault.when.at_ms + fault.for_ms >= plan.storm_ms


def processes(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Who serves what: what the plan says, or one process for each shard."""
    named = {process.name: process.shards for process in plan.processes}
    return named or {shard: (shard,) for shard in Topology(plan.clearing, plan.matching).shards()}


def _nodes(plan: Plan) -> set[str]:
    gateways = {f"gateway/{index}" for index in range(plan.gateways)} | ({"operators"} if plan.gateways else set())
    return {*processes(plan), *gateways, *(client.name for client in plan.clients), *(watch.name for watch in plan.watches)}
