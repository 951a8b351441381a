"""A review of a bundle: what is different is said, a stop is a consistent cut, and what stands there is shown."""

from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import pytest
from rich.console import Console

from sim.cli import main
from sim.incident.cuts import Causes, cut
from sim.incident.replay import replay
from sim.incident.show import instant, show
from tests.incident.exchange import MAIL, MemorySource, bundle, house, lived
from tests.incident.test_file import records, sealed
from tradewind.machines import MACHINES
from tradewind.ops.incident.export import export
from tradewind.ops.incident.records import Present
from tradewind.ops.incident.window import parse
from tradewind.runtime.machine import At, Outcome
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.values.orders import Side


class Careless(ClearingMachine):
    """Forgets its twentieth input."""

    def apply(self, item: object, at: At) -> Outcome:
        return Outcome([]) if at.seq == 20 else super().apply(item, at)  # type: ignore[arg-type]


async def test_what_a_version_does_differently_is_named(tmp_path: Path) -> None:
    await bundle(lived(1), tmp_path / "bundle")
    replayed = replay(tmp_path / "bundle", machines={**MACHINES, "clearing": Careless})
    assert not replayed.same
    assert {name for name, shard in replayed.shards.items() if shard.differences} == {"clearing/0", "clearing/1"}
    [difference] = replayed.shards["clearing/1"].differences
    assert difference.startswith("clearing/1 seq 20: replay says 0 events, journaled are")


async def test_rows_that_no_replay_gives_are_named(tmp_path: Path) -> None:
    await bundle(lived(1), tmp_path / "bundle")
    body = records(tmp_path / "bundle")
    place = next(place for place, record in enumerate(body) if isinstance(record, Present) and record.table == "balances")
    present = body[place]
    assert isinstance(present, Present)
    rows = [(*present.rows[0][:3], present.rows[0][3] + 1, present.rows[0][4]), *present.rows[1:]]
    body[place] = msgspec.structs.replace(present, rows=tuple(rows))
    sealed(body, tmp_path / "bundle")
    [difference] = replay(tmp_path / "bundle").shards[present.shard].differences
    assert difference.startswith("balances (") and "replay gives" in difference


@pytest.mark.parametrize("seed", range(4))
async def test_a_stop_is_as_early_as_causes_allow(tmp_path: Path, seed: int) -> None:
    exchange, draw = lived(seed), Random(seed)
    await bundle(exchange, tmp_path / "bundle", "clearing/0:30")
    causes = Causes(tmp_path / "bundle")
    for _ in range(12):
        shard = draw.choice([name for name, end in causes.header.ends.items() if end.seq > causes.header.starts[name].seq])
        seq = draw.randint(causes.header.starts[shard].seq + 1, causes.header.ends[shard].seq)
        stops = causes.cut(shard, seq)
        needs = {name: max(mark.seq, seq if name == shard else 0) for name, mark in causes.header.starts.items()}
        for before, after in pairwise([{}, *_rounds(exchange, causes, needs)]):
            needs = after
            assert before != after
        assert stops == needs
        replayed = replay(tmp_path / "bundle", stops)
        assert replayed.same and {name: one.at.seq for name, one in replayed.shards.items()} == stops


def _rounds(exchange: object, causes: Causes, needs: dict[str, int]) -> list[dict[str, int]]:
    """What every entry up to `needs` was caused by, again and again, until nothing is added."""
    rounds = [needs]
    while True:
        more = dict(rounds[-1])
        for name, seq in rounds[-1].items():
            for entry in exchange.shards[name].journal[causes.header.starts[name].seq : seq]:  # type: ignore[attr-defined]
                if entry.source in more:
                    more[entry.source] = max(more[entry.source], entry.source_seq)
        if more == rounds[-1]:
            return rounds
        rounds.append(more)


async def test_rows_at_a_stop_are_those_of_a_window_that_ends_there(tmp_path: Path) -> None:
    exchange = lived(5)
    await bundle(exchange, tmp_path / "whole")
    stops = Causes(tmp_path / "whole").cut("order/0", exchange.shards["order/0"].head.seq - 20)
    stopped = replay(tmp_path / "whole", stops)
    for name, seq in stops.items():
        await bundle(exchange, tmp_path / "rest", f"{name}:{seq}") if seq else None
        shard = replay(tmp_path / "rest", {name: seq}).shards[name] if seq else None
        assert shard is None or (shard.replay.kept == stopped.shards[name].replay.kept and shard.at == stopped.shards[name].at)


