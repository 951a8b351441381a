"""A visit to the zoo: every mutant at once on all workers, a table, and whether all is as it should be."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from pathlib import Path
from statistics import median
from traceback import format_exception

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sim.shrink.trials import Budget
from sim.zoo import keeper
from sim.zoo.keeping import LARGER, Row, keep

MEDIAN_SEEDS_MAX = 5
STORY_LEAST = 8  # characters
WITHIN_S = 1_800.0  # of the machine's time: no animal takes so long


def visit(
    chosen: Sequence[str],
    workers: int,
    console: Console,
    *,
    budget: Budget | None = None,
    into: Path | None = None,
    json: Path | None = None,
) -> int:
    """1 when a mutant survives, dies for a wrong reason only, does not shrink, or when most take too many seeds."""
    names = list(chosen) or keeper.names()
    rows: list[Row] = []
    columns = (TextColumn("zoo"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[last]}"))
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=len(names), last="")
        for row in _rows(names, workers, budget, into):
            rows.append(row)
            rows.sort(key=lambda row: _number(row.mutant))
            if json is not None:  # each time: a visit that is broken off leaves what it saw
                json.write_bytes(msgspec.json.format(msgspec.json.encode([row.plain() for row in rows]), indent=1))
            progress.update(bar, advance=1, last=f"{row.mutant}: {row.verdict}")
    console.print(table(rows, console.width))
    return verdict(rows, console, everybody=not chosen)


def _rows(names: Sequence[str], workers: int, budget: Budget | None, into: Path | None) -> Iterator[Row]:
    """As they come, from processes that inherit nothing."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting: dict[Future[Row], str] = {pool.submit(keep, name, budget, into): name for name in names}
        while waiting:
            done, _ = wait(waiting, timeout=WITHIN_S, return_when=FIRST_COMPLETED)
            if not done:
                yield from (Row(name, "", 0, verdict="hangs", why=f"no answer in {WITHIN_S} s") for name in waiting.values())
                for child in active_children():
                    child.kill()
                return
            for future in done:
                name = waiting.pop(future)
                error = future.exception()
                yield (
                    future.result()
                    if error is None
                    else Row(name, "", 0, verdict="breaks", why="".join(format_exception(error)[-2:]))
                )


def _number(name: str) -> tuple[int, str]:
    """h2 before h10, leaks last."""
    digits = "".join(letter for letter in name.partition("_")[0] if letter.isdigit())
    return (int(digits), name) if digits else (10**6, name)


def table(rows: Sequence[Row], width: int) -> Table:
    """As people see it: in a narrow terminal the story is what gives way."""
    shown = Table(title="bug zoo", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    heads = ("mutant", "seed", "auditor", "runs", "ops", "faults", "")
    cells = [_cells(row) for row in rows]
    taken = sum(max(map(len, column)) + 3 for column in zip(heads, *cells, strict=True))
    for head in heads:
        shown.add_column(head, no_wrap=True, justify="left" if head in ("mutant", "auditor", "") else "right")
    shown.add_column("story", overflow="ellipsis", no_wrap=True, max_width=max(STORY_LEAST, width - taken))
    for row, told in zip(rows, cells, strict=True):
        shown.add_row(*told, row.story.partition(": ")[2] or row.story)
    return shown


def _cells(row: Row) -> tuple[str, ...]:
    """All but the story."""
    sizes = ("-" if size is None else str(size) for size in (row.runs, row.operations, row.faults))
    return row.mutant, str(row.seed), row.auditor, *sizes, "" if row.good else "FAIL"


def verdict(rows: Sequence[Row], console: Console, *, everybody: bool) -> int:
    """What is printed below the table, and the exit code. `everybody`: the seeds in the middle count."""
    bad = [row for row in rows if not row.good]
    for row in bad:
        console.print(f"FAIL {row.mutant} {row.verdict} {row.why}: {row.story}", markup=False, highlight=False, soft_wrap=True)
    for name in sorted({row.mutant for row in rows} & set(LARGER)):
        console.print(f"{name} may be larger: {LARGER[name]}", markup=False, highlight=False, soft_wrap=True)
    middle = median(row.seed for row in rows) if rows else 0
    console.print(f"{len(rows)} mutants, {len(rows) - len(bad)} caught; seeds in the middle: {middle:g}", highlight=False)
    if everybody and middle > MEDIAN_SEEDS_MAX:
        console.print(f"FAIL half of them take more than {MEDIAN_SEEDS_MAX} seeds", markup=False, highlight=False)
        return 1
    return 1 if bad else 0
