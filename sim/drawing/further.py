"""The rest of the catalogue, drawn as in sim.drawing.faults: each family from a stream of its own, off with even odds."""

from collections.abc import Sequence
from random import Random

from sim.cluster import STORE
from sim.drawing.faults import Family, Stage
from sim.kernel import draws
from sim.plan import Fault, When

MOMENTS = (
    "OrderAccepted of clearing",
    "LegSettled of clearing",
    "Traded of matching",
    "OrderEnded of matching",
    "OrderRested of matching",
    "OrderUpdated of order",
    "BookDelta of marketdata",
    "publish of clearing",
    "publish of matching",
    "publish of order",
    "commit of clearing",
    "commit of matching",
    "marked: gap read from the journal",
    "marked: command delivered again",
    "marked: head published again after a start",
    "marked: began again after a port failed",
)
BEFOREHAND = ("publish", "commit")  # moments that can be met before they happen


def _when(draw: Random, stage: Stage) -> When:
    return When(at_ms=draws.below(draw, stage.storm_ms))


def _length(draw: Random, rare: bool) -> int:
    return draws.between(draw, 800, 3_000) if rare else draws.between(draw, 5, 400)


def _several(draw: Random, nodes: Sequence[str]) -> tuple[str, ...]:
    """At least two of them, if there are so many, in any order."""
    mixed = list(nodes)
    draws.shuffle(draw, mixed)
    return tuple(mixed[: draws.between(draw, 2, max(2, len(mixed) // 2))])


def _processing(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _when(draw, stage), _length(draw, rare)
    match draws.below(draw, 4):
        case 0:
            node, *others = _several(draw, stage.nodes)
            return Fault(do="kill_group", node=node, others=tuple(others), when=when, for_ms=for_ms)
        case 1:
            between_ms = draws.pick(draw, (1, 30, 150, 600))
            return Fault(do="restart_storm", node=draws.pick(draw, stage.nodes), when=when, for_ms=for_ms, amount=between_ms)
        case 2:
            return Fault(do="upgrade", node=draws.pick(draw, stage.nodes), when=when, for_ms=for_ms)
        case _:
            return _moving(draw, stage, when)


def _moving(draw: Random, stage: Stage, when: When) -> Fault:
    """To a process that does not serve it yet; if each serves everything, one of them is killed instead."""
    process = draws.pick(draw, stage.processes)
    elsewhere = [shard for shard in stage.topology.shards() if shard not in process.shards]
    if not elsewhere:
        return Fault(do="kill", node=process.name, when=when, for_ms=50)
    overlap_ms = draws.pick(draw, (0, 300, 1_200, -300))
    return Fault(do="shard_move", node=process.name, peer=draws.pick(draw, elsewhere), when=when, amount=overlap_ms)


def _storing(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _when(draw, stage), _length(draw, rare)
    match draws.below(draw, 5):
        case 0:
            return Fault(do="store_doubt", when=when, for_ms=for_ms, amount=draws.pick(draw, (10, 100, 500)))
        case 1:
            return Fault(do="store_full", when=when, for_ms=for_ms)
        case 2:
            return Fault(do="store_exhausted", when=when, for_ms=for_ms, amount=draws.between(draw, 1, 6))
        case 3 if stage.lossy:
            return Fault(do="store_failover_lossy", when=when, for_ms=for_ms, amount=draws.pick(draw, (1, 3, 10)))
        case _:
            return Fault(do="store_failover", when=when, for_ms=for_ms)


def _streaming(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _when(draw, stage), _length(draw, rare)
    shards = stage.topology.shards()
    stream = draws.pick(draw, ("", *shards, *(f"mailbox:inbox/{shard}" for shard in shards if shard.startswith("clearing"))))
    match draws.below(draw, 4):
        case 0:
            return Fault(do="bus_evict", peer=stream, when=when)
        case 1:
            return Fault(do="bus_trim", peer=stream, when=when, amount=draws.pick(draw, (0, 1, 5, 50)))
        case 2:
            return Fault(do="bus_delay", peer=stream, when=when, for_ms=for_ms, amount=draws.pick(draw, (10, 100, 700)))
        case _:
            return Fault(do="bus_reorder", when=when, for_ms=for_ms, amount=draws.pick(draw, (10, 100, 700)))


def _wiring(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _when(draw, stage), _length(draw, rare)
    rate = draws.pick(draw, (20, 200, 600))
    match draws.below(draw, 7):
        case 0:
            return Fault(do="net_slow", when=when, for_ms=for_ms, amount=draws.pick(draw, (1, 5, 30)))
        case 1:
            return Fault(do="net_loss", when=when, for_ms=for_ms, amount=rate)
        case 2:
            return Fault(do="net_duplicates", when=when, for_ms=for_ms, amount=rate)
        case 3:
            return Fault(do="net_reset", when=when, for_ms=for_ms, amount=rate)
        case 4:
            return Fault(do="clog", node=draws.pick(draw, stage.nodes), when=when, for_ms=for_ms)
        case 5:
            client, gateways = draws.pick(draw, stage.clients), [node for node in stage.nodes if node.startswith("gateway/")]
            peer = draws.pick(draw, gateways or stage.nodes)
            return Fault(do="cut", node=client, peer=peer, when=when, for_ms=for_ms)
        case _:
            node, *others = _several(draw, stage.nodes)
            between_ms = draws.pick(draw, (0, 20, 200))
            return Fault(do="swizzle", node=node, others=tuple(others), when=when, for_ms=for_ms, amount=between_ms)


def _clocking(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, sign = _when(draw, stage), 1 - 2 * draws.below(draw, 2)
    if draws.chance(draw, 1, 3):
        # The database judges leases: forwards they run out early, backwards they last.
        return Fault(do="clock_step", node=STORE, when=when, for_ms=_length(draw, rare), amount=sign * 1_500)
    amount = sign * draws.pick(draw, (5, 200, 2_000, 9_000))
    node = draws.pick(draw, (*stage.nodes, *stage.clients))
    return Fault(do="clock_skew", node=node, when=when, for_ms=_length(draw, rare), amount=amount)


def _at_moments(draw: Random, stage: Stage, rare: bool) -> Fault:
    """Whoever does it dies of it, or stands still; or the bus forgets just then."""
    on = draws.pick(draw, MOMENTS)
    before = on.startswith(BEFOREHAND) and draws.chance(draw, 1, 2)
    when = When(on=on, count=draws.pick(draw, (1, 2, 3, 5, 8, 13)), in_storm=True, before=before)
    match draws.below(draw, 5):
        case 0 | 1:
            return Fault(do="kill", when=when, for_ms=_length(draw, rare))
        case 2:
            return Fault(do="pause", when=when, for_ms=_length(draw, rare))
        case 3:
            return Fault(do="store_failover", when=when, for_ms=draws.between(draw, 5, 400))
        case _:
            return Fault(do="bus_flush", when=when)


FURTHER: dict[str, Family] = {
    "processes": _processing,
    "database": _storing,
    "streams": _streaming,
    "wires": _wiring,
    "clocks": _clocking,
    "moments": _at_moments,
}


def draw_further(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """In the order of families; fewer of each than of the older ones, because there are more of them."""
    faults: list[Fault] = []
    for name, family in FURTHER.items():
        draw = draws.keyed(seed, "plan", "faults", name)
        if draws.chance(draw, 1, 2):
            continue
        rare = draws.chance(draw, 1, 2)
        count = 1 if rare else draws.between(draw, 2, 4)
        faults += [family(draw, stage, rare) for _ in range(count)]
    return tuple(faults)


def draw_rolling_upgrade(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """Node by node to the new version in the middle of traffic; sometimes it is given up on the way, and goes back."""
    draw = draws.keyed(seed, "plan", "faults", "rolling upgrade")
    nodes = list(stage.nodes)
    draws.shuffle(draw, nodes)
    gives_up = draws.chance(draw, 1, 3)
    way = nodes[: draws.between(draw, 1, len(nodes))] if gives_up else nodes
    steps = [(node, 2) for node in way] + [(node, 1) for node in reversed(way) if gives_up]
    every_ms = max(1, stage.storm_ms * 9 // 10 // len(steps))
    return tuple(
        Fault(
            do="upgrade",
            node=node,
            amount=version,
            when=When(at_ms=place * every_ms + draws.below(draw, every_ms)),
            for_ms=draws.between(draw, 20, 300),
        )
        for place, (node, version) in enumerate(steps)
    )
