"""Runs seeds against each mutant until an auditor that should has caught it, within the budget."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, cast

import sim.zoo
from sim.drawing import draw_plan
from sim.kernel.result import Finding
from sim.run import Ran, run
from sim.zoo import hashes
from tradewind.runtime.machine import Machine

BUDGET_SEEDS = 50
Machines = Mapping[str, type[Machine]]


NAME = re.compile(r"h\d+\w*|leak_\w+")  # after HAZARDS.md (from 81 on: about issue 4), or a leak of determinism


class Mutant(Protocol):
    """A module of sim.zoo. `CAUGHT_BY`: the first words of the findings of whom one must say so ("A4", "ambient", "crash
    AssertionError"). A module that is caught by comparing processes says `BY = "hashes"`, and CAUGHT_BY is ("hashes",): the
    same seed runs under several values of PYTHONHASHSEED, each in a process of its own, and must not give one hash."""

    STORY: str
    CAUGHT_BY: tuple[str, ...]
    PROFILE: str
    # optional, see `way`: BY: str = FINDINGS

    def plant(self) -> AbstractContextManager[Machines]: ...


FINDINGS, HASHES = "findings", "hashes"


def way(animal: Mutant) -> str:
    """How it is caught: by what is found in a run, or by comparing the hashes of several."""
    by = getattr(animal, "BY", FINDINGS)
    assert by in (FINDINGS, HASHES), by
    return str(by)


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(sim.zoo.__path__) if NAME.fullmatch(module.name))


def mutant(name: str) -> Mutant:
    assert name in names(), f"{name} is none of {names()}"
    return cast(Mutant, importlib.import_module(f"sim.zoo.{name}"))


def is_caught(animal: Mutant, found: Sequence[str]) -> bool:
    """Whether one of the findings is by an auditor that should see it: a wrong reason does not count."""
    return any(name == auditor or name.startswith(f"{auditor} ") for name in found for auditor in animal.CAUGHT_BY)


def hunt(name: str, animal: Mutant | None = None, seeds: int = BUDGET_SEEDS, first: int = 1) -> Iterator[tuple[str, Ran]]:
    """One run after another, from the seed `first` on, until it is caught or the budget is spent."""
    animal = animal or mutant(name)
    if way(animal) == HASHES:
        yield from _compare(name, animal, seeds)
        return
    for seed in range(first, seeds + 1):
        with animal.plant() as machines:  # anew for each run: a mutant may remember
            ran = run(draw_plan(seed, animal.PROFILE), seed, machines=machines)
        yield f"{name} at seed {seed}", ran
        if is_caught(animal, ran.identities):
            return


def _compare(name: str, animal: Mutant, seeds: int) -> Iterator[tuple[str, Ran]]:
    """One seed after another, each in several processes, until they disagree."""
    for seed in range(1, seeds + 1):
        seen = sorted(set(hashes.of_processes(name, seed)))
        ran = run(draw_plan(seed, animal.PROFILE), seed)  # the clean code's, to hang the finding on
        if len(seen) > 1:
            ran.findings.insert(0, Finding(HASHES, f"{len(hashes.HASH_SEEDS)} processes, {len(seen)} hashes"))
        yield f"{name} at seed {seed}", ran
        if len(seen) > 1:
            return
