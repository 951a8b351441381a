"""A tape through the public API of a real exchange, calm and while everything under it is killed in turn."""

from itertools import accumulate
from pathlib import Path

import pytest
import trio

from sim.cli import main as replayer
from tests.chaos.storm import OwnServers, played_through
from tests.e2e.child import ExchangeChild
from tests.services.matching.test_matching_flow import synthetic
from tradewind.cli import main
from tradewind.ops.flow.lane import BATCH_MAX, runs_of
from tradewind.ops.flow.orders import Action, Asked, asked_of
from tradewind.ops.flow.run import LANES, play
from tradewind.ops.lobster import Flow

MESSAGES = 440


def tape(seed: int, length: int) -> list[Asked]:
    return list(asked_of(Flow(synthetic(seed, length))))


async def _nothing(_: object) -> None:
    pass


@pytest.mark.parametrize("lane", LANES)
async def test_a_tape_comes_to_what_the_naive_book_says(front_door: ExchangeChild, lane: str) -> None:
    played = tape(seed=3, length=300)
    assert {asked.action for asked in played} == set(Action)
    with trio.fail_after(180):
        result = await play(front_door.demo, f"FLOW{lane.upper()}", played, _nothing, lambda tally: None, lane)
    assert result.found == result.wanted
    assert len(result.found.trades) > 20 and result.found.gone and result.found.expired and result.found.resting


@pytest.mark.parametrize("makers", [1, 3])
def test_batches_are_the_tape_cut_where_the_account_or_the_method_changes(makers: int) -> None:
    played = tape(seed=5, length=2_000)
    runs = list(runs_of(played, makers))
    assert [asked for run in runs for asked in run.asked] == played
    assert [run.number for run in runs] == [0, *accumulate(len(run.asked) for run in runs[:-1])]
    owner: dict[str, int] = {}
    for run in runs:
        assert 1 <= len(run.asked) <= (1 if run.method == "order.amend" else BATCH_MAX)
        for asked in run.asked:
            assert (run.owner == makers) is (asked.action is Action.TAKE)
            assert owner.setdefault(asked.name, run.owner) == run.owner, "nobody cancels another's order"
    assert len(runs) < 0.9 * len(played)


def test_the_command_says_what_came_of_it(front_door: ExchangeChild, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, accounts = tmp_path / "tape.csv", str(front_door.home / "demo.json")
    file.write_text("".join(synthetic(5, 60)))
    assert main(["flow", str(file), "--accounts", accounts, "--symbol", "FLOWB"]) == 0
    assert "what the naive book comes to" in capfd.readouterr().out
    # The published hour is something else, and orders of the first run rest on the second's book.
    assert main(["flow", str(file), "--accounts", accounts, "--symbol", "FLOWC", "--expect", "hour"]) == 1
    assert "DIFFERS" in capfd.readouterr().out
    assert main(["flow", str(file), "--accounts", accounts, "--symbol", "FLOWB"]) == 1
    assert "orders rest on FLOWB already" in capfd.readouterr().out


def test_everything_is_killed_in_turn_and_nothing_is_lost(
    server_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    played = tape(seed=11, length=MESSAGES)
    with OwnServers(server_home) as servers:
        killed = servers.targets
        result, recoveries = played_through(servers, servers.exchange.demo, "AAPLUSD", played, print)
        assert result.found == result.wanted
        assert [recovery.target for recovery in recoveries] == killed
        assert len(result.found.trades) > 30
        for name, url in servers.urls.items():
            monkeypatch.setenv(name, url)
        home, bundle = str(servers.exchange.home), str(server_home / "hour.tw")
        assert main(["audit", "--quiet", "--home", home]) == 0, capfd.readouterr().out
        assert main(["incident", "export", "--from", "start", "--home", home, "--out", bundle]) == 0
        assert replayer(["incident", "replay", bundle]) == 0
        told = capfd.readouterr().out
    assert told.count("the same") == len(killed) - 3 and "clearing/0" in told, told  # all but the gateway and the two servers
