"""The zoo's keeper tells a bug that is caught from one that survives, or dies of something else, or cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from sim import scenario
from sim.shrink.trials import Budget
from sim.zoo import hashes, keeper
from sim.zoo.keeping import CAUGHT, ELSEWHERE, FAULTS_MAX, OPERATIONS_MAX, SURVIVES, TOO_LARGE, keep
from sim.zoo.visit import visit
from tradewind.machines import MACHINES

BUDGET = Budget(runs=70, seconds=1e9)
SEEDS = 2


class Animal:
    """Clean code, or another mutant's, with a keeper's card of our own."""

    def __init__(self, *caught_by: str, like: str = "") -> None:
        self.STORY, self.CAUGHT_BY, self.PROFILE, self._like = "made for a test", caught_by, "direct", like

    @contextmanager
    def plant(self) -> Iterator[keeper.Machines]:
        if not self._like:
            yield MACHINES
            return
        with keeper.mutant(self._like).plant() as machines:
            yield machines


def test_a_mutant_is_caught_and_shrunk_and_written(tmp_path: Path) -> None:
    row = keep("h8", BUDGET, tmp_path, seeds=SEEDS)
    assert (row.verdict, row.auditor, row.seed) == (CAUGHT, "A6 quantity", 2)
    assert row.operations is not None and row.operations <= OPERATIONS_MAX
    assert row.faults is not None and row.faults <= FAULTS_MAX
    [path] = tmp_path.iterdir()
    assert scenario.read(path).finds == "A6 quantity"


def test_clean_code_survives() -> None:
    assert keep("nobody", animal=Animal("A4"), seeds=SEEDS).verdict == SURVIVES


def test_the_wrong_reason_does_not_count() -> None:
    row = keep("nobody", animal=Animal("A5", like="h8"), seeds=SEEDS)
    assert row.verdict == ELSEWHERE and "A6 quantity" in row.why


def test_what_does_not_shrink_is_told() -> None:
    row = keep("h8", Budget(runs=2, seconds=1e9), seeds=SEEDS)
    assert row.verdict == TOO_LARGE


@pytest.mark.parametrize(("found", "caught"), [("A4 holds", True), ("A15 liveness", False), ("A40 holds", False), ("A4", True)])
def test_an_auditor_is_known_by_its_first_words(found: str, caught: bool) -> None:
    assert keeper.is_caught(Animal("A4", "crash KeyError"), [found]) is caught
    assert keeper.is_caught(Animal("A4", "crash KeyError"), ["A15 x", "crash KeyError at y"])


def test_a_visit_prints_its_table_and_fails_for_a_bad_row(tmp_path: Path) -> None:
    console, json = Console(record=True, width=160), tmp_path / "zoo.json"
    assert visit(["h8"], 1, console, json=json) == 0
    [row] = msgspec.json.decode(json.read_bytes())
    assert (row["mutant"], row["auditor"], row["operations"]) == ("h8", "A6 quantity", None)
    assert "A6 quantity" in console.export_text()
    assert visit(["h8"], 1, console, budget=Budget(runs=2, seconds=1e9)) == 1


def test_processes_of_clean_code_agree() -> None:
    assert len(set(hashes.of_processes("h2", 1, ("0", "1")))) == 1
