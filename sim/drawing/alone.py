"""Days on which one thing goes wrong, again and again, and nothing else: one profile each. Without gateways."""

from collections.abc import Callable

from sim.drawing.faults import COMMITS_AHEAD, Stage
from sim.faults.registry import FATES
from sim.kernel import draws
from sim.plan import Fault, When


def stepping_clocks(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """The clocks of those who move money jump there and back, far enough for an instant to come twice."""
    draw = draws.keyed(seed, "plan", "faults", "stepping clocks")
    movers = [name for name in stage.nodes if name.startswith(("clearing", "money", "all"))]
    faults = []
    for _ in range(draws.between(draw, 4, 8)):
        node, when = draws.pick(draw, movers), When(at_ms=draws.below(draw, stage.storm_ms))
        amount = (1 - 2 * draws.below(draw, 2)) * draws.pick(draw, (300, 900, 2_000))
        faults.append(Fault(do="clock_step", node=node, when=when, for_ms=draws.between(draw, 100, 900), amount=amount))
    return tuple(faults)


def failing_commits(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """Commits of those who move money fail, surely or perhaps."""
    draw = draws.keyed(seed, "plan", "faults", "failing commits")
    faults = []
    for _ in range(draws.between(draw, 4, 10)):
        shard = draws.pick(draw, stage.topology.shards("clearing"))
        when = When(shard=shard, commit=draws.between(draw, 1, COMMITS_AHEAD), in_storm=True)
        faults.append(Fault(do=draws.pick(draw, tuple(FATES)), when=when))
    return tuple(faults)


def lossy_failovers(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """The newest commits are lost with the database that had them, a moment after a trade, when the bus has heard of it."""
    draw = draws.keyed(seed, "plan", "faults", "lossy failovers")
    faults = []
    for _ in range(draws.between(draw, 1, 3)):
        when = When(on="LegSettled of clearing", count=draws.between(draw, 1, 30))
        lost, for_ms = draws.pick(draw, (3, 6, 12)), draws.between(draw, 20, 400)
        faults.append(Fault(do="store_failover_lossy", when=when, for_ms=for_ms, amount=lost))
    return tuple(faults)


def malformed_entries(seed: int, stage: Stage) -> tuple[Fault, ...]:
    """What stands on the bus cannot be read."""
    draw = draws.keyed(seed, "plan", "faults", "malformed entries")
    faults = []
    for _ in range(draws.between(draw, 1, 3)):
        when, for_ms = When(at_ms=draws.below(draw, stage.storm_ms)), draws.between(draw, 100, 2_000)
        faults.append(Fault(do="bus_malformed", when=when, for_ms=for_ms, amount=draws.pick(draw, (20, 100))))
    return tuple(faults)


ALONE: dict[str, Callable[[int, Stage], tuple[Fault, ...]]] = {
    "clocks": stepping_clocks,
    "commits": failing_commits,
    "failovers": lossy_failovers,
    "malformed": malformed_entries,
}
