"""A campaign that missed something fails, and so does a calm run that had to try again."""

import pytest
from rich.console import Console

from sim.campaigns import marks
from sim.campaigns.conduct import Outcome, Tally
from sim.cli import Speaker
from sim.drawing import draw_plan
from sim.faults import FATES, FAULTS
from sim.plan import Plan
from sim.run import run

EVERYTHING = dict.fromkeys((*marks.RARE, *(f"fault: {do}" for do in (*FAULTS, *FATES))), 1)


def tally(runs: int, reached: dict[str, int]) -> Tally:
    made = Tally()
    for _ in range(runs):
        made.add(Outcome("run --seed 1", [], reached, 0, 1, 0.0))
    return made


def verdict(runs: int, reached: dict[str, int], profile: str = "swarm") -> tuple[int, str]:
    speaker = Speaker()
    speaker.console = Console(record=True, width=200)
    code = speaker.sum_up_campaign(tally(runs, reached), profile)
    return code, speaker.console.export_text()


def test_a_large_campaign_must_reach_every_rare_branch(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(marks.SWARM_SEEDS_MIN, EVERYTHING)[0] == 0
    for missing in ("fenced", "fault: bus_flush", "fault: commit_unknown_done"):
        code, said = verdict(marks.SWARM_SEEDS_MIN, {mark: 1 for mark in EVERYTHING if mark != missing})
        assert code == 1 and f"not reached: {missing}" in said
    assert verdict(marks.SWARM_SEEDS_MIN - 1, {})[0] == 0  # so few show nothing
    assert verdict(marks.SWARM_SEEDS_MIN, {}, "zombie")[0] == 0


def test_a_calm_run_tries_nothing_twice() -> None:
    assert marks.restless(Plan(), {"client hung up": 3, "outcome looked up": 3, "told: place yes": 90}) == []
    assert marks.restless(Plan(), {"outcome looked up": marks.CALM_RETRIES_MAX + 1}) != []
    gaps = {"gap read from the journal": 9}
    assert marks.restless(Plan(), gaps) != []
    assert marks.restless(Plan(knobs={"publish_pending_max": 1}), gaps) == []
    assert run(draw_plan(3, "calm"), 3).findings == []
