"""scenarios/README.md says which scenario is about what; nothing that must have one is without, and no file is left out."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios"
ROWS = ("1.4", "1.8", "1.11", "1.12", "2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.5", "2.5", "kill switch")
# Of orders, of money in and out, of access, of feeds, of operations; the last, of the trading API, are named in sim.zoo.
NUMBERS = (*range(1, 34), *range(40, 46), *range(50, 59), *range(60, 65), *range(70, 75), *range(81, 91))
HAZARDS = tuple(f"H{n}" for n in NUMBERS)
ELSEWHERE_MAX = 10  # hazards without a scenario: this number only shrinks
NOWHERE = "nowhere yet"
FOUND = "found_"  # these tell of themselves, and may be in the map


class Row(NamedTuple):
    scenario: str
    shows: str
    checklist: str
    hazards: list[str]


def cells(text: str, columns: int) -> list[list[str]]:
    """Rows of tables of so many columns, without their heads."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    heads = {place - 1 for place, row in enumerate(rows) if set(row[0]) == {"-"}}
    return [row for at, row in enumerate(rows) if len(row) == columns and at not in heads and set(row[0]) != {"-"}]


def read(text: str) -> tuple[list[Row], dict[str, str]]:
    """The map, and where hazards are shown that no scenario is about."""
    rows = [Row(name.strip("`"), shows, checklist, hazards.split()) for name, shows, checklist, hazards in cells(text, 4)]
    return rows, {hazard: where for hazard, where, _ in cells(text, 3)}


def missing(text: str, files: list[str]) -> list[str]:
    """What is wrong with the map."""
    rows, elsewhere = read(text)
    named, told = [row.scenario for row in rows], {hazard for row in rows for hazard in row.hazards}
    wrong = [f"{name} is not in the map" for name in files if name not in named and not name.startswith(FOUND)]
    wrong += [f"there is no scenario {name}" for name in named if name not in files]
    wrong += [f"{row.scenario} does not say what it shows" for row in rows if len(row.shows) < 5]
    wrong += [f"nothing is about {what}" for what in ROWS if not any(_about(row, what) for row in rows)]
    wrong += [f"nothing is about {hazard}" for hazard in HAZARDS if hazard not in told and hazard not in elsewhere]
    wrong += [f"there is no hazard {hazard}" for hazard in sorted({*told, *elsewhere} - {*HAZARDS, "-"})]
    wrong += [f"{hazard} has a scenario" for hazard in elsewhere if hazard in told]
    return wrong


def _about(row: Row, what: str) -> bool:
    return re.search(rf"(^| ){re.escape(what)}($| )", row.checklist) is not None


def files() -> list[str]:
    return [path.stem for path in FOLDER.glob("*.toml")]


def test_every_scenario_is_in_the_map_and_the_map_is_complete() -> None:
    assert missing((FOLDER / "README.md").read_text(), files()) == []


def test_what_is_shown_elsewhere_is_there() -> None:
    _, elsewhere = read((FOLDER / "README.md").read_text())
    assert len(elsewhere) <= ELSEWHERE_MAX
    assert [where for where in elsewhere.values() if where != NOWHERE and not (ROOT / where.strip("`")).is_file()] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("| `cancelled_order_is_gone` | a dead", "nothing is about H32"),
        ("| `sixty_four_first_credits` |", "nothing is about 1.12"),
        ("| `rolling_upgrade_and_back` |", "rolling_upgrade_and_back is not in the map"),
        ("| H72 |", "nothing is about H72"),
    ],
)
def test_a_line_that_is_taken_out_is_missed(line: str, wrong: str) -> None:
    kept = [one for one in (FOLDER / "README.md").read_text().splitlines() if not one.startswith(line)]
    assert wrong in missing("\n".join(kept), files())


def test_a_scenario_that_is_gone_is_missed() -> None:
    assert "there is no scenario taker_spends_all_it_has" in missing(
        (FOLDER / "README.md").read_text(), [name for name in files() if name != "taker_spends_all_it_has"]
    )
