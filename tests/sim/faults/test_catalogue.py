"""Every entry of the catalogue is explained, and its effect is shown by a test."""

import importlib
from pathlib import Path

import pytest
from rich.console import Console

from sim.cli import main
from sim.faults import FATES, FAULTS
from sim.faults.catalogue import catalogue
from sim.faults.registry import FATES_SAY
from sim.models.buggify import SITES
from sim.plan import Fault
from tests.sim.faults.small_world import SHOWN

UNITS = {"ms", "µs", "ppm", "per thousand", "0 or 1", "node", "nodes", "stream", "shard"} | {
    "entries",
    "commits",
    "connections",
    "blocks",
    "requests",
    "copies",
    "version",
}


def test_every_fault_has_a_test_that_shows_its_effect() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.sim.faults.{path.stem}")
    catalogued = {*FAULTS, *FATES, *SITES}
    assert sorted(catalogued - SHOWN) == [], "use @shows(...) of tests.sim.faults.small_world"
    assert sorted(SHOWN - catalogued) == [], "these are not in the catalogue"


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_explained(name: str) -> None:
    kind = FAULTS[name]
    assert kind.says.endswith(".") and kind.family
    fields = [one.field for one in kind.parameters]
    assert len(set(fields)) == len(fields) and set(fields) <= set(Fault.__struct_fields__) - {"do", "when"}
    assert all(one.unit in UNITS and one.says for one in kind.parameters)


@pytest.mark.parametrize("name", SITES)
def test_every_awkward_place_is_explained(name: str) -> None:
    assert SITES[name]


def test_the_command_prints_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0
    assert "what can go wrong" in capsys.readouterr().out
    console = Console(record=True, width=240)
    console.print(catalogue())
    said = console.export_text()
    assert [name for name in (*FAULTS, *FATES_SAY) if name not in said] == []
