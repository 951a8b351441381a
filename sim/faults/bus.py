"""Faults of Redis: it forgets, doubts, repeats itself, is late or away."""

from sim.cluster import Cluster
from sim.faults.registry import RATE, Parameter, Undo, amount, fault, lasts
from sim.models.links import MILLISECOND_NS
from sim.plan import Fault

STREAM = Parameter("peer", "stream", "which one; empty = each")


def _streams(cluster: Cluster, what: Fault) -> list[str]:
    return [what.peer] if what.peer else list(cluster.broker.streams)


@fault(lasts("until it answers again"))
def bus_down(cluster: Cluster, what: Fault) -> Undo:
    """It does not answer, and keeps what it has."""
    faults = cluster.faults.bus
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault(lasts("until it is fast again"), amount("ms", "that every message to and from it is late"))
def bus_slow(cluster: Cluster, what: Fault) -> Undo:
    """Everything to and from it is late."""
    pace = cluster.faults.bus.pace
    pace.added_ns = what.amount * MILLISECOND_NS
    return lambda: setattr(pace, "added_ns", 0)


@fault
def bus_flush(cluster: Cluster, what: Fault) -> None:
    """FLUSHALL: it has forgotten everything, the numbers that it had given included."""
    cluster.broker.flush()


@fault(STREAM, amount("entries", "that were never there"))
def bus_lose_tail(cluster: Cluster, what: Fault) -> None:
    """A power cut between an answer and the disk: the newest entries are gone, and so is the memory of their numbers."""
    for name in _streams(cluster, what):
        cluster.broker.lose_tail(name, what.amount)


@fault(STREAM)
def bus_evict(cluster: Cluster, what: Fault) -> None:
    """Memory ran out under an eviction policy: whole streams are gone, the others stay."""
    for name in _streams(cluster, what):
        cluster.broker.evict(name)


@fault(STREAM, amount("entries", "that stay"))
def bus_trim(cluster: Cluster, what: Fault) -> None:
    """Old entries are cut off; the newest ones stay, and the numbers go on."""
    for name in _streams(cluster, what):
        cluster.broker.trim(name, what.amount)


@fault(lasts("until it answers every write again"), RATE)
def bus_doubt(cluster: Cluster, what: Fault) -> Undo:
    """Writes go without an answer; half of them have happened."""
    faults = cluster.faults.bus
    faults.unknown_per_thousand = what.amount
    return lambda: setattr(faults, "unknown_per_thousand", 0)


@fault(lasts("until each happens once again"), RATE)
def bus_duplicates(cluster: Cluster, what: Fault) -> Undo:
    """Writes happen twice."""
    faults = cluster.faults.bus
    faults.duplicate_per_thousand = what.amount
    return lambda: setattr(faults, "duplicate_per_thousand", 0)


@fault(lasts("until all can be read again"), RATE)
def bus_malformed(cluster: Cluster, what: Fault) -> Undo:
    """Things stand there cut in half, as after a hand that slipped: no version of ours can read them."""
    faults = cluster.faults.bus
    faults.malformed_per_thousand = what.amount
    return lambda: setattr(faults, "malformed_per_thousand", 0)


@fault(STREAM, lasts("until it is in time again"), amount("ms", "that its readers hear of it later"))
def bus_delay(cluster: Cluster, what: Fault) -> Undo:
    """What one stream says is heard late, while the others are in time."""
    late_ms, name = cluster.faults.bus.late_ms, what.peer
    late_ms[name] = late_ms.get(name, 0) + what.amount

    def in_time() -> None:
        late_ms[name] -= what.amount

    return in_time


@fault(lasts("until streams keep step again"), amount("ms", "by which answers are late, at most; drawn for each"))
def bus_reorder(cluster: Cluster, what: Fault) -> Undo:
    """Streams overtake each other: each is heard in its own order, but what was said first may be heard last."""
    faults = cluster.faults.bus
    faults.jumbled_ms = what.amount
    return lambda: setattr(faults, "jumbled_ms", 0)
