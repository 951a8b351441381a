"""Faults of processes: power cuts, SIGTERM, pauses, slowness."""

from sim.cluster import Cluster
from sim.faults.registry import Undo, fault
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault


@fault
def kill(cluster: Cluster, what: Fault) -> Undo:
    """Cut the power; it boots again after `for_ms`."""
    node = cluster.kernel.node(what.node)
    node.kill()
    return lambda: None if node.up else node.restart()


@fault
def stop(cluster: Cluster, what: Fault) -> Undo:
    """SIGTERM, `amount` milliseconds of grace, then as kill."""
    node = cluster.kernel.node(what.node)
    cluster.kernel.nursery.start_soon(node.stop, what.amount * MILLISECOND_NS)
    return node.restart


@fault
def pause(cluster: Cluster, what: Fault) -> Undo:
    """The process stands still without knowing it: a zombie, if it is for longer than its lease."""
    node = cluster.kernel.node(what.node)
    node.pause()
    return node.resume


@fault
def slow(cluster: Cluster, what: Fault) -> Undo:
    """Each step takes `amount` microseconds."""
    node = cluster.kernel.node(what.node)
    node.slow(what.amount * 1_000)
    return lambda: node.slow(0)
