"""Faults of the database. What becomes of single commits is in sim.faults.registry: FATES."""

from sim.cluster import Cluster
from sim.faults.registry import RATE, Undo, amount, fault, lasts
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault

DOWN = lasts("until it answers again")


@fault(DOWN)
def store_down(cluster: Cluster, what: Fault) -> Undo:
    """It does not answer: what arrives meanwhile is surely not done."""
    faults = cluster.faults.store
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault(lasts("until it is fast again"), amount("ms", "that every message to and from it is late"))
def store_slow(cluster: Cluster, what: Fault) -> Undo:
    """Its disk is busy, or the way to it is long."""
    pace = cluster.faults.store.pace
    pace.added_ns = what.amount * MILLISECOND_NS
    return lambda: setattr(pace, "added_ns", 0)


@fault(lasts("until commits are answered again"), RATE)
def store_doubt(cluster: Cluster, what: Fault) -> Undo:
    """Commits end without an answer: half of them stand, half do not."""
    faults = cluster.faults.store
    faults.doubt_per_thousand = what.amount
    return lambda: setattr(faults, "doubt_per_thousand", 0)


@fault(lasts("until the standby has taken over"))
def store_failover(cluster: Cluster, what: Fault) -> Undo:
    """The primary dies, its synchronous standby takes over: every connection breaks, commits under way are in doubt, nothing
    acknowledged is lost."""
    return _take_over(cluster)


def _take_over(cluster: Cluster) -> Undo:
    faults = cluster.faults.store
    faults.broken += 1
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault(lasts("until the standby has taken over"), amount("commits", "that the standby had not heard of"))
def store_failover_lossy(cluster: Cluster, what: Fault) -> Undo:
    """The standby was not synchronous: the newest commits were never there. The operator, who has said that this may be
    (`accepts_loss`), does what the runbook says: everything is stopped, the bus is flushed, and everything starts again."""
    undo = _take_over(cluster)
    cluster.lost.add(cluster.database.lose(max(1, what.amount)))
    nodes = [cluster.kernel.node(name) for name in cluster.servers()]
    servers = [node for node in nodes if node.up]  # the others boot when what keeps them down is over
    for node in servers:
        node.kill()
    cluster.broker.flush()

    def start() -> None:
        undo()
        for node in servers:
            if not node.up:
                node.restart()

    return start


@fault(lasts("until there is room again"))
def store_full(cluster: Cluster, what: Fault) -> Undo:
    """The disk is full: every write fails, leases included; reads work."""
    faults = cluster.faults.store
    faults.full = True
    return lambda: setattr(faults, "full", False)


@fault(lasts("until there are enough again"), amount("connections", "that all processes together may have"))
def store_exhausted(cluster: Cluster, what: Fault) -> Undo:
    """Too many clients already: calls beyond so many at once are refused."""
    faults = cluster.faults.store
    faults.connections_max, faults.connections = max(1, what.amount), 0
    return lambda: setattr(faults, "connections_max", 0)
