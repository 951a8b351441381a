"""Faults of wall clocks: of nodes, and of the database, which judges leases by its own."""

from sim.cluster import Cluster
from sim.faults.registry import Parameter, Undo, amount, fault, lasts
from sim.kernel.clock import EPOCH_2031_NS
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault

WHOSE = Parameter("node", "node", 'whose clock; "store" = the database\'s')


@fault(WHOSE, lasts("until it jumps back"), amount("ms", "forwards, or backwards if negative"))
def clock_step(cluster: Cluster, what: Fault) -> Undo:
    """The clock jumps, either way, and back when it is healed."""
    wall = cluster.wall(what.node)
    wall.step(what.amount * MILLISECOND_NS)
    return lambda: wall.step(-what.amount * MILLISECOND_NS)


@fault(WHOSE, lasts("until it keeps time again"), amount("ppm", "by which it runs fast, or slow if negative"))
def clock_drift(cluster: Cluster, what: Fault) -> Undo:
    """The clock runs fast or slow."""
    wall = cluster.wall(what.node)
    wall.drift(what.amount)
    return lambda: wall.drift(0)


@fault(WHOSE, lasts("until it is set right"), amount("ms", "ahead of the true time, or behind it if negative"))
def clock_skew(cluster: Cluster, what: Fault) -> Undo:
    """The clock is wrong by so much, whatever jumps and drift have made of it, and right when it is healed."""
    wall, kernel = cluster.wall(what.node), cluster.kernel

    def put(ahead_ms: int) -> None:
        wall.step(EPOCH_2031_NS + kernel.now_ns + ahead_ms * MILLISECOND_NS - wall.now())

    put(what.amount)
    return lambda: put(0)
