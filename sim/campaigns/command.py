"""`tradewind-sim campaign`: what it may be told, and how it ends."""

import argparse
import json
import os
import time
from pathlib import Path

from sim.campaigns import summary
from sim.campaigns.conduct import conduct_seeds
from sim.campaigns.engines import Engine, local, on_dask
from sim.campaigns.marks import SWARM_SEEDS_MIN, unreached
from sim.campaigns.page import page
from sim.campaigns.profiles import CAMPAIGNS, NAMES, campaign
from sim.campaigns.record import AnotherCampaign, begin, heading
from sim.campaigns.tally import Tally
from sim.kernel.result import Finding
from sim.shrink import command as shrinking
from sim.shrink.written import FOUND
from sim.speaker import Speaker

SUMMARY, PAGE = "summary.json", "summary.html"


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
    parser.add_argument("--shrink", action="store_true", help="make the first failure of each kind small, and a scenario of it")
    shrinking.add_budget(parser)
    parser.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    """1 when something was found, or when a thorough campaign has missed a rare branch; 2 when it may not begin."""
    what = campaign(given.profile)
    seeds = list(what.drawn(given.start, what.seeds if given.seeds is None else given.seeds))
    try:
        record = None if given.out is None else begin(given.out, heading(given.profile, given.start, len(seeds)))
    except AnotherCampaign as refusal:
        speaker.say(str(refusal))
        return 2
    known = len(record.done) if record else 0
    began_s = time.monotonic()
    rerun = what.rerun_per_cent if given.rerun is None else given.rerun
    tally = conduct_seeds(seeds, _engine(given), speaker.console, given.profile, rerun_per_cent=rerun, record=record)
    wall_s = 0.0 if known else time.monotonic() - began_s  # of a campaign in several sittings nobody knows
    if record is not None:
        record.close()
        _write(given.out, tally, given.profile, wall_s)
    summary.show(tally, speaker.console, wall_s)
    code = tell(tally, speaker)
    if given.shrink:
        _shrink_each(tally, given, speaker)
    thorough = what.thorough or (given.profile == "swarm" and tally.runs >= SWARM_SEEDS_MIN)
    missed = unreached(tally.marks) if thorough else []
    if missed:
        speaker.say(f"not reached: {', '.join(missed)}")
    return 1 if missed else code


def tell(tally: Tally, speaker: Speaker) -> int:
    """Each failure once, with the lines that repeat it and make it small. 1 if there is any."""
    for name, outcome in tally.failures.items():
        others, what = tally.seen[name] - 1, outcome.findings[0][1]
        speaker.fail([Finding(name, what + (f"     (and in {others} more runs)" if others else ""))], outcome.repeat)
        if outcome.seed:
            speaker.say(f"smaller: tradewind-sim shrink --profile {outcome.profile} --seed {outcome.seed}")
    return 1 if tally.failures else 0


def _shrink_each(tally: Tally, given: argparse.Namespace, speaker: Speaker) -> None:
    """The first failure of each identity."""
    budget = {"budget_runs": given.budget_runs, "budget_s": given.budget_s}
    for name, one in tally.failures.items():
        if one.seed:
            asked = {"file": None, "profile": one.profile, "seed": one.seed, "finds": name, "mutant": "", "into": FOUND}
            shrinking.perform(argparse.Namespace(**asked, **budget), speaker)


def _engine(given: argparse.Namespace) -> Engine:
    if given.dask:
        return lambda seeds: on_dask(seeds, given.dask)
    return lambda seeds: local((seed.job for seed in seeds), given.jobs)


def _write(folder: Path, tally: Tally, title: str, wall_s: float) -> None:
    told = summary.as_json(tally, title=title, wall_s=wall_s)
    (folder / SUMMARY).write_text(json.dumps(told, indent=1) + "\n")
    (folder / PAGE).write_text(page(tally, told))
