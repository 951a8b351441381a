"""Faults of wall clocks."""

from sim.cluster import Cluster
from sim.faults.registry import Undo, fault
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault


@fault
def clock_step(cluster: Cluster, what: Fault) -> Undo:
    """The node's clock jumps by `amount` milliseconds, either way, and back when it is healed."""
    wall = cluster.kernel.node(what.node).wall
    wall.step(what.amount * MILLISECOND_NS)
    return lambda: wall.step(-what.amount * MILLISECOND_NS)


@fault
def clock_drift(cluster: Cluster, what: Fault) -> Undo:
    """The node's clock runs fast by `amount` parts per million, or slow."""
    wall = cluster.kernel.node(what.node).wall
    wall.drift(what.amount)
    return lambda: wall.drift(0)
