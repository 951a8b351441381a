"""Another version of tradewind on the same inputs: a copy of this one, with one line changed."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from sim.incident.against import Against, CandidateFailed, against, importable, told
from tests.audit.exchange import Exchange
from tests.incident.exchange import bundle, lived
from tests.incident.other_fee import CEILED, ceiled, copy, told_of
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import LegSettled
from tradewind.values.symbols import SymbolRules


def legs(exchange: Exchange) -> list[LegSettled]:
    journals = [shard.journal for name, shard in exchange.shards.items() if name.startswith("clearing")]
    events = [event for journal in journals for entry in journal for event in decode(Output, entry.output).events]
    return [event for event in events if isinstance(event, LegSettled)]


async def test_the_same_version_differs_in_nothing(tmp_path: Path) -> None:
    await bundle(lived(1, operations=250), tmp_path / "bundle", "clearing/0:30")
    found = against(tmp_path / "bundle", copy(tmp_path / "same"))
    assert found.same and found.entries > 200 and found.package.startswith(str(tmp_path / "same"))


async def test_a_changed_fee_is_reported_as_exactly_the_trades_that_it_touches(tmp_path: Path) -> None:
    exchange = lived(1, operations=300, tiers=False)  # so that a symbol's own rates say every fee
    exchange.settle()
    await bundle(exchange, tmp_path / "bundle")
    found = against(tmp_path / "bundle", copy(tmp_path / "other", CEILED))
    rates = {row.symbol: (row.maker_fee_ppm, row.taker_fee_ppm) for row in rules(exchange)}
    expected, untouched = ceiled(legs(exchange), rates)
    assert len(expected) > 5 and untouched > 5, "the drawing has both kinds"
    assert told_of(found.impact.trades) == {trade: sorted(whats) for trade, whats in expected.items()}
    assert not found.lost and not found.impact.others
    lines = list(told(found, 3))
    assert lines[0].startswith(f"{found.entries} entries on tradewind") and any(line.startswith("trade ") for line in lines)


def rules(exchange: Exchange) -> list[SymbolRules]:
    return [row for table, rows in exchange.rows.items() if table.name == "symbols" for row in rows.values()]


async def test_a_version_that_refuses_or_dies_is_told(tmp_path: Path) -> None:
    exchange = lived(2, operations=250)
    await bundle(exchange, tmp_path / "bundle", "clearing/0:80")
    strict = ("services/clearing/rules.py", "if order.quantity > rules.quantity_max:", "if order.quantity > 50_000:")
    found = against(tmp_path / "bundle", copy(tmp_path / "strict", strict))
    assert found.counted and any("Refused" in what for pair in found.differences for what in pair.told())
    dying = (
        "services/matching/machine.py",
        "    def apply(",
        "    def apply(self, *_):\n        raise ValueError('mine')\n\n    def once(",
    )
    found = against(tmp_path / "bundle", copy(tmp_path / "dying", dying))
    assert found.lost.keys() == {"matching/0", "matching/1"} and "ValueError: mine" in found.lost["matching/0"]
    last = "    priority: int\n    self_trade: SelfTrade\n"
    column = ("services/matching/tables.py", last, f"{last}    colour: str\n")
    found = against(tmp_path / "bundle", copy(tmp_path / "column", column))
    assert any("cannot take up the rows" in why and "colour" in why for why in found.lost.values())
    broken = copy(tmp_path / "broken", ("machines.py", "MACHINES: dict", "MACHINES = no_such_thing\n_: dict"))
    with pytest.raises(CandidateFailed, match="no_such_thing"):
        against(tmp_path / "bundle", broken)


async def test_wherever_a_version_is_installed(tmp_path: Path) -> None:
    await bundle(lived(3, operations=20), tmp_path / "bundle")
    tree = copy(tmp_path / "tree", ("__init__.py", '__version__ = "', '__version__ = "7.'))
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    shutil.copytree(tree / "src", packages)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with ZipFile(wheels / "tradewind-7.0-py3-none-any.whl", "w") as wheel:
        for path in sorted((tree / "src").rglob("*.py")):
            wheel.write(path, path.relative_to(tree / "src"))
    found: list[Against] = [
        against(tmp_path / "bundle", place)
        for place in (tree, tree / "src", packages, tmp_path / "venv", wheels, *wheels.iterdir())
    ]
    assert all(one.same and one.version.startswith("7.") for one in found), found
    with pytest.raises(CandidateFailed, match="there is no tradewind"):
        importable(tmp_path)
