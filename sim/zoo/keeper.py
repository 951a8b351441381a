"""Runs seeds against each mutant until an auditor that should has caught it, within the budget."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, cast

from rich.console import Console
from rich.table import Table

import sim.zoo
from sim.campaigns.conduct import Job, Outcome, outcomes
from sim.drawing import draw_plan
from sim.run import Ran, run
from tradewind.runtime.machine import Machine

BUDGET_SEEDS = 50
Machines = Mapping[str, type[Machine]]


class Mutant(Protocol):
    STORY: str
    CAUGHT_BY: tuple[str, ...]
    PROFILE: str

    def plant(self) -> AbstractContextManager[Machines]: ...


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(sim.zoo.__path__) if module.name.startswith("h"))


def mutant(name: str) -> Mutant:
    assert name in names(), f"{name} is none of {names()}"
    return cast(Mutant, importlib.import_module(f"sim.zoo.{name}"))


def is_caught(animal: Mutant, found: Sequence[str]) -> bool:
    """Whether one of the findings is by an auditor that should see it: a wrong reason does not count."""
    return any(name.split()[0] in animal.CAUGHT_BY for name in found)


def hunt(name: str) -> Iterator[tuple[str, Ran]]:
    """One run after another, until it is caught or the budget is spent."""
    animal = mutant(name)
    with animal.plant() as machines:
        for seed in range(1, BUDGET_SEEDS + 1):
            ran = run(draw_plan(seed, animal.PROFILE), seed, machines=machines)
            yield f"{name} at seed {seed}", ran
            if is_caught(animal, ran.identities):
                return


def visit(chosen: Sequence[str], workers: int, console: Console) -> int:
    """1 when a mutant has survived its budget, or when what died of it died for a wrong reason only."""
    table = Table("mutant", "seeds", "caught by", "first word of it", title="bug zoo")
    survivors = []
    for done in outcomes((Job(name, hunt, (name,)) for name in chosen or names()), workers):
        name = done[0].repeat.split()[0]
        caught = [one for one in done[-1].findings if is_caught(mutant(name), [one[0]])]
        if not caught:
            survivors.append(name)
        table.add_row(name, str(len(done)), *(caught[0] if caught else _wrong_reason(done)))
    console.print(table)
    for name in survivors:
        console.print(f"FAIL {name} survives: {mutant(name).STORY}", markup=False, soft_wrap=True)
    return 1 if survivors else 0


def _wrong_reason(done: list[Outcome]) -> tuple[str, str]:
    others = [finding for one in done for finding in one.findings]
    return ("nobody", others[0][0] if others else "")
