"""A fault that struck the n-th commit of a long day strikes nothing in a short one: here it is aimed anew, early."""

from random import Random

import msgspec

from sim.faults.registry import FATES, FAULTS
from sim.kernel import draws
from sim.plan import Fault, Plan, When
from sim.shrink.mending import replace
from tradewind.messages.topology import Topology, service_of

# What a fault at a time may strike instead.
MOMENTS = (
    "OrderAccepted of clearing",
    "Traded of matching",
    "LegSettled of clearing",
    "OrderTriggered of matching",
    "commit of clearing",
    "commit of matching",
    "publish of clearing",
    "publish of matching",
)
LENGTHS_MS = (5, 30, 150, 600)
ALWAYS = 1_000  # per thousand
MOMENTS_MAX = 3


def aimed(draw: Random, fault: Fault, stage: Plan, last_ms: int, operations: int) -> Fault:
    """At one of the first things that happen in a storm whose last operation comes at `last_ms`. Not longer than before; if it
    happens so often per thousand, then perhaps always."""
    if fault.for_ms and draws.chance(draw, 1, 2):
        fault = replace(fault, for_ms=min(fault.for_ms, draws.pick(draw, LENGTHS_MS)))
    if _is_rate(fault) and draws.chance(draw, 1, 2):
        fault = replace(fault, amount=ALWAYS)
    return replace(fault, when=_when(draw, fault, stage, last_ms, operations))


def scaled(fault: Fault, left: int, before: int) -> Fault:
    """With `left` operations of those `before`: as far into the storm as it was, if it counts from there."""
    when = fault.when
    if when.commit > 1 and when.in_storm:
        return replace(fault, when=replace(when, commit=max(1, when.commit * left // before)))
    if when.on and when.count > 1:
        return replace(fault, when=replace(when, count=max(1, when.count * left // before)))
    return fault


def _is_rate(fault: Fault) -> bool:
    parameters = FAULTS[fault.do].parameters if fault.do in FAULTS else ()
    return any(one.field == "amount" and one.unit == "per thousand" for one in parameters)


def _when(draw: Random, fault: Fault, stage: Plan, last_ms: int, operations: int) -> When:
    when = fault.when
    if when.on:
        return replace(when, count=draws.between(draw, 1, MOMENTS_MAX))
    if when.commit:
        number = draws.between(draw, 1, 2 + 2 * operations)
        aim = When(shard=_shard(draw, when.shard, stage), commit=number, before=when.before, in_storm=True)
        return aim if fault.do in FATES else msgspec.structs.replace(aim, steps=when.steps)
    if draws.chance(draw, 1, 2):
        return replace(when, at_ms=draws.between(draw, 0, last_ms + 10))
    return When(on=draws.pick(draw, MOMENTS), count=draws.between(draw, 1, MOMENTS_MAX), in_storm=True, steps=when.steps)


def _shard(draw: Random, shard: str, stage: Plan) -> str:
    """One of the same service that is there."""
    there = Topology(stage.clearing, stage.matching).shards(service_of(shard))
    return draws.pick(draw, there)
