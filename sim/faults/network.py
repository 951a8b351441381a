"""Faults of the ways between nodes."""

from collections.abc import Callable
from functools import partial

from sim.cluster import Cluster
from sim.faults.registry import NODE, RATE, Parameter, Undo, amount, fault, lasts
from sim.kernel import draws
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault

OPEN = lasts("until it is whole again")


@fault(NODE, Parameter("peer", "node", 'the other end: a node, "store" or "bus"'), OPEN, amount("0 or 1", "1: one way only"))
def cut(cluster: Cluster, what: Fault) -> Undo:
    """A partition: nothing passes between the two. One way: what `node` says arrives, what it is answered does not; between
    nodes, nothing that `node` says arrives."""
    faults = cluster.faults
    if what.peer in ("store", "bus"):
        door = faults.store if what.peer == "store" else faults.bus
        lost = door.deaf if what.amount == 1 else door.cut
        lost.add(what.node)
        return lambda: lost.discard(what.node)
    ways = {(what.node, what.peer)} if what.amount == 1 else {(what.node, what.peer), (what.peer, what.node)}
    faults.network.cut |= ways
    return lambda: faults.network.cut.difference_update(ways)


@fault(OPEN, amount("ms", "so much or more half the time, twice that a quarter, ... up to 64 times"))
def net_slow(cluster: Cluster, what: Fault) -> Undo:
    """Latency with a long tail, between nodes and between clients and gateways."""
    pace = cluster.faults.network.pace
    pace.tail_ns = what.amount * MILLISECOND_NS
    return lambda: setattr(pace, "tail_ns", 0)


@fault(OPEN, RATE)
def net_loss(cluster: Cluster, what: Fault) -> Undo:
    """Requests and answers between nodes get lost; nobody is told."""
    faults = cluster.faults.network
    faults.lost_per_thousand = what.amount
    return lambda: setattr(faults, "lost_per_thousand", 0)


@fault(OPEN, RATE)
def net_duplicates(cluster: Cluster, what: Fault) -> Undo:
    """Requests between nodes arrive twice, and are handled twice."""
    faults = cluster.faults.network
    faults.twice_per_thousand = what.amount
    return lambda: setattr(faults, "twice_per_thousand", 0)


@fault(OPEN, RATE)
def net_reset(cluster: Cluster, what: Fault) -> Undo:
    """Connections break in the middle of the answer: between nodes, and between clients and gateways."""
    faults = cluster.faults.network
    faults.reset_per_thousand = what.amount
    return lambda: setattr(faults, "reset_per_thousand", 0)


@fault(NODE, lasts("until all of it arrives at once"))
def clog(cluster: Cluster, what: Fault) -> Undo:
    """Nothing is lost and nothing arrives: all that a node says, and all that it is told, is held back on every way."""
    # A message learns as it leaves when it arrives, so the end is fixed now: never after all faults are healed.
    clogged, node = cluster.faults.clogged, what.node
    until_ns = min(cluster.kernel.now_ns + what.for_ms * MILLISECOND_NS, cluster.faults.calm_ns)
    clogged[node] = max(clogged.get(node, 0), until_ns)

    def clear() -> None:
        if clogged.get(node) == until_ns:  # else another clog lasts longer
            del clogged[node]

    return clear


@fault(
    NODE, Parameter("others", "nodes", "who is cut off after it"), lasts("until they come back"), amount("ms", "between two")
)
def swizzle(cluster: Cluster, what: Fault) -> Undo:
    """Several nodes are cut off from database and bus one after the other, and come back in another order."""
    nodes = [what.node, *what.others]
    faults, kernel, over = cluster.faults, cluster.kernel, False
    back = list(nodes)
    draws.shuffle(draws.keyed(kernel.seed, "swizzle", *nodes), back)

    def part(node: str) -> None:
        if not over:
            faults.store.cut.add(node)
            faults.bus.cut.add(node)

    def mend(node: str) -> None:
        faults.store.cut.discard(node)
        faults.bus.cut.discard(node)

    def in_turn(names: list[str], act: Callable[[str], None], from_ms: int) -> None:
        for place, name in enumerate(names):
            kernel.after((from_ms + place * what.amount) * MILLISECOND_NS, partial(act, name))

    def heal() -> None:
        nonlocal over
        over = True
        for node in nodes:
            mend(node)

    in_turn(nodes, part, 0)
    in_turn(back, mend, max(1, what.for_ms - what.amount * len(nodes)))
    return heal
