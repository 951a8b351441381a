"""What a person sees while a tape plays: a bar on a terminal, a line every few seconds elsewhere; at the end the table."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tradewind.ops.flow.player import Tally
from tradewind.ops.terminal import say

LINE_S = 5.0


class Shown:
    """Hears every request. `bar` is None where there is no terminal."""

    def __init__(self, total: int, bar: Progress | None) -> None:
        self._total = total
        self._bar = bar
        self._task = bar.add_task("flow", total=total, rate="", retries="") if bar else None
        self._tally = Tally()
        self._next = time.monotonic() + LINE_S

    def follow(self, tally: Tally) -> None:
        self._tally = tally

    async def before(self, number: int) -> None:
        if number % 50:
            return
        now = time.monotonic()
        rate = f"{number / max(now - self._tally.began, 1e-9):,.0f}/s"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=number, rate=rate, retries=f"{self._tally.retries} retries")
        elif now >= self._next:
            self._next = now + LINE_S
            say(f"{number:,} of {self._total:,}, {rate}, {self._tally.retries} retries")


@contextmanager
def shown(total: int) -> Iterator[Shown]:
    console = Console()
    if not console.is_terminal:
        yield Shown(total, None)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[retries]}"))
    with Progress(TextColumn("flow"), *columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        yield Shown(total, bar)


def table(wanted: Sequence[tuple[str, str]], found: Sequence[tuple[str, str]]) -> None:
    """What must be beside what is; a row that differs is marked."""
    drawn = Table("figure", "wanted", "found", "")
    for (name, want), (_, got) in zip(wanted, found, strict=True):
        drawn.add_row(name, want, got, "" if want == got else "DIFFERS")
    Console(width=None if Console().is_terminal else 160).print(drawn)
