"""Many runs in other processes: what each found, each failure once, and which rare branches were reached."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from traceback import format_exception

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sim.run import Ran

RUN_TIMEOUT_S = 300.0  # of the machine's time; a run takes a second or two
AHEAD = 4  # runs waiting per worker


@dataclass(frozen=True)
class Job:
    """One or more runs: `call(*arguments)` yields each with the words that repeat it. It must be picklable."""

    name: str
    call: Callable[..., Iterable[tuple[str, Ran]]]
    arguments: tuple[object, ...]


@dataclass
class Outcome:
    """Of one job, small enough to travel between processes."""

    repeat: str
    findings: list[tuple[str, str]]
    marks: dict[str, int]
    fired: int
    steps: int
    virtual_s: float


@dataclass
class Tally:
    """What a campaign has shown. `failures`: the first job of each identity, what it found, and how many more there were."""

    runs: int = 0
    steps: int = 0
    virtual_s: float = 0.0
    marks: Counter[str] = field(default_factory=Counter)
    runs_with: Counter[str] = field(default_factory=Counter)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        self.runs += 1
        self.steps += outcome.steps
        self.virtual_s += outcome.virtual_s
        self.marks.update(outcome.marks)
        self.runs_with.update(outcome.marks.keys())
        if outcome.findings:
            # The first finding names the failure: what follows it is mostly its consequence.
            name, what = outcome.findings[0]
            self.failures.setdefault(name, (outcome.repeat, what))
            self.seen[name] += 1


def perform(job: Job) -> list[Outcome]:
    """In a worker. A run that raises is a finding of its own: it is our simulator that is wrong then."""
    done: list[Outcome] = []
    try:
        for repeat, ran in job.call(*job.arguments):
            findings = [(finding.name, finding.what) for finding in ran.findings]
            fired = sum(ran.fired.values())
            done.append(Outcome(repeat, findings, ran.marks, fired, ran.result.steps, ran.result.now_ns / 1e9))
    except Exception as error:
        done.append(_mishap(job, f"simulator {type(error).__name__}", "".join(format_exception(error)[-3:])))
    return done


def _mishap(job: Job, name: str, what: str) -> Outcome:
    return Outcome(job.name, [(name, what)], {}, 0, 0, 0.0)


def outcomes(jobs: Iterable[Job], workers: int) -> Iterator[list[Outcome]]:
    """As they come. Workers are spawned, so that none inherits this process's state; each answers in time or is a finding."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[list[Outcome]], Job] = {}
        left = iter(jobs)
        while True:
            while len(waiting) < AHEAD * workers and (job := next(left, None)) is not None:
                waiting[pool.submit(perform, job)] = job
            if not waiting:
                return
            done, _ = wait(waiting, timeout=RUN_TIMEOUT_S, return_when=FIRST_COMPLETED)
            if not done:
                yield [_mishap(job, "simulator hangs", f"no answer within {RUN_TIMEOUT_S} s") for job in waiting.values()]
                for child in active_children():
                    child.kill()
                return
            for future in done:
                del waiting[future]
                yield future.result()


def conduct(jobs: list[Job], workers: int, console: Console, title: str) -> Tally:
    """Run them all under a progress bar."""
    tally = Tally()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[found]} found"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(title, total=len(jobs), found=0)
        for done in outcomes(jobs, workers):
            for outcome in done:
                tally.add(outcome)
            progress.update(bar, advance=1, found=len(tally.failures))
    return tally


def coverage(tally: Tally) -> Table:
    """Marks: in how many runs, and how often."""
    table = Table("rare branch", "runs", "times", title="coverage")
    for mark, runs in sorted(tally.runs_with.items()):
        if not mark.startswith("told: "):
            table.add_row(mark, str(runs), str(tally.marks[mark]))
    return table
