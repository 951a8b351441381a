"""Planted bugs shrink to what a person can read: the same failure, on the same way, and none on clean code."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

from sim import scenario
from sim.cli import main
from sim.drawing import draw_plan
from sim.plan import Fault, Plan, When
from sim.run import run
from sim.shrink.ddmin import ddmin
from sim.shrink.fields import rounder, simpler
from sim.shrink.mending import replace
from sim.shrink.shrinking import Budget, Clean, Shrunk, shrink
from sim.shrink.trials import Trials
from sim.shrink.written import write
from sim.zoo import keeper
from tradewind.machines import MACHINES
from tradewind.runtime.machine import Machine

OPERATIONS_MAX, FAULTS_MAX = 8, 2
BUDGET = Budget(runs=100, seconds=1e9)  # a test does not depend on the machine's speed
BRIEF = Budget(runs=25, seconds=1e9)
IDLE = Fault(do="pause", node="order/0", when=When(at_ms=20), for_ms=60)
SLOW = Fault(do="bus_slow", when=When(at_ms=50), for_ms=100, amount=5)
DOUBT = Fault(do="bus_doubt", when=When(at_ms=100), for_ms=150, amount=600)
DEATHS = tuple(Fault(do="kill", node=f"matching/{shard}", when=When(at_ms=250), for_ms=40) for shard in range(2))

# To a day of some thirty operations: faults, of which most do not matter; and the finding.
CASES = {
    "h2": ((SLOW, IDLE), "A4 holds"),
    "h8": ((*DEATHS, IDLE), "A6 quantity"),
    "h12": ((IDLE, DOUBT), "A4 holds"),
}


@cache
def day(name: str) -> tuple[Plan, int]:
    """The first at which it is found: what is drawn changes, the test does not."""
    faults, identity = CASES[name]
    for seed in range(1, 100):
        plan = replace(draw_plan(seed, "short"), faults=faults)
        if identity in found(plan, seed, name):
            return plan, seed
    raise AssertionError(f"{name} is not caught")


@cache
def shrunk(name: str) -> Shrunk:
    return shrink(*day(name), CASES[name][1], plant=keeper.mutant(name).plant, budget=BUDGET)


def found(plan: Plan, seed: int, *names: str) -> list[str]:
    with planted(*names) as machines:
        return run(plan, seed, machines=machines).identities


@contextmanager
def planted(*names: str) -> Iterator[Mapping[str, type[Machine]]]:
    """Several bugs at once, none of which replaces the same machine as another."""
    machines = dict(MACHINES)
    with ExitStack() as stack:
        for name in names:
            given = stack.enter_context(keeper.mutant(name).plant())
            machines.update({kind: one for kind, one in given.items() if one is not MACHINES[kind]})
        yield machines


@pytest.mark.parametrize("name", CASES)
def test_a_planted_bug_becomes_small(name: str) -> None:
    small, identity = shrunk(name), CASES[name][1]
    assert small.after.operations <= OPERATIONS_MAX and small.after.faults <= FAULTS_MAX, small
    assert small.before.operations > 3 * OPERATIONS_MAX and small.runs <= BUDGET.runs
    assert small.identity == identity
    assert identity in found(small.plan, small.seed, name)
    assert run(small.plan, small.seed).findings == [], "found without the bug as well"


@pytest.mark.parametrize("name", CASES)
def test_the_file_reads_back_to_the_same_plan(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = shrunk(name)
    path, repeat = write(small, "run --seed 1", "", mutant=name, folder=tmp_path)
    told_of = scenario.read(path)
    assert (told_of.staged(), told_of.seed, told_of.finds) == (small.plan, small.seed, small.identity)
    assert main(repeat.split()) == 1
    assert f"FAIL {small.identity}" in capsys.readouterr().out
    assert main(["run", str(path)]) == 0, "clean code"
    assert f"{small.identity} is not found any more" in capsys.readouterr().out


def test_it_does_not_slide_to_another_bug() -> None:
    """Two bugs at once: whichever is asked for is what the small plan has, with the other one mended."""
    plan, seed = day("h12")
    both = replace(plan, faults=(*plan.faults, *DEATHS))
    names = found(both, seed, "h12", "h8")
    assert {"A4 holds", "A6 quantity"} <= set(names), names
    for name, identity in (("h12", "A4 holds"), ("h8", "A6 quantity")):
        small = shrink(both, seed, identity, plant=lambda: planted("h12", "h8"), budget=BRIEF)
        assert identity in found(small.plan, small.seed, name), small


def test_a_candidate_that_fails_of_something_else_first_is_refused() -> None:
    plan, seed = day("h8")
    trials = Trials(plan, seed, "A12 feeds", keeper.mutant("h8").plant, BUDGET)
    assert not trials.fails(plan, seed), "A6 comes before it"
    again = Trials(plan, seed, "A12 feeds", keeper.mutant("h8").plant, BUDGET)
    again.begin()
    assert again.fails(plan, seed), "A6 came before it from the beginning"


def test_what_does_not_fail_is_not_shrunk() -> None:
    with pytest.raises(Clean):
        shrink(*day("h8"))
    with pytest.raises(Clean):  # nor what clean code does as well
        shrink(*day("h8"), "A6 quantity", plant=keeper.mutant("h8").plant, innocent=lambda plan, seed: False)
    assert main(["shrink", "--seed", "1", "--profile", "short"]) == 1


def test_a_spent_budget_leaves_what_was_reached() -> None:
    small = shrink(*day("h8"), "A6 quantity", plant=keeper.mutant("h8").plant, budget=Budget(runs=6, seconds=1e9))
    assert not small.complete and small.runs == 6
    assert "A6 quantity" in found(small.plan, small.seed, "h8")


def test_a_budget_of_steps_ends_at_the_same_run_everywhere() -> None:
    budget = Budget(10**6, 1e9, steps=25_000)
    first, again = (shrink(*day("h8"), "A6 quantity", plant=keeper.mutant("h8").plant, budget=budget) for _ in range(2))
    assert first.runs == again.runs < BUDGET.runs and first.plan == again.plan and not first.complete


@pytest.mark.parametrize("needed", [[], [3], [0, 63], [7, 8, 40], list(range(20, 30))])
def test_ddmin_keeps_what_is_needed(needed: list[int]) -> None:
    asked = []

    def still(left: list[int]) -> bool:
        asked.append(left)
        return set(needed) <= set(left)

    assert ddmin(range(64), still) == needed
    assert len(asked) <= 4 * (1 + len(needed)) * 7


def test_every_field_of_a_fault_can_go() -> None:
    fault = Fault(do="kill", when=When(shard="admin/0", commit=15, steps=3), node="n", peer="p", for_ms=212, amount=4711)
    variants = list(simpler(fault))
    assert {one.do for one in variants} == {"kill"}
    for name, default in (("node", ""), ("peer", ""), ("for_ms", 0), ("amount", 0), ("when", When())):
        assert replace(fault, **{name: default}) in variants
    assert replace(fault, when=replace(fault.when, steps=0)) in variants
    assert list(rounder(4711)) == [1000, 2000, 4000, 4700] and list(rounder(-30)) == [-7, -10]
