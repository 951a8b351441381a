"""Faults of Redis: it forgets, doubts, repeats itself, is late or away."""

from sim.cluster import Cluster
from sim.faults.registry import Undo, fault
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault


@fault
def bus_down(cluster: Cluster, what: Fault) -> Undo:
    faults = cluster.faults.bus
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault
def bus_slow(cluster: Cluster, what: Fault) -> Undo:
    pace = cluster.faults.bus.pace
    pace.added_ns = what.amount * MILLISECOND_NS
    return lambda: setattr(pace, "added_ns", 0)


@fault
def bus_flush(cluster: Cluster, what: Fault) -> None:
    cluster.broker.flush()


@fault
def bus_lose_tail(cluster: Cluster, what: Fault) -> None:
    """The newest `amount` entries of every stream were never there; `peer` names one stream."""
    for name in [what.peer] if what.peer else list(cluster.broker.streams):
        cluster.broker.lose_tail(name, what.amount)


@fault
def bus_doubt(cluster: Cluster, what: Fault) -> Undo:
    """Of a thousand writes `amount` go without an answer, half of them undone."""
    faults = cluster.faults.bus
    faults.unknown_per_thousand = what.amount
    return lambda: setattr(faults, "unknown_per_thousand", 0)


@fault
def bus_duplicates(cluster: Cluster, what: Fault) -> Undo:
    """Of a thousand writes `amount` happen twice."""
    faults = cluster.faults.bus
    faults.duplicate_per_thousand = what.amount
    return lambda: setattr(faults, "duplicate_per_thousand", 0)
