"""The way in: a plan that fails, made as small as a budget allows."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sim.plan import Plan
from sim.shrink import removals, schedules, sketches, smaller, triggers
from sim.shrink.mending import replace
from sim.shrink.trials import Budget, Clean, Plant, Size, Spent, Trials, nothing_planted

ROUNDS_MAX = 8
CHANCES = 6  # other seeds for each candidate while there is much to take away
CHANCES_OF_POLISH = 2
Pass = Callable[[Trials], None]

SKETCHES = 400
BEGINNING_PER_CENT, SKETCHES_PER_CENT = 20, 60  # of the budget may be used up then
BEGINNING: tuple[tuple[str, Pass], ...] = (("the tail", removals.tail), ("faults", removals.faults))
# Large pieces first: what is gone early makes every later run shorter.
ROUND: tuple[tuple[str, Pass], ...] = (
    ("the tail", removals.tail),
    ("faults", removals.faults),
    ("first in, first out", schedules.first_in_first_out),
    ("clients", removals.clients),
    ("all at once", smaller.crowd),
    ("operations", removals.operations),
    ("processes and limits", removals.place),
    ("times", smaller.times),
    ("a plain schedule", schedules.shuffled),
)
# Field by field, when little is left.
POLISH: tuple[tuple[str, Pass], ...] = (
    ("commits for times", triggers.commits_as_triggers),
    ("fields of faults", smaller.faults),
    ("fields of operations", smaller.operations),
    ("times", smaller.times),
    ("numbers", smaller.numbers),
)
LAST: tuple[tuple[str, Pass], ...] = (("deviations from first in, first out", schedules.deviations),)


@dataclass(frozen=True)
class Shrunk:
    """`what` the smallest plan was found to do, with a `seed` that may be another. `complete`: nothing more could be taken
    away."""

    plan: Plan
    seed: int
    identity: str
    what: str
    fired: tuple[str, ...]
    before: Size
    after: Size
    runs: int
    seconds: float
    complete: bool


def shrink(
    plan: Plan,
    seed: int,
    identity: str = "",
    *,
    plant: Plant = nothing_planted,
    budget: Budget | None = None,
    innocent: Callable[[Plan, int], bool] = lambda plan, seed: True,
    polish: bool = True,
    tell: Callable[[Trials, str], None] = lambda trials, doing: None,
) -> Shrunk:
    """Without an identity: of what is found first. `innocent`: see Trials. `polish`: also what stays, for a person's eyes.

    Raises Clean when the plan does not fail of it.
    """
    trials = Trials(plan, seed, identity, plant, budget or Budget(), tell, innocent)
    trials.begin()
    complete = True
    try:
        _all(trials, polish)
    except Spent:
        complete = False
    runs, seconds = trials.runs, trials.seconds
    ran = trials.observed(free=True)
    what = next(finding.what for finding in ran.findings if finding.name == trials.identity)
    least = replace(trials.plan, profile=Plan().profile)
    return Shrunk(
        least,
        trials.seed,
        trials.identity,
        what,
        tuple(sorted(ran.fired)),
        Size.of(plan),
        Size.of(least),
        runs,
        seconds,
        complete,
    )


def _all(trials: Trials, polish: bool) -> None:
    _within(trials, BEGINNING_PER_CENT, lambda: _once(trials, BEGINNING, 0))
    _within(trials, SKETCHES_PER_CENT, lambda: _sketched(trials))
    _once(trials, ROUND, CHANCES_OF_POLISH if sketches.small(trials.plan) else 0)
    if not sketches.small(trials.plan):
        _sketched(trials)
        _once(trials, ROUND, CHANCES)
    if not polish:
        return
    _until_nothing_goes(trials, ROUND)
    _until_nothing_goes(trials, POLISH)
    _once(trials, LAST, 0)


def _within(trials: Trials, per_cent: int, do: Callable[[], object]) -> None:
    """Not more than a part of the whole budget, counted from its beginning."""
    trials.steps_max = trials.budget.steps * per_cent // 100
    trials.runs_max = trials.budget.runs * per_cent // 100
    try:
        do()
    except Spent:
        pass
    finally:
        trials.steps_max = trials.runs_max = 0


def _sketched(trials: Trials) -> None:
    trials.doing = "sketches"
    sketches.sketches(trials, SKETCHES)


def _until_nothing_goes(trials: Trials, passes: tuple[tuple[str, Pass], ...]) -> None:
    for _ in range(ROUNDS_MAX):
        before = trials.plan
        _once(trials, passes, CHANCES_OF_POLISH)
        if trials.plan == before:
            return


def _once(trials: Trials, passes: tuple[tuple[str, Pass], ...], chances: int) -> None:
    for name, one in passes:
        trials.doing, trials.chances = name, chances
        trials.milestone(one)


class Bar:
    """Shows what is left, on one line."""

    def __init__(self, console: Console, budget: Budget) -> None:
        columns = (
            TextColumn("shrinking"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} runs"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
        )
        self._budget = budget
        self._progress = Progress(*columns, console=console)
        self._bar = self._progress.add_task("", total=budget.runs, left="")

    def __enter__(self) -> Callable[[Trials, str], None]:
        self._progress.start()
        return self._tell

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def _tell(self, trials: Trials, doing: str) -> None:
        size = Size.of(trials.plan)
        left = f"{size.operations} operations, {size.faults} faults, {size.clients} clients left; trying {doing}"
        self._progress.update(self._bar, completed=trials.runs, left=left)


__all__ = ["Bar", "Budget", "Clean", "Shrunk", "Size", "shrink"]
