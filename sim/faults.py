"""Everything that can go wrong, by name: what it does when its moment has come, and how it is healed."""

from collections.abc import Callable

from sim.cluster import Cluster
from sim.models.links import MILLISECOND_NS
from sim.models.store import Fate
from sim.plan import Fault

Undo = Callable[[], object]
Deed = Callable[[Cluster, Fault], Undo | None]
FAULTS: dict[str, Deed] = {}
FATES = {"commit_refused": Fate.REFUSED, "commit_unknown_done": Fate.UNKNOWN_DONE, "commit_unknown_lost": Fate.UNKNOWN_LOST}


def fault(deed: Deed) -> Deed:
    FAULTS[deed.__name__] = deed
    return deed


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
