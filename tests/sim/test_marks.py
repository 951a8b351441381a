"""A thorough campaign that missed something fails, and so does a calm run that had to try again."""

import pytest

from sim.campaigns import marks
from sim.cli import main
from sim.drawing import draw_plan
from sim.faults import FATES, FAULTS
from sim.models.buggify import SITES
from sim.plan import Plan
from sim.run import run

EVERYTHING = dict.fromkeys(
    (*marks.RARE, *(f"fault: {do}" for do in (*FAULTS, *FATES)), *(f"site: {site}" for site in SITES)), 1
)


def test_every_rare_branch_counts() -> None:
    assert marks.unreached(EVERYTHING) == []
    for missing in EVERYTHING:
        assert marks.unreached({mark: 1 for mark in EVERYTHING if mark != missing}) == [missing]


def test_a_night_that_missed_something_fails(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--seeds", "3", "--jobs", "1", "--rerun", "0"]
    assert main(["campaign", "--profile", "short", *few]) == 0
    assert main(["campaign", "--profile", "night", *few]) == 1
    assert "not reached: " in capsys.readouterr().out


def test_a_calm_run_tries_nothing_twice() -> None:
    assert marks.restless(Plan(), {"client hung up": 3, "outcome looked up": 3, "told: place yes": 90}) == []
    assert marks.restless(Plan(), {"outcome looked up": marks.CALM_RETRIES_MAX + 1}) != []
    gaps = {"gap read from the journal": 9}
    assert marks.restless(Plan(), gaps) != []
    assert marks.restless(Plan(knobs={"publish_pending_max": 1}), gaps) == []
    assert run(draw_plan(3, "calm"), 3).findings == []
