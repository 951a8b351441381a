"""Faults of processes: power cuts, SIGTERM, pauses, slowness, other versions, shards that move."""

from collections.abc import Awaitable, Callable
from contextvars import Context

from sim.cluster import Cluster
from sim.faults.registry import NODE, Parameter, Undo, amount, fault, lasts
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault
from tradewind.messages.codec import VERSIONS

BOOTS = lasts("until it boots again")
OTHERS = Parameter("others", "nodes", "who goes with it")


@fault(NODE, BOOTS)
def kill(cluster: Cluster, what: Fault) -> Undo:
    """The power is cut: no task takes another step, no clean-up runs. With `when.steps` at any await of the victim."""
    node = cluster.kernel.node(what.node)
    node.kill()
    return lambda: None if node.up else node.restart()


@fault(NODE, OTHERS, BOOTS)
def kill_group(cluster: Cluster, what: Fault) -> Undo:
    """A rack loses its power: several nodes die at one instant, and boot at one."""
    nodes = [cluster.kernel.node(name) for name in (what.node, *what.others)]
    for node in nodes:
        node.kill()

    def boot() -> None:
        for node in nodes:
            if not node.up:
                node.restart()

    return boot


@fault(NODE, lasts("until it stays up"), amount("ms", "between one boot and the next kill"))
def restart_storm(cluster: Cluster, what: Fault) -> Undo:
    """Something kills the process again and again, soon after it boots: a supervisor with a broken health check."""
    node, over = cluster.kernel.node(what.node), False

    def again() -> None:
        if not over:
            node.restart()
            cluster.kernel.after(max(1, what.amount) * MILLISECOND_NS, again)

    def calm() -> None:
        nonlocal over
        over = True

    again()
    return calm


@fault(NODE, BOOTS, amount("ms", "of grace before it is killed"))
def stop(cluster: Cluster, what: Fault) -> Undo:
    """SIGTERM in the middle of traffic: it gives back what it holds, if the grace suffices."""
    _terminate(cluster, what.node, what.amount)
    return cluster.kernel.node(what.node).restart


@fault(NODE, lasts("until it goes on"))
def pause(cluster: Cluster, what: Fault) -> Undo:
    """The process stands still without knowing it: a zombie, if it is for longer than its lease."""
    node = cluster.kernel.node(what.node)
    node.pause()
    return node.resume


@fault(NODE, lasts("until it is fast again"), amount("µs", "that each step takes"))
def slow(cluster: Cluster, what: Fault) -> Undo:
    """The processor is busy with something else: every step of every task takes its time."""
    node = cluster.kernel.node(what.node)
    node.slow(what.amount * 1_000)
    return lambda: node.slow(0)


@fault(NODE, lasts("until the other version runs"), amount("version", "that it writes from now on; 0 = the other one"))
def upgrade(cluster: Cluster, what: Fault) -> Undo:
    """One node of a rolling upgrade: SIGTERM, and it boots as a release that writes the other version of messages."""
    now = cluster.writes[what.node]
    cluster.writes[what.node] = what.amount if what.amount in VERSIONS else next(other for other in VERSIONS if other != now)
    _terminate(cluster, what.node, max(1, what.for_ms // 2))
    return cluster.kernel.node(what.node).restart


@fault(
    Parameter("node", "node", "where the shard goes"),
    Parameter("peer", "shard", "what moves"),
    amount("ms", "for which both serve it; negative: for which nobody does"),
)
def shard_move(cluster: Cluster, what: Fault) -> None:
    """An operator moves a shard to another process in the middle of traffic; it stays there."""
    here, shard, kernel = what.node, what.peer, cluster.kernel
    there = [name for name, shards in cluster.processes.items() if shard in shards]
    if here in there:
        return
    first: Callable[[], None] = lambda: cluster.take_up(here, shard)  # noqa: E731 - two of a kind, in either order
    second: Callable[[], None] = lambda: cluster.lay_down(there[0], shard)  # noqa: E731
    if what.amount < 0:
        first, second = second, first
    first()
    kernel.after(abs(what.amount) * MILLISECOND_NS, second)


def _terminate(cluster: Cluster, name: str, grace_ms: int) -> None:
    stop: Callable[[int], Awaitable[None]] = cluster.kernel.node(name).stop
    # In an empty context: whoever's step brought this about, it is the director's task, and outlives the victim.
    Context().run(cluster.kernel.nursery.start_soon, stop, grace_ms * MILLISECOND_NS)
