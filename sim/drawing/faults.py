"""Which faults a seed gets: each family is off with even odds, else rare and long, or frequent and short."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from sim.kernel import draws
from sim.plan import Fault, Process, When
from tradewind.messages.topology import Topology

COMMITS_AHEAD = 60  # commit triggers fall among a shard's first so many


class Stage(NamedTuple):
    """Where faults can strike."""

    topology: Topology
    nodes: list[str]
    clients: list[str]
    storm_ms: int
    backed: list[str]  # processes that have a standby
    processes: tuple[Process, ...] = ()
    lossy: bool = False  # a failover may lose what was acknowledged


Family = Callable[[Random, Stage, bool], Fault]


def _time(draw: Random, stage: Stage) -> When:
    return When(at_ms=draws.below(draw, stage.storm_ms))


def _pick_time(draw: Random, stage: Stage) -> When:
    """A time, or, to catch a process in mid-work, a commit."""
    return _commit(draw, stage) if draws.chance(draw, 1, 2) else _time(draw, stage)


def _length(draw: Random, rare: bool) -> int:
    return draws.between(draw, 800, 4_000) if rare else draws.between(draw, 5, 400)


def _shard(draw: Random, stage: Stage) -> str:
    return draws.pick(draw, stage.topology.shards())


def _commit(draw: Random, stage: Stage) -> When:
    number = draws.between(draw, 1, COMMITS_AHEAD)
    return When(shard=_shard(draw, stage), commit=number, before=draws.chance(draw, 1, 2))


def _killing(draw: Random, stage: Stage, rare: bool) -> Fault:
    for_ms = _length(draw, rare)
    roll = draws.below(draw, 10)
    if roll < 4:
        return Fault(do="kill", when=_commit(draw, stage), for_ms=for_ms)
    node = draws.pick(draw, stage.nodes)
    if roll < 6:
        return Fault(do="stop", node=node, when=_time(draw, stage), for_ms=for_ms, amount=for_ms // 2)
    when = When(at_ms=draws.below(draw, stage.storm_ms), steps=draws.below(draw, 40))
    return Fault(do="kill", node=node, when=when, for_ms=for_ms)


def _committing(draw: Random, stage: Stage, rare: bool) -> Fault:
    do = draws.pick(draw, ("commit_refused", "commit_unknown_done", "commit_unknown_lost"))
    return Fault(do=do, when=When(shard=_shard(draw, stage), commit=draws.between(draw, 1, COMMITS_AHEAD)))


def _at_the_money(draw: Random, stage: Stage, rare: bool) -> Fault:
    """At a commit of the storm, where an order, a trade or a settlement hangs in the balance: early, or after hours of work."""
    services = draws.pick(draw, ("clearing", "clearing", "matching"))
    number = draws.between(draw, 1, draws.pick(draw, (15, 60, 200)))
    shard = draws.pick(draw, stage.topology.shards(services))
    if draws.chance(draw, 1, 4):
        when = When(shard=shard, commit=number, in_storm=True, before=draws.chance(draw, 1, 2))
        return Fault(do="kill", when=when, for_ms=draws.between(draw, 5, 100))
    do = draws.pick(draw, ("commit_refused", "commit_unknown_done", "commit_unknown_lost"))
    return Fault(do=do, when=When(shard=shard, commit=number, in_storm=True))


def _outlasting(draw: Random, stage: Stage) -> Fault:
    """Longer than the lease: the standby takes over, and the process wakes up as a zombie."""
    for_ms = draws.between(draw, 1_000, 3_000)
    return Fault(do="pause", node=draws.pick(draw, stage.backed), when=_pick_time(draw, stage), for_ms=for_ms)


def _standing_still(draw: Random, stage: Stage, rare: bool) -> Fault:
    node, for_ms = draws.pick(draw, stage.nodes), _length(draw, rare)
    if stage.backed and draws.chance(draw, 1, 2):
        return _outlasting(draw, stage)
    if draws.chance(draw, 1, 4):
        return Fault(do="slow", node=node, when=_time(draw, stage), for_ms=for_ms, amount=draws.pick(draw, (100, 1_000, 5_000)))
    return Fault(do="pause", node=node, when=_time(draw, stage), for_ms=for_ms)


def _storing(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _time(draw, stage), _length(draw, rare)
    if draws.chance(draw, 1, 3):
        return Fault(do="store_slow", when=when, for_ms=for_ms, amount=draws.pick(draw, (5, 50, 300)))
    return Fault(do="store_down", when=when, for_ms=for_ms)


def _bussing(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _time(draw, stage), _length(draw, rare)
    match draws.below(draw, 7):
        case 0:
            return Fault(do="bus_down", when=when, for_ms=for_ms)
        case 1:
            return Fault(do="bus_flush", when=when)
        case 2 | 3:
            return Fault(do="bus_lose_tail", when=when, amount=draws.pick(draw, (1, 3, 20)))
        case 4:
            return Fault(do="bus_doubt", when=when, for_ms=for_ms, amount=draws.pick(draw, (20, 200, 600)))
        case 5:
            return Fault(do="bus_duplicates", when=when, for_ms=for_ms, amount=draws.pick(draw, (50, 500)))
        case _:
            return Fault(do="bus_slow", when=when, for_ms=for_ms, amount=draws.pick(draw, (5, 50, 300)))


def _cutting(draw: Random, stage: Stage, rare: bool) -> Fault:
    node = draws.pick(draw, stage.nodes)
    peer = draws.pick(draw, ("store", "bus", *(other for other in stage.nodes if other != node)))
    one_way = int(draws.chance(draw, 1, 2))
    return Fault(do="cut", node=node, peer=peer, when=_time(draw, stage), for_ms=_length(draw, rare), amount=one_way)


def _clocking(draw: Random, stage: Stage, rare: bool) -> Fault:
    node, when = draws.pick(draw, stage.nodes + stage.clients), _time(draw, stage)
    sign = 1 - 2 * draws.below(draw, 2)
    if draws.chance(draw, 1, 3):
        return Fault(do="clock_drift", node=node, when=when, for_ms=_length(draw, True), amount=sign * 50_000)
    amount = sign * draws.pick(draw, (3, 100, 900, 10_000))
    return Fault(do="clock_step", node=node, when=when, for_ms=_length(draw, rare), amount=amount)


def _client_dying(draw: Random, stage: Stage, rare: bool) -> Fault:
    return Fault(do="kill", node=draws.pick(draw, stage.clients), when=_time(draw, stage), for_ms=_length(draw, rare))


def _garbling(draw: Random, stage: Stage, rare: bool) -> Fault:
    when, for_ms = _time(draw, stage), _length(draw, rare)
    return Fault(do="bus_malformed", when=when, for_ms=for_ms, amount=draws.pick(draw, (20, 200)))


FAMILIES: dict[str, Family] = {
    "process": _killing,
    "commit": _committing,
    "money": _at_the_money,
    "pause": _standing_still,
    "store": _storing,
    "bus": _bussing,
    "network": _cutting,
    "clock": _clocking,
    "clients": _client_dying,
    "malformed": _garbling,
}


def draw_faults(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """In the order of families; if all are off, one process dies all the same."""
    faults: list[Fault] = []
    for name, family in FAMILIES.items():
        draw = draws.keyed(seed, "plan", "faults", name)
        if draws.chance(draw, 1, 2):
            continue
        rare = draws.chance(draw, 1, 2)
        count = draws.between(draw, 1, 2) if rare else draws.between(draw, 3, 9)
        faults += [family(draw, stage, rare) for _ in range(count)]
    return tuple(faults) or (_killing(draws.keyed(seed, "plan", "faults", "last"), stage, True),)


def draw_zombies(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """A process that has a standby stands still, again and again."""
    draw = draws.keyed(seed, "plan", "faults", "zombies")
    return tuple(_outlasting(draw, stage) for _ in range(draws.between(draw, 2, 5)))


def draw_doubts(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """Commits of the money path fail, or nobody learns that they stand, several in a row: the one after the first holds all
    that has piled up while its shard began again. And the bus does not always say what it has taken."""
    draw = draws.keyed(seed, "plan", "faults", "doubts")
    faults: list[Fault] = []
    for _ in range(draws.between(draw, 6, 12)):
        shard = draws.pick(draw, stage.topology.shards(draws.pick(draw, ("clearing", "clearing", "matching"))))
        number = draws.between(draw, 1, draws.pick(draw, (15, 60, 200)))
        for commit in range(number, number + draws.between(draw, 2, 4)):
            do = draws.pick(draw, ("commit_refused", "commit_unknown_done", "commit_unknown_lost"))
            faults.append(Fault(do=do, when=When(shard=shard, commit=commit, in_storm=True)))
    for _ in range(draws.between(draw, 1, 2)):
        for_ms = draws.between(draw, 300, 1_500)
        faults.append(Fault(do="bus_doubt", when=_time(draw, stage), for_ms=for_ms, amount=draws.pick(draw, (50, 300))))
    return tuple(faults)


# Profiles that are the direct one, and something more of one kind.
MORE: dict[str, Callable[[int, Stage], tuple[Fault, ...]]] = {
    "zombie": draw_zombies,
    "doubts": draw_doubts,
}
