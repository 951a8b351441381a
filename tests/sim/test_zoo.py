"""Each planted bug is caught by an auditor that should catch it; without it the same seeds are clean."""

import pytest

from sim.drawing import draw_plan
from sim.kernel.result import Finding
from sim.run import run
from sim.zoo import keeper

FEW = ("h2", "h8", "h10", "h12", "h20", "h84_late")  # the others take their time in `./x zoo`, which hunts them all


@pytest.mark.parametrize("name", FEW)
def test_a_mutant_is_caught(name: str) -> None:
    animal = keeper.mutant(name)
    runs = list(keeper.hunt(name))
    last = runs[-1][1]
    assert keeper.is_caught(animal, last.identities), f"{name} survives {len(runs)} seeds: {animal.STORY}"
    clean = run(draw_plan(last.seed, animal.PROFILE), last.seed)
    assert clean.findings == [], "found without the bug as well"


def test_a_wrong_reason_does_not_count() -> None:
    animal = keeper.mutant("h2")
    assert keeper.is_caught(animal, ["A4 holds"])
    assert not keeper.is_caught(animal, [Finding("A15 liveness", "").name, "crash KeyError at x"])
