"""Outcomes under a progress bar, into a tally."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sim.campaigns import rerun
from sim.campaigns.engines import Engine, local
from sim.campaigns.jobs import Job, Outcome, Seed
from sim.campaigns.record import Record
from sim.campaigns.tally import Tally


def under_a_bar(
    console: Console,
    title: str,
    total: int,
    arriving: Iterable[list[Outcome]],
    add: Callable[[Outcome], None],
    size: Callable[[list[Outcome]], int] = len,
) -> None:
    """Add outcomes as they arrive. `size`: how many of `total` a list of them is."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    found: set[str] = set()
    with Progress(
        TextColumn("{task.description}"), *columns, TextColumn("{task.fields[found]} found"), console=console
    ) as progress:
        task = progress.add_task(title, total=total, found=0)
        for done in arriving:
            for outcome in done:
                add(outcome)
                found.update(name for name, _ in outcome.findings[:1])
            progress.update(task, advance=size(done), found=len(found))


def conduct(jobs: list[Job], workers: int, console: Console, title: str) -> Tally:
    """Run jobs, each of which makes as many runs as it likes."""
    tally = Tally()
    under_a_bar(console, title, len(jobs), local(jobs, workers), tally.add, size=lambda done: 1)
    return tally


def conduct_seeds(
    seeds: Sequence[Seed],
    engine: Engine,
    console: Console,
    title: str,
    *,
    rerun_per_cent: int = 0,
    record: Record | None = None,
) -> Tally:
    """Run the seeds that `record` does not know yet; then some of all again, which must come out the same."""
    tally = Tally()
    for outcome in record.done if record else ():
        tally.add(outcome)
    known = {(outcome.profile, outcome.seed) for outcome in tally.outcomes}
    left = [seed for seed in seeds if tuple(seed) not in known]

    def add(outcome: Outcome) -> None:
        tally.add(outcome)
        if record is not None and outcome.seed:  # a run that came to no end is tried again next time
            record.add(outcome)

    if left:
        under_a_bar(console, title, len(left), engine(left), add)
    again = rerun.chosen(seeds, rerun_per_cent)
    if again:
        under_a_bar(console, "the same again", len(again), rerun.repeated(again, tally.outcomes), tally.note)
    return tally
