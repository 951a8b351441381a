"""Faults of clients: they insist too much, repeat themselves, do not read, and hang up in the middle."""

import trio

from sim.cluster import Cluster
from sim.faults.registry import NODE, Undo, amount, fault, lasts
from sim.plan import Fault


@fault(NODE, lasts("until it asks once again"), amount("requests", "at once for each"))
def retry_storm(cluster: Cluster, what: Fault) -> Undo:
    """Whatever `node` asks it asks `amount` times at once, each request signed by itself."""
    storm = cluster.faults.clients.storm
    storm[what.node] = what.amount
    return lambda: storm.pop(what.node, None)


@fault(NODE, lasts("until each is sent once again"), amount("copies", "of each"))
def duplicates(cluster: Cluster, what: Fault) -> Undo:
    """Something on the way of `node` sends `amount` further copies of each signed request, equal to the byte."""
    replays = cluster.faults.clients.replays
    replays[what.node] = what.amount
    return lambda: replays.pop(what.node, None)


@fault(NODE, lasts("until it reads again"))
def slow_reader(cluster: Cluster, what: Fault) -> Undo:
    """The subscriber `node` takes nothing from its socket; what is pushed to it piles up at the gateway."""
    deaf = cluster.faults.clients.deaf
    waiting = deaf.setdefault(what.node, trio.Event())

    def read_again() -> None:
        if deaf.get(what.node) is waiting:
            del deaf[what.node]
        waiting.set()

    return read_again


@fault(NODE)
def socket_cut(cluster: Cluster, what: Fault) -> None:
    """The connection of the subscriber `node` breaks: before its upgrade is answered, between a request and its snapshot, or
    between two frames; `when.steps` says how far it still gets."""
    hang_up = cluster.faults.clients.hang_up.get(what.node)
    if hang_up is not None:
        hang_up()
