"""tradewind-sim shrink: a failing seed, scenario or plan, made small and written down."""

import argparse
from pathlib import Path
from typing import NamedTuple

from sim import scenario
from sim.drawing import PROFILES, draw_plan
from sim.kernel.result import Finding
from sim.plan import Plan, read
from sim.shrink.shrinking import Bar, Budget, Clean, Shrunk, shrink
from sim.shrink.trials import Plant, nothing_planted
from sim.shrink.written import FOUND, write
from sim.speaker import Speaker, commit_hash


class Failing(NamedTuple):
    """What is to be shrunk: `origin` are the words that run it."""

    plan: Plan
    seed: int
    finds: str
    origin: str


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's arguments."""
    shrinking = commands.add_parser("shrink", help="make a failing run small, and a scenario of it")
    shrinking.add_argument("file", nargs="?", type=Path, help="a scenario (.toml) or a plan (.json) instead of a drawn one")
    shrinking.add_argument("--seed", type=int, help="1, or the scenario's own")
    shrinking.add_argument("--profile", choices=PROFILES, default="swarm")
    shrinking.add_argument("--finds", default="", help="the failure to keep; without it, what is found first")
    shrinking.add_argument("--mutant", default="", help="with a bug of the zoo planted")
    shrinking.add_argument("--into", type=Path, default=FOUND, help="the folder of the scenario that is written")
    add_budget(shrinking)
    shrinking.set_defaults(perform=perform)


def add_budget(command: argparse.ArgumentParser, usual: Budget = Budget()) -> None:  # noqa: B008  (it is frozen)
    command.add_argument("--budget-runs", type=int, default=usual.runs, help="of the shrinker, for each failure")
    command.add_argument("--budget-s", type=float, default=usual.seconds, help="of the machine's time, for each failure")
    command.add_argument("--budget-steps", type=int, default=usual.steps, help="of the simulated kernel, for each failure")


def budget_of(given: argparse.Namespace) -> Budget:
    """What the arguments say."""
    return Budget(given.budget_runs, given.budget_s, given.budget_steps)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    """1 when there is nothing to shrink."""
    failing, plant, budget = _failing(given), planted(given.mutant), budget_of(given)
    try:
        with Bar(speaker.console, budget) as tell:
            shrunk = shrink(failing.plan, failing.seed, failing.finds, plant=plant, budget=budget, tell=tell)
    except Clean as clean:
        speaker.say(f"nothing to shrink: {clean}")
        return 1
    origin = failing.origin + (f" --mutant {given.mutant}" if given.mutant else "")
    path, repeat = write(shrunk, origin, commit_hash(), mutant=given.mutant, folder=given.into)
    speaker.say(f"{told(shrunk)}, written to {path}")
    speaker.fail([Finding(shrunk.identity, shrunk.what)], repeat)
    return 0


def told(shrunk: Shrunk) -> str:
    """In one line."""
    before, after = shrunk.before, shrunk.after
    how = f"{shrunk.runs} runs, {shrunk.seconds:.0f} s" + ("" if shrunk.complete else ", the whole budget")
    return (
        f"{before.operations} operations and {before.faults} faults have become {after.operations} and {after.faults}"
        f" with {after.clients} clients ({how})"
    )


def planted(mutant: str) -> Plant:
    """The code as it is, or with a bug of the zoo. Each run plants it anew: a mutant may remember."""
    if not mutant:
        return nothing_planted
    from sim.zoo import keeper  # noqa: PLC0415  (the keeper shrinks too)

    return keeper.mutant(mutant).plant


def _failing(given: argparse.Namespace) -> Failing:
    if given.file is None:
        seed = 1 if given.seed is None else given.seed
        profile = "" if given.profile == "swarm" else f" --profile {given.profile}"
        return Failing(draw_plan(seed, given.profile), seed, given.finds, f"run --seed {seed}{profile}")
    if given.file.suffix == ".toml":
        told_of = scenario.read(given.file)
        seed = told_of.seed if given.seed is None else given.seed
        return Failing(told_of.staged(), seed, given.finds or told_of.finds, f"run {given.file} --seed {seed}")
    seed = 1 if given.seed is None else given.seed
    return Failing(read(given.file), seed, given.finds, f"run {given.file} --seed {seed}")
