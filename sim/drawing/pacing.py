"""Bursts with silences between them: virtual time costs next to nothing where nobody asks for anything."""

from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from sim.kernel import draws
from sim.plan import Plan

BURST_MS = 600


def thinned(draw: Random, plan: Plan, faults_max: int) -> Plan:
    """With at most so many of its faults, in their order."""
    kept = list(range(len(plan.faults)))
    while len(kept) > faults_max:
        del kept[draws.below(draw, len(kept))]
    return replace(plan, faults=tuple(plan.faults[number] for number in kept))


def spread(draw: Random, plan: Plan, silence_ms: tuple[int, int] = (1_500, 6_000)) -> Plan:
    """The same day, cut into bursts, with `silence_ms` (from, to) of silence before each but the first: leases are renewed,
    readers poll, what a fault has left behind stays for a while."""
    bursts = -(-plan.storm_ms // BURST_MS)
    begins: list[int] = [0]
    for _ in range(1, bursts):
        begins.append(begins[-1] + BURST_MS + draws.between(draw, *silence_ms))

    def later(at_ms: int) -> int:
        return begins[min(at_ms // BURST_MS, bursts - 1)] + at_ms % BURST_MS

    return _mapped(plan, later, begins[-1] + BURST_MS)


def _mapped(plan: Plan, later: Callable[[int], int], storm_ms: int) -> Plan:
    clients = tuple(
        replace(client, ops=tuple(replace(op, at_ms=later(op.at_ms)) for op in client.ops)) for client in plan.clients
    )
    faults = tuple(
        fault if fault.when.commit else replace(fault, when=replace(fault.when, at_ms=later(fault.when.at_ms)))
        for fault in plan.faults
    )
    return replace(plan, clients=clients, faults=faults, storm_ms=storm_ms)
