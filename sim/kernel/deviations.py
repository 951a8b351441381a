"""First in first out, but for a few passes: what a shrunk schedule is, as text that a person can read and shorten.

"fifo but 873: 1 0, 911: 2 later 3" says: in the 873rd pass the second oldest task runs first, then the oldest; in the 911th
the third oldest runs first and the fourth waits for the next pass; whoever is not named follows, oldest first. Passes are
counted from 1, and only where two tasks or more can run.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sim.kernel.policies import Batch, Policy

BEGINNING = "fifo but "
LATER = "later"


class Deviation(NamedTuple):
    """In pass `at`. Tasks are named by their age among those that can run, from 0, the oldest."""

    at: int
    first: tuple[int, ...]
    later: tuple[int, ...] = ()


class BadSchedule(ValueError):
    """A text that is no schedule, and why."""


def write(deviations: Iterable[Deviation]) -> str:
    """The schedule as a plan has it."""
    said = []
    for one in deviations:
        words = [f"{one.at}:", *map(str, one.first)]
        words += [LATER, *map(str, one.later)] if one.later else []
        said.append(" ".join(words))
    return BEGINNING + ", ".join(said) if said else "fifo"


def read(schedule: str) -> tuple[Deviation, ...]:
    """Raises BadSchedule."""
    try:
        return tuple(_read(said) for said in schedule.removeprefix(BEGINNING).split(","))
    except ValueError as error:
        raise BadSchedule(f"{schedule!r}: {error}") from error


def _read(said: str) -> Deviation:
    at, _, what = said.partition(":")
    first, _, later = what.partition(LATER)
    return Deviation(int(at), tuple(map(int, first.split())), tuple(map(int, later.split())))


class Deviated:
    """The policy. Who is named but is not there is passed over, so that a shortened list is a schedule as well."""

    def __init__(self, deviations: Iterable[Deviation]) -> None:
        self._deviations = {one.at: one for one in deviations}
        self._passes = 0

    def order(self, batch: Batch, step: int) -> int:
        self._passes += 1
        one = self._deviations.get(self._passes)
        if one is None:
            batch.reverse()
            return 0
        ages = range(len(batch))
        later = [age for age in dict.fromkeys(one.later) if age in ages][: len(batch) - 1]  # somebody runs
        first = [age for age in dict.fromkeys(one.first) if age in ages and age not in later]
        rest = [age for age in ages if age not in first and age not in later]
        batch[:] = [batch[age] for age in (*later, *reversed(first + rest))]
        return len(later)


class Recording:
    """Another policy, and what it did differently from first in first out."""

    def __init__(self, policy: Policy) -> None:
        self.deviations: list[Deviation] = []
        self._policy = policy
        self._passes = 0

    def order(self, batch: Batch, step: int) -> int:
        self._passes += 1
        ages = {task: age for age, task in enumerate(batch)}
        deferred = self._policy.order(batch, step)
        later = tuple(sorted(ages[task] for task in batch[:deferred]))
        first = [ages[task] for task in reversed(batch[deferred:])]
        oldest = len(batch)
        while first and first[-1] < oldest:  # whoever follows in order of age need not be named
            oldest = first.pop()
        if first or later:
            self.deviations.append(Deviation(self._passes, tuple(first), later))
        return deferred
