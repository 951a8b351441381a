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
from sim.zoo.keeping import CAUGHT, ELSEWHERE, FAULTS_MAX, OPERATIONS_MAX, SURVIVES, TOO_LARGE, Row, keep
from sim.zoo.visit import table, verdict, visit
from tradewind.machines import MACHINES

BUDGET = Budget(runs=80, seconds=1e9)
SEEDS = 2


class Animal:
    """Clean code, or another mutant's, with a keeper's card of our own."""

    def __init__(self, *caught_by: str, like: str = "") -> None:
        self.STORY, self.CAUGHT_BY, self.PROFILE, self._like = "made for a test", caught_by, "smoke", like

    @contextmanager
    def plant(self) -> Iterator[keeper.Machines]:
        if not self._like:
            yield MACHINES
            return
        with keeper.mutant(self._like).plant() as machines:
            yield machines


def test_a_mutant_is_caught_and_shrunk_and_written(tmp_path: Path) -> None:
    row = keep("h10", BUDGET, tmp_path, Animal("A10", "A11", like="h10"), SEEDS)
    assert (row.verdict, row.auditor, row.seed) == (CAUGHT, "A11 durability", 2)
    assert row.operations is not None and row.operations <= OPERATIONS_MAX
    assert row.faults is not None and row.faults <= FAULTS_MAX
    [path] = tmp_path.iterdir()
    assert scenario.read(path).finds == "A11 durability"


def test_clean_code_survives() -> None:
    assert keep("nobody", animal=Animal("A4"), seeds=SEEDS).verdict == SURVIVES


def test_the_wrong_reason_does_not_count() -> None:
    row = keep("nobody", animal=Animal("A5", like="h10"), seeds=SEEDS)
    assert row.verdict == ELSEWHERE and "A11 durability" in row.why


def test_what_does_not_shrink_is_told() -> None:
    row = keep("h10", Budget(runs=2, seconds=1e9), None, Animal("A11", like="h10"), SEEDS)
    assert row.verdict == TOO_LARGE


@pytest.mark.parametrize(("found", "caught"), [("A4 holds", True), ("A15 liveness", False), ("A40 holds", False), ("A4", True)])
def test_an_auditor_is_known_by_its_first_words(found: str, caught: bool) -> None:
    assert keeper.is_caught(Animal("A4", "crash KeyError"), [found]) is caught
    assert keeper.is_caught(Animal("A4", "crash KeyError"), ["A15 x", "crash KeyError at y"])


def test_a_visit_prints_its_table(tmp_path: Path) -> None:
    console, json = Console(record=True, width=160), tmp_path / "zoo.json"
    assert visit(["h8"], 1, console, json=json) == 0
    [row] = msgspec.json.decode(json.read_bytes())
    assert (row["mutant"], row["auditor"], row["operations"]) == ("h8", "A6 quantity", None)
    assert "A6 quantity" in console.export_text()


def test_a_bad_row_fails_the_visit(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Row("h1", "a story", 3, "A4 holds", verdict=CAUGHT), Row("h2", "another", 50)]
    assert [verdict(some, Console(), everybody=False) for some in (rows, rows[:1])] == [1, 0]
    assert "FAIL h2 survives" in capsys.readouterr().out


def test_a_zoo_that_takes_too_many_seeds_fails() -> None:
    slow = [Row(f"h{number}", "", seed, "A4 holds", verdict=CAUGHT) for number, seed in enumerate((1, 6, 6))]
    assert [verdict(slow, Console(), everybody=everybody) for everybody in (True, False)] == [1, 0]


def test_processes_of_clean_code_agree() -> None:
    assert len(set(hashes.of_processes("h2", 1, ("0", "1")))) == 1


@pytest.mark.parametrize("width", [80, 100, 200])
def test_in_a_narrow_terminal_only_the_story_gives_way(width: int) -> None:
    rows = [
        Row("h19_hides", "H19: " + "a long story " * 9, 12, "A1 conservation", 1_000, 99, 8, 2, CAUGHT),
        Row("h2", "H2: x", 50),
    ]
    console = Console(record=True, width=width)
    console.print(table(rows, width))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    for cell in ("mutant", "auditor", "faults", "h19_hides", "12", "A1 conservation", "1000", "8", "2", "a long", "FAIL"):
        assert cell in text, text
