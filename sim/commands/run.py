"""`tradewind-sim run` and `hash`: one seed, one scenario, or one plan file."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from sim import scenario
from sim.campaigns.jobs import Seed
from sim.cluster import Cluster
from sim.drawing import PROFILES, draw_plan
from sim.plan import read, to_json
from sim.report.command import write
from sim.report.page import page_of
from sim.report.recorder import Recorder
from sim.report.staging import told
from sim.run import Ran, run
from sim.shrink.command import planted
from sim.speaker import Speaker
from tradewind.runtime.machine import Machine

TRACED = 400


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser("run", help="one seed, one scenario, or one plan file")
    one.add_argument("plan", nargs="?", type=Path, help="a scenario (.toml) or a plan (.json) instead of a drawn one")
    one.add_argument("--trace", action="store_true", help=f"print the last {TRACED} events")
    one.add_argument("--save", type=Path, help="write the plan to this file: .json, or .toml to make a scenario of it")
    one.add_argument("--seed", type=int, help="1, or the scenario's own")
    one.add_argument("--mutant", default="", help="with a bug of the zoo planted")
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
    recorder = Recorder() if given.report else None
    with planted(given.mutant)() as machines:
        ran, repeat = _run(machines, given, speaker, _nobody if recorder is None else recorder.attend)
    repeat += f" --mutant {given.mutant}" if given.mutant else ""
    if recorder is not None:
        write(given.report, page_of(told(recorder, ran, repeat, f"tradewind-sim {repeat}").timeline), speaker)
    if given.save:
        kept = scenario.to_toml(scenario.of_run(ran, repeat)).encode() if given.save.suffix == ".toml" else to_json(ran.plan)
        given.save.write_bytes(kept)
    for event in ran.result.trace:
        speaker.say(str(event))
    return speaker.show(ran, repeat)


def _nobody(cluster: Cluster) -> None:
    """Looks on."""


def _run(
    machines: Mapping[str, type[Machine]], given: argparse.Namespace, speaker: Speaker, watch: Callable[[Cluster], None]
) -> tuple[Ran, str]:
    """The run, and the words that repeat it."""
    seed, trace_max = 1 if given.seed is None else given.seed, TRACED if given.trace else 0
    if given.plan is None:
        ran = run(draw_plan(seed, given.profile), seed, machines=machines, trace_max=trace_max, watch=watch)
        return ran, Seed(given.profile, seed).words
    if given.plan.suffix != ".toml":
        ran = run(read(given.plan), seed, machines=machines, trace_max=trace_max, watch=watch)
        return ran, f"run {given.plan} --seed {seed}"
    told_of = scenario.read(given.plan)
    speaker.say(f"{given.plan.stem}: {told_of.says}")
    ran = scenario.play(told_of, seed=given.seed, trace_max=trace_max, machines=machines, watch=watch)
    if told_of.finds and told_of.finds not in ran.identities:
        speaker.say(f"{told_of.finds} is not found any more: take `finds` out of {given.plan}")
    return ran, f"run {given.plan}" + (f" --seed {seed}" if given.seed is not None else "")
