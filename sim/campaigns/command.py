"""`tradewind-sim campaign`: what it may be told, and how it ends."""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from sim.campaigns import summary
from sim.campaigns.conduct import conduct_seeds
from sim.campaigns.engines import Engine, local, on_dask
from sim.campaigns.marks import SWARM_SEEDS_MIN, unreached
from sim.campaigns.page import page
from sim.campaigns.profiles import CAMPAIGNS, NAMES, campaign
from sim.campaigns.record import AnotherCampaign, begin, heading
from sim.campaigns.tally import Tally

SUMMARY, PAGE = "summary.json", "summary.html"
Tell = Callable[[Tally], int]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    what = "; ".join(f"{name}: {one.says}" for name, one in CAMPAIGNS.items())
    parser = commands.add_parser("campaign", help="many seeds", description=f"{what}; or a profile of plans by its name.")
    parser.add_argument("--profile", choices=NAMES, default="smoke")
    parser.add_argument("--seeds", type=int, help="as many as the profile says")
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; all cores")
    parser.add_argument("--rerun", type=int, metavar="PER_CENT", help="seeds that run twice, to compare the hashes")
    parser.add_argument("--out", type=Path, help=f"a folder for outcomes, {SUMMARY}, {PAGE}; one begun there goes on")
    parser.add_argument("--dask", metavar="ADDRESS", help="run on the cluster of this scheduler instead")


def main(given: argparse.Namespace, console: Console, tell: Tell) -> int:
    """`tell` prints what was found; its code is ours, unless a thorough campaign has missed a rare branch."""
    what = campaign(given.profile)
    seeds = list(what.drawn(given.start, what.seeds if given.seeds is None else given.seeds))
    try:
        record = None if given.out is None else begin(given.out, heading(given.profile, given.start, len(seeds)))
    except AnotherCampaign as refusal:
        console.print(str(refusal), markup=False, soft_wrap=True)
        return 2
    known = len(record.done) if record else 0
    began_s = time.monotonic()
    rerun = what.rerun_per_cent if given.rerun is None else given.rerun
    tally = conduct_seeds(seeds, _engine(given), console, given.profile, rerun_per_cent=rerun, record=record)
    wall_s = 0.0 if known else time.monotonic() - began_s  # of a campaign in several sittings nobody knows
    if record is not None:
        record.close()
        _write(given.out, tally, given.profile, wall_s)
    summary.show(tally, console, wall_s)
    code = tell(tally)
    thorough = what.thorough or (given.profile == "swarm" and tally.runs >= SWARM_SEEDS_MIN)
    missed = unreached(tally.marks) if thorough else []
    if missed:
        console.print(f"not reached: {', '.join(missed)}", markup=False, soft_wrap=True)
    return 1 if missed else code


def _engine(given: argparse.Namespace) -> Engine:
    if given.dask:
        return lambda seeds: on_dask(seeds, given.dask)
    return lambda seeds: local((seed.job for seed in seeds), given.jobs)


def _write(folder: Path, tally: Tally, title: str, wall_s: float) -> None:
    told = summary.as_json(tally, title=title, wall_s=wall_s)
    (folder / SUMMARY).write_text(json.dumps(told, indent=1) + "\n")
    (folder / PAGE).write_text(page(tally, told))
