"""`tradewind-sim run` and `hash`: one seed, one scenario, or one plan file."""

import argparse
from pathlib import Path

from sim import scenario
from sim.drawing import PROFILES, draw_plan
from sim.plan import to_json
from sim.report.commands import report
from sim.report.staging import Wanted, play
from sim.run import run
from sim.speaker import Speaker
from sim.zoo import keeper

TRACED = 400


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser("run", help="one seed, one scenario, or one plan file")
    one.add_argument("plan", nargs="?", type=Path, help="a scenario (.toml) or a plan (.json) instead of a drawn one")
    one.add_argument("--trace", action="store_true", help=f"print the last {TRACED} events")
    one.add_argument("--save", type=Path, help="write the plan to this file: .json, or .toml to make a scenario of it")
    one.add_argument("--seed", type=int, help="1, or the scenario's own")
    one.add_argument("--mutant", choices=keeper.names(), default="", help="with this bug of the zoo planted")
    one.add_argument("--report", type=Path, metavar="FILE.html", help="write what happened as a page to look at")
    one.set_defaults(perform=perform)
    digest = commands.add_parser("hash", help="print the run's hash")
    digest.add_argument("--seed", type=int, default=1)
    digest.set_defaults(perform=print_hash)
    for command in (one, digest):
        command.add_argument("--profile", choices=PROFILES, default="swarm")


def print_hash(given: argparse.Namespace, speaker: Speaker) -> int:
    speaker.say(run(draw_plan(given.seed, given.profile), given.seed).result.hash)
    return 0


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    one = Wanted(given.plan, given.seed, given.profile, given.mutant)
    told_of = scenario.read(given.plan) if given.plan is not None and given.plan.suffix == ".toml" else None
    if told_of is not None:
        speaker.say(f"{given.plan.stem}: {told_of.says}")
    trace_max = TRACED if given.trace else 0
    ran = report(one, given.report, speaker.console) if given.report else play(one, trace_max=trace_max)
    if told_of is not None and told_of.finds and told_of.finds not in ran.identities:
        speaker.say(f"{told_of.finds} is not found any more: take `finds` out of {given.plan}")
    if given.save:
        small = given.save.suffix == ".toml"
        kept = scenario.to_toml(scenario.of_run(ran, one.repeat)).encode() if small else to_json(ran.plan)
        given.save.write_bytes(kept)
    for event in ran.result.trace:
        speaker.say(str(event))
    return speaker.show(ran, one.repeat)
