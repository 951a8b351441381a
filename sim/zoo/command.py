"""`tradewind-sim zoo`: every planted bug must be caught."""

import argparse
from pathlib import Path

from sim.shrink.command import add_budget, budget_of
from sim.shrink.trials import Budget
from sim.speaker import Speaker
from sim.zoo.visit import visit

# By steps, so that what comes out does not depend on how busy the machine is; the seconds only end what hangs.
USUAL = Budget(runs=800, seconds=600.0, steps=1_500_000)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    zoo = commands.add_parser("zoo", help="every planted bug must be caught")
    zoo.add_argument("mutants", nargs="*", metavar="MUTANT")
    zoo.add_argument("--shrink", action=argparse.BooleanOptionalAction, help="and must shrink to what a person can read")
    zoo.add_argument("--json", type=Path, help="write the table's rows to this file")
    zoo.add_argument("--into", type=Path, help="write the small scenarios to this folder")
    zoo.add_argument("--jobs", type=int, default=2)
    add_budget(zoo, USUAL)
    zoo.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    budget = budget_of(given) if given.shrink else None
    return visit(given.mutants, given.jobs, speaker.console, budget=budget, into=given.into, json=given.json)
