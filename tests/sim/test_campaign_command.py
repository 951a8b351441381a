"""Campaigns as their users run them: interrupted and gone on with, on a cluster, with a summary that says what was seen."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from sim.campaigns import rerun
from sim.campaigns.engines import local, on_dask
from sim.campaigns.jobs import Outcome, Seed
from sim.campaigns.profiles import CAMPAIGNS, campaign
from sim.campaigns.record import OUTCOMES
from sim.cli import main

SEEDS = 6


def campaign_of(folder: Path, *more: str) -> int:
    words = ["campaign", "--profile", "short", "--seeds", str(SEEDS), "--jobs", "1", "--rerun", "0", "--out", str(folder)]
    return main([*words, *more])


@pytest.fixture(scope="module")
def done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign")
    assert campaign_of(folder) == 0
    return folder


@pytest.fixture
def folder(done_once: Path, tmp_path: Path) -> Path:
    """A campaign that is over, for one test to spoil."""
    return Path(shutil.copytree(done_once, tmp_path / "campaign"))


def outcomes(folder: Path) -> dict[int, Outcome]:
    lines = (folder / OUTCOMES).read_bytes().splitlines()[1:]
    return {one.seed: one for one in (msgspec.json.decode(line, type=Outcome) for line in lines)}


def test_an_interrupted_campaign_goes_on_where_it_stopped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = outcomes(folder)
    lines = (folder / OUTCOMES).read_bytes().splitlines(keepends=True)
    (folder / OUTCOMES).write_bytes(b"".join(lines[:4]) + lines[4][:40])  # the power went while the fourth was written
    capsys.readouterr()
    assert campaign_of(folder) == 0
    assert f"{SEEDS - 3}/{SEEDS - 3}" in capsys.readouterr().out
    again = outcomes(folder)
    assert {seed: one.hash for seed, one in again.items()} == {seed: one.hash for seed, one in whole.items()}
    assert json.loads((folder / "summary.json").read_text())["runs"] == SEEDS


def test_a_folder_of_another_campaign_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / OUTCOMES).read_bytes()
    assert campaign_of(folder, "--start", "2") == 2
    assert "another folder" in capsys.readouterr().out
    assert (folder / OUTCOMES).read_bytes() == before


def test_the_page_has_plots_and_fetches_nothing(folder: Path) -> None:
    page = (folder / "summary.html").read_text()
    assert page.count("<svg") == 3
    assert not re.search(r"""(src|href)\s*=\s*["'](https?:)?//""", page) and "<script" not in page
    assert f"<dd>{SEEDS}</dd>" in page


def test_a_seed_that_comes_out_another_way_is_found() -> None:
    seeds = [Seed("short", 1), Seed("short", 2)]
    first = [outcome for done in local((seed.job for seed in seeds), 1) for outcome in done]
    assert [one.findings for done in rerun.repeated(seeds, first) for one in done] == [(), ()]
    forged = [first[0], msgspec.structs.replace(first[1], hash="another")]
    found = [one.findings for done in rerun.repeated(seeds, forged) for one in done]
    assert found[0] == () and found[1][0][0] == "determinism"


def test_reruns_are_a_share_of_the_seeds_and_always_the_same() -> None:
    seeds = list(CAMPAIGNS["smoke"].drawn(1, 400))
    some = rerun.chosen(seeds, 5)
    assert 5 <= len(some) <= 40 and some == rerun.chosen(seeds, 5)
    assert rerun.chosen(seeds, 0) == [] and len(rerun.chosen(seeds[:3], 1)) == 1


def test_a_night_has_every_profile_of_its_mix() -> None:
    night = campaign("night")
    assert {seed.profile for seed in night.drawn(1, 40)} == {profile for profile, _ in night.mix}


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list["subprocess.Popen[str]"]]]:
    """A scheduler and workers of its own, each a process; the address to reach them at."""
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    running = [scheduler]
    try:
        assert scheduler.stderr is not None
        said = next(found for line in scheduler.stderr if (found := re.search(r"tcp://127\.0\.0\.1:\d+", line)))
        worker = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            said[0],
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
        ]
        running += [subprocess.Popen(worker, stderr=subprocess.DEVNULL, text=True) for _ in range(workers)]
        yield said[0], running[1:]
    finally:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert scheduler.stderr is not None
        scheduler.stderr.close()


def test_a_cluster_gives_the_same_verdicts_though_a_worker_dies() -> None:
    seeds = list(campaign("short").drawn(1, 12))
    here = {one.seed: one.hash for done in local((seed.job for seed in seeds), 1) for one in done}
    there: dict[int, str] = {}
    with cluster(2) as (address, workers):
        for done in on_dask(seeds, address, chunk=2):
            there |= {one.seed: one.hash for one in done}
            assert [one.findings for one in done if one.findings] == []
            workers[0].kill()  # after the first chunk: what it had in hand goes to the other
    assert there == here


def test_the_summary_tells_what_was_reached(folder: Path) -> None:
    told = json.loads((folder / "summary.json").read_text())
    assert told["seeds_by_profile"] == {"short": SEEDS} and told["failures"] == [] and told["virtual_s"] > SEEDS
    assert told["unreached"], "a calm day reaches no rare branch"
