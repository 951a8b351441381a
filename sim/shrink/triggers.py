"""A fault at a commit survives changes of the code far better than one at a time: times become the nearest commits."""

from typing import NamedTuple

from sim.cluster import Cluster
from sim.plan import Fault, Plan, When
from sim.shrink.mending import nodes, replace
from sim.shrink.smaller import is_timed
from sim.shrink.trials import Trials

NEAREST = 4  # how many commits are tried for each fault
MILLISECOND_NS = 1_000_000


class Commit(NamedTuple):
    """The `number`th of its shard, counted from the beginning of the storm."""

    at_ns: int  # after the storm began
    shard: str
    number: int
    node: str


def commits_as_triggers(trials: Trials) -> None:
    """Every fault that has a time gets a commit instead, if one will do; commits are counted from the storm's beginning."""
    waiting = [number for number, fault in enumerate(trials.plan.faults) if not fault.when.in_storm]
    if not waiting:
        return
    seen, before_storm = _commits(trials)
    for number in waiting:
        fault = trials.plan.faults[number]
        for when in _instead(fault, trials.plan, seen, before_storm):
            faults = trials.plan.faults
            if trials.take(faults=(*faults[:number], replace(fault, when=when), *faults[number + 1 :])):
                break


def _commits(trials: Trials) -> tuple[list[Commit], dict[str, int]]:
    """Those of the storm, and how many each shard had made before it."""
    noted: list[tuple[int, str, int, str]] = []

    def watch(cluster: Cluster) -> None:
        def after(shard: str, count: int, node: str) -> None:
            noted.append((cluster.kernel.now_ns, shard, count, node))

        cluster.faults.store.after.append(after)

    began_ns = trials.observed(watch=watch).storm_ns
    before: dict[str, int] = {}
    storm: list[Commit] = []
    for at_ns, shard, count, node in noted:
        if at_ns < began_ns:
            before[shard] = count
        else:
            storm.append(Commit(at_ns - began_ns, shard, count - before.get(shard, 0), node))
    return storm, before


def _instead(fault: Fault, plan: Plan, seen: list[Commit], before: dict[str, int]) -> list[When]:
    when = fault.when
    if when.commit:
        since = when.commit - before.get(when.shard, 0)
        return [replace(when, commit=since, in_storm=True)] if since > 0 else []
    if not is_timed(when):
        return []  # it waits for something else than a time
    at_ns = when.at_ms * MILLISECOND_NS
    served = nodes(plan).get(fault.node, "")
    near = sorted(seen, key=lambda commit: (bool(served) and commit.node != fault.node, abs(commit.at_ns - at_ns)))
    return [
        When(shard=commit.shard, commit=commit.number, in_storm=True, before=commit.at_ns >= at_ns) for commit in near[:NEAREST]
    ]
