"""Seeds that anybody can repeat: clean, and not because nothing happened in them."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from sim.campaigns.enumerate import HOWS, every_commit, short_plan
from sim.cli import main
from sim.drawing import PROFILES, draw_plan
from sim.plan import read, to_json
from sim.run import Ran, run

SEEDS = range(1, 13)
# Branches that so short a campaign must reach; the nightly one reaches more.
REACHED = (
    "gap read from the journal",
    "feed batch repeated",
    "feed followed by polling the journal",
    "command sent over the network",
    "command delivered again",
    "began again after a port failed",
    "head published again after a start",
    "outcome looked up",
    "client hung up",
    "fault: kill",
    "fault: pause",
    "fault: store_down",
    "fault: bus_down",
    "fault: bus_lose_tail",
    "fault: commit_unknown_done",
    "told: place yes",
    "told: place INSUFFICIENT_BALANCE",
    "told: place MARKET_CLOSED",
    "told: cancel yes",
    "told: amend yes",
    "told: repeat yes",
    "told: twist DUPLICATE_CLIENT_ORDER_ID",
)


@cache
def ran(seed: int) -> Ran:
    return run(draw_plan(seed), seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_is_clean(seed: int) -> None:
    assert ran(seed).findings == [], f"again: tradewind-sim run --seed {seed}"


def test_the_campaign_was_not_idle() -> None:
    marks: Counter[str] = Counter()
    for seed in SEEDS:
        marks.update(ran(seed).marks)
    assert [mark for mark in REACHED if not marks[mark]] == []


def test_zombies_are_fenced() -> None:
    runs = [run(draw_plan(seed, "zombie"), seed) for seed in (*range(1, 6), 4025)]  # 4025: a zombie met its successor's orders
    assert [(one.seed, one.findings) for one in runs if one.findings] == []
    assert any("fenced" in one.marks for one in runs)


@pytest.mark.parametrize("shard", [shard for process in short_plan(1).processes for shard in process.shards])
def test_every_machine_may_die_at_its_commits(shard: str) -> None:
    """At one in three, each way in turn: `tradewind-sim crash-every-commit` takes all of them, every way."""
    for repeat, one in every_commit(1, shard, *HOWS, step=3):
        assert one.findings == [], f"again: tradewind-sim {repeat}"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_plan_goes_to_a_file_and_back(profile: str, tmp_path: Path) -> None:
    for seed in range(20):
        plan = draw_plan(seed, profile)
        (tmp_path / "plan.json").write_bytes(to_json(plan))
        assert read(tmp_path / "plan.json") == plan


def test_a_plan_file_runs_as_its_seed_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    assert main(["run", "--seed", "4", "--profile", "short", "--save", str(plan)]) == 0
    drawn = capsys.readouterr().out
    assert main(["run", str(plan), "--seed", "4"]) == 0
    assert capsys.readouterr().out == drawn
