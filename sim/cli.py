"""tradewind-sim: one seed, a campaign of seeds, a crash at every commit, the bug zoo, a replay. Exit code 1: found."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sim import scenario
from sim.campaigns import command, summary
from sim.campaigns import enumerate as enumeration
from sim.campaigns.conduct import conduct
from sim.campaigns.jobs import Seed
from sim.campaigns.tally import Tally
from sim.drawing import PROFILES, draw_plan
from sim.kernel.result import Finding
from sim.plan import read, to_json
from sim.replay import replay, told
from sim.run import Ran, run
from sim.zoo import keeper

WORDS_MAX = 600
TRACED = 400


def commit_hash() -> str:
    """Of the code that runs, for the line that repeats a failure; "" outside a repository."""
    here = Path(__file__).resolve().parent
    words = ["git", "-C", str(here), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


class Speaker:
    """Says things plainly: what is found is no markup."""

    def __init__(self) -> None:
        self.console = Console()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def fail(self, findings: Sequence[Finding], repeat: str) -> None:
        for finding in findings:
            self.say(f"FAIL {finding.name}: {finding.what[:WORDS_MAX]}")
        at = commit_hash()
        self.say(f"again: tradewind-sim {repeat}" + (f"     (at {at})" if at else ""))

    def tell(self, tally: Tally) -> int:
        """Each failure once, with the line that repeats it. 1 if there is any."""
        for name, outcome in tally.failures.items():
            others, what = tally.seen[name] - 1, outcome.findings[0][1]
            self.fail([Finding(name, what + (f"     (and in {others} more runs)" if others else ""))], outcome.repeat)
        return 1 if tally.failures else 0

    def sum_up(self, tally: Tally) -> int:
        summary.show(tally, self.console, 0.0)
        return self.tell(tally)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tradewind-sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="one seed, one scenario, or one plan file")
    one.add_argument("plan", nargs="?", type=Path, help="a scenario (.toml) or a plan (.json) instead of a drawn one")
    one.add_argument("--trace", action="store_true", help=f"print the last {TRACED} events")
    one.add_argument("--save", type=Path, help="write the plan to this file: .json, or .toml to make a scenario of it")
    one.add_argument("--seed", type=int, help="1, or the scenario's own")
    digest = commands.add_parser("hash", help="print the run's hash")
    command.add_to(commands)
    each = commands.add_parser("crash-every-commit", help="kill every machine at each of its commits")
    each.add_argument("--shard")
    each.add_argument("--how", choices=enumeration.HOWS)
    each.add_argument("--commit", type=int)
    again = commands.add_parser("replay", help="a file of `tradewind journal export` on fresh machines: the same chain?")
    again.add_argument("file", type=Path)
    zoo = commands.add_parser("zoo", help="every planted bug must be caught")
    zoo.add_argument("mutants", nargs="*", metavar="MUTANT")
    for given in (digest, each):
        given.add_argument("--seed", type=int, default=1)
    for given in (one, digest):
        given.add_argument("--profile", choices=PROFILES, default="swarm")
    for given in (each, zoo):
        given.add_argument("--jobs", type=int, default=2)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    speaker = Speaker()
    match given.command:
        case "run":
            return _run(given, speaker)
        case "hash":
            speaker.say(run(draw_plan(given.seed, given.profile), given.seed).result.hash)
            return 0
        case "campaign":
            return command.main(given, speaker.console, speaker.tell)
        case "replay":
            results = replay(given.file)
            for line in told(results):
                speaker.say(line)
            return 0 if all(result.same for result in results) else 1
        case "crash-every-commit" if given.commit:
            return _show(enumeration.crash(given.seed, given.shard, given.how, given.commit), "the same", speaker)
        case "crash-every-commit":
            return speaker.sum_up(conduct(enumeration.jobs(given.seed), given.jobs, speaker.console, "every commit"))
    return keeper.visit(given.mutants, given.jobs, speaker.console)


def _run(given: argparse.Namespace, speaker: Speaker) -> int:
    seed, trace_max = 1 if given.seed is None else given.seed, TRACED if given.trace else 0
    if given.plan is None:
        ran, repeat = run(draw_plan(seed, given.profile), seed, trace_max=trace_max), Seed(given.profile, seed).words
    elif given.plan.suffix == ".toml":
        told_of = scenario.read(given.plan)
        speaker.say(f"{given.plan.stem}: {told_of.says}")
        ran = scenario.play(told_of, seed=given.seed, trace_max=trace_max)
        repeat = f"run {given.plan}" + (f" --seed {seed}" if given.seed is not None else "")
    else:
        ran, repeat = run(read(given.plan), seed, trace_max=trace_max), f"run {given.plan} --seed {seed}"
    if given.save:
        kept = scenario.to_toml(scenario.of_run(ran, repeat)).encode() if given.save.suffix == ".toml" else to_json(ran.plan)
        given.save.write_bytes(kept)
    for event in ran.result.trace:
        speaker.say(str(event))
    return _show(ran, repeat, speaker)


def _show(ran: Ran, repeat: str, speaker: Speaker) -> int:
    speaker.say("marks: " + ", ".join(f"{mark} {count}" for mark, count in sorted(ran.marks.items())))
    speaker.say(f"seed {ran.seed}: {ran.result.steps} steps, {ran.result.now_ns / 1e9:.1f} s, hash {ran.result.hash}")
    if ran.findings:
        speaker.fail(ran.findings[:12], repeat)
    return 1 if ran.findings else 0


if __name__ == "__main__":
    sys.exit(main())