@pytest.mark.parametrize(
    "words", ["clearing/0", "clearing/0:x", "clearing/7:1", "clearing/0:9999", "clearing/0:1,clearing/1:1"]
)
async def test_places_that_are_not_there_are_refused(tmp_path: Path, words: str) -> None:
    await bundle(lived(1), tmp_path / "bundle")
    with pytest.raises(ValueError, match="place"):
        cut(tmp_path / "bundle", words)


async def test_what_stands_there_is_shown(tmp_path: Path) -> None:
    exchange = lived(1, operations=0)
    sold = exchange.place(2, "BTCUSDT", Side.SELL, 101_000_000, 30_000)
    exchange.settle()
    matching = f"matching/{exchange.topology.matching_of('BTCUSDT')}"
    rested = exchange.shards[matching].head.seq
    bought = exchange.place(3, "BTCUSDT", Side.BUY, 101_000_000, 10_000)
    stop = exchange.shards["clearing/1"].head.seq
    exchange.settle()
    await bundle(exchange, tmp_path / "bundle")

    def shown(stops: dict[str, int] | None, *words: str) -> str:
        console = Console(width=200, record=True, file=StringIO())
        for table in show(tmp_path / "bundle", stops, [list(words)])[1]:
            console.print(table)
        return console.export_text()

    causes = Causes(tmp_path / "bundle")
    before = causes.cut("clearing/1", stop)
    assert "SELL" not in shown(before, "book", "BTCUSDT"), "nothing that clearing has heard demands that anything rests"
    assert "0.00030000" in shown(causes.cut(matching, rested), "book", "BTCUSDT") and "0.00020000" in shown(
        None, "book", "BTCUSDT"
    )
    assert "101.000000" in shown(None, "book", "BTCUSDT")
    assert "0.010100" in shown(before, "balance", "3"), "what is held for the order"
    assert "0.010100" not in shown(None, "balance", "3")
    told = shown(None, "order", str(bought))
    assert "OrderAccepted" in told and "Traded" in told and "trade_id=1" in told and "FILLED" in told
    rests = shown(causes.cut(matching, rested), "order", str(sold))
    assert "OrderAccepted" in rests and "OrderRested" in rests and "Traded" not in rests
    at = causes.cut_at(exchange.shards["clearing/1"].journal[stop - 1].at)
    assert at["clearing/1"] == stop and at[matching] == rested
    places = shown(before, "positions")
    assert (
        "clearing/1" in places and str(stop) in places and instant(exchange.shards["clearing/1"].journal[stop - 1].at) in places
    )
    assert MAIL not in places


async def test_the_command_tells_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exchange = lived(2)
    path = str(tmp_path / "bundle")
    exported = await bundle(exchange, tmp_path / "bundle", "clearing/0:20")
    assert main(["incident", "replay", path, "--show", "positions", "--show", "balance", "1", "--stop", "clearing/0:40"]) == 0
    told = capsys.readouterr().out
    assert exported.seal in told and "balances of account 1" in told and "clearing/0: 21 entries, seq 40, chain" in told
    assert main(["incident", "replay", path, "--show", "everything"]) == 2
    assert main(["incident", "replay", path, "--stop", "clearing/0:9000"]) == 2
    assert main(["incident", "replay", path, "--against", str(tmp_path)]) == 2
    assert "there is no tradewind in" in capsys.readouterr().out
    away = replace(house(), machines={**MACHINES, "clearing": Careless})
    await export(MemorySource(exchange), away, parse("now"), parse("now"), tmp_path / "bundle")
    assert main(["incident", "replay", path]) == 0
    (tmp_path / "bundle").write_bytes((tmp_path / "bundle").read_bytes()[:-9])
    assert main(["incident", "replay", path]) == 2
    assert "refused: first bad entry: " in capsys.readouterr().out
