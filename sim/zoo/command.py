"""`tradewind-sim zoo`: every planted bug must be caught."""

import argparse
from pathlib import Path

from sim.shrink.command import add_budget
from sim.shrink.trials import Budget
from sim.speaker import Speaker
from sim.zoo.visit import visit


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    zoo = commands.add_parser("zoo", help="every planted bug must be caught")
    zoo.add_argument("mutants", nargs="*", metavar="MUTANT")
    zoo.add_argument("--shrink", action=argparse.BooleanOptionalAction, help="and must shrink to what a person can read")
    zoo.add_argument("--json", type=Path, help="write the table's rows to this file")
    zoo.add_argument("--into", type=Path, help="write the small scenarios to this folder")
    zoo.add_argument("--jobs", type=int, default=2)
    add_budget(zoo)
    zoo.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    budget = Budget(given.budget_runs, given.budget_s) if given.shrink else None
    return visit(given.mutants, given.jobs, speaker.console, budget=budget, into=given.into, json=given.json)
