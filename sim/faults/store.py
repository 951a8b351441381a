"""Faults of the database. What becomes of single commits is in sim.faults.registry: FATES."""

from sim.cluster import Cluster
from sim.faults.registry import Undo, fault
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault


@fault
def store_down(cluster: Cluster, what: Fault) -> Undo:
    faults = cluster.faults.store
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault
def store_slow(cluster: Cluster, what: Fault) -> Undo:
    """Every message to and from the database is `amount` milliseconds late."""
    pace = cluster.faults.store.pace
    pace.added_ns = what.amount * MILLISECOND_NS
    return lambda: setattr(pace, "added_ns", 0)
