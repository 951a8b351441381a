"""Enumerate before you randomise: every machine dies at its first commit, its second, its third, until there are no more."""

from collections.abc import Iterator
from itertools import count

import msgspec

from sim.campaigns.jobs import Job
from sim.drawing import draw_plan
from sim.faults import FATES
from sim.kernel.result import Finding
from sim.plan import Fault, Plan, When
from sim.run import Ran, run

HOWS = ("kill_before", "kill_after", "commit_unknown_done", "commit_unknown_lost")
DOWN_MS = 40
COMMITS_MIN = 8  # of each machine, or the short day shows little


def short_plan(seed: int) -> Plan:
    """A small calm day, with every kind of operation in it."""
    plan = draw_plan(seed, "short")
    assert plan.calm, plan
    return plan


def crash(seed: int, shard: str, how: str, commit: int) -> Ran:
    """The short day, and one crash in it."""
    assert how in HOWS, how
    when = When(shard=shard, commit=commit, before=how == "kill_before")
    fault = Fault(do=how, when=when) if how in FATES else Fault(do="kill", when=when, for_ms=DOWN_MS)
    return run(msgspec.structs.replace(short_plan(seed), faults=(fault,)), seed)


def every_commit(seed: int, shard: str, *hows: str, step: int = 1) -> Iterator[tuple[str, Ran]]:
    """Until the crash comes too late to happen: then every commit has been the last one once. Several `hows` take turns.
    `step`: only one commit in so many."""
    for commit in count(1, step):
        how = hows[commit % len(hows)]
        ran = crash(seed, shard, how, commit)
        if not ran.fired and commit <= COMMITS_MIN:
            ran.findings.append(Finding("idle machine", f"{shard} commits {commit - 1} times only"))
        yield f"crash-every-commit --seed {seed} --shard {shard} --how {how} --commit {commit}", ran
        if not ran.fired:
            return


def jobs(seed: int, only: str = "", ways: tuple[str, ...] = HOWS) -> list[Job]:
    """One for each machine and each way to go; `only` this shard."""
    plan = short_plan(seed)
    shards = [shard for process in plan.processes for shard in process.shards]
    return [
        Job(f"crash-every-commit {shard} {how}", every_commit, (seed, shard, how))
        for shard in shards
        if only in ("", shard)
        for how in ways
    ]
