"""tradewind-sim: one seed, a campaign of seeds, a crash at every commit, the bug zoo, a replay. Exit code 1: found."""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from sim import scenario
from sim.campaigns import enumerate as enumeration
from sim.campaigns.conduct import Job, Tally, conduct, coverage
from sim.campaigns.marks import SWARM_SEEDS_MIN, unreached
from sim.drawing import PROFILES, draw_plan
from sim.kernel.result import Finding
from sim.plan import to_json
from sim.replay import replay, told
from sim.report import commands as reports
from sim.report.staging import Wanted, play
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


def seed_words(seed: int, profile: str) -> str:
    return f"run --seed {seed}" + (f" --profile {profile}" if profile != "swarm" else "")


def seed_run(seed: int, profile: str) -> Iterator[tuple[str, Ran]]:
    """A job's work: one seed."""
    yield seed_words(seed, profile), run(draw_plan(seed, profile), seed)


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

    def sum_up(self, tally: Tally) -> int:
        self.console.print(coverage(tally))
        for name, (repeat, what) in tally.failures.items():
            others = tally.seen[name] - 1
            self.fail([Finding(name, what + (f"     (and in {others} more runs)" if others else ""))], repeat)
        self.say(
            f"{tally.runs} runs, {tally.steps} steps, {tally.virtual_s:.0f} simulated seconds, {len(tally.failures)} found"
        )
        return 1 if tally.failures else 0

    def sum_up_campaign(self, tally: Tally, profile: str) -> int:
        """A large enough campaign of the swarm fails as well when it has missed a rare branch."""
        code = self.sum_up(tally)
        if profile == "swarm" and tally.runs >= SWARM_SEEDS_MIN and (missed := unreached(tally.marks)):
            self.say(f"not reached: {', '.join(missed)}")
            return 1
        return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tradewind-sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="one seed, one scenario, or one plan file")
    one.add_argument("plan", nargs="?", type=Path, help="a scenario (.toml) or a plan (.json) instead of a drawn one")
    one.add_argument("--trace", action="store_true", help=f"print the last {TRACED} events")
    one.add_argument("--save", type=Path, help="write the plan to this file: .json, or .toml to make a scenario of it")
    one.add_argument("--seed", type=int, help="1, or the scenario's own")
    one.add_argument("--report", type=Path, metavar="FILE.html", help="write what happened as a page to look at")
    one.add_argument("--mutant", choices=keeper.names(), default="", help="with this bug planted")
    digest = commands.add_parser("hash", help="print the run's hash")
    many = commands.add_parser("campaign", help="many seeds")
    many.add_argument("--seeds", type=int, default=200)
    many.add_argument("--start", type=int, default=1)
    each = commands.add_parser("crash-every-commit", help="kill every machine at each of its commits")
    each.add_argument("--shard")
    each.add_argument("--how", choices=enumeration.HOWS)
    each.add_argument("--commit", type=int)
    again = commands.add_parser("replay", help="a file of `tradewind journal export` on fresh machines: the same chain?")
    again.add_argument("file", type=Path)
    reports.add_parsers(commands)
    zoo = commands.add_parser("zoo", help="every planted bug must be caught")
    zoo.add_argument("mutants", nargs="*", metavar="MUTANT")
    for command in (digest, each):
        command.add_argument("--seed", type=int, default=1)
    for command in (one, digest, many):
        command.add_argument("--profile", choices=PROFILES, default="swarm")
    for command in (many, each, zoo):
        command.add_argument("--jobs", type=int, default=2)
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
        case "explain":
            return reports.explain(given, speaker.console)
        case "diff":
            return reports.diff(given, speaker.console)
        case "campaign":
            seeds = range(given.start, given.start + given.seeds)
            jobs = [Job(seed_words(seed, given.profile), seed_run, (seed, given.profile)) for seed in seeds]
            return speaker.sum_up_campaign(conduct(jobs, given.jobs, speaker.console, "campaign"), given.profile)
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
    one = Wanted(given.plan, given.seed, given.profile, given.mutant)
    if given.plan is not None and given.plan.suffix == ".toml":
        speaker.say(f"{given.plan.stem}: {scenario.read(given.plan).says}")
    if given.report:
        ran = reports.report(one, given.report, speaker.console)
    else:
        ran = play(one, trace_max=TRACED if given.trace else 0)
    repeat = one.repeat
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
