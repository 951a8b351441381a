"""Faults of the ways between nodes."""

from sim.cluster import Cluster
from sim.faults.registry import Undo, fault
from sim.plan import Fault


@fault
def cut(cluster: Cluster, what: Fault) -> Undo:
    """Nothing passes between `node` and `peer`, which is a node, "store" or "bus". `amount` 1: one way only."""
    if what.peer in ("store", "bus"):
        lost = cluster.faults.store.cut if what.peer == "store" else cluster.faults.bus.cut
        lost.add(what.node)
        return lambda: lost.discard(what.node)
    ways = {(what.node, what.peer)} if what.amount == 1 else {(what.node, what.peer), (what.peer, what.node)}
    cluster.faults.network.cut |= ways
    return lambda: cluster.faults.network.cut.difference_update(ways)
