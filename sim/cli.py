"""tradewind-sim: run one seed, a campaign of seeds, or a crash at every commit. Exit code 1 when anything was found."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sim.drawing import PROFILES, draw_plan
from sim.plan import Plan, read, to_json
from sim.run import Ran, run

WORDS_MAX = 600


def commit_hash() -> str:
    """Of the code that runs, for the line that repeats a failure; "" outside a repository."""
    here = Path(__file__).resolve().parent
    words = ["git", "-C", str(here), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def again(what: str) -> str:
    at = commit_hash()
    return f"again: tradewind-sim run {what}" + (f"     (at {at})" if at else "")


def show(ran: Ran, console: Console, repeat: str) -> None:
    """What was found, most telling first, and the line that repeats it."""
    for finding in ran.findings[:12]:
        console.print(f"FAIL {finding.name}: {finding.what[:WORDS_MAX]}", markup=False, highlight=False, soft_wrap=True)
    console.print(again(repeat), markup=False, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tradewind-sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="one seed, or one plan file")
    one.add_argument("plan", nargs="?", type=Path, help="a plan file (.json or .toml) instead of a drawn one")
    one.add_argument("--trace", action="store_true", help="print the last events")
    one.add_argument("--save", type=Path, help="write the plan to this file")
    digest = commands.add_parser("hash", help="print the run's hash")
    for each in (one, digest):
        each.add_argument("--seed", type=int, default=1)
        each.add_argument("--profile", choices=PROFILES, default="swarm")
    given = parser.parse_args(arguments)
    console = Console()
    if given.command == "hash":
        console.print(run(draw_plan(given.seed, given.profile), given.seed).result.hash, highlight=False)
        return 0
    return _run(given, console)


def _run(given: argparse.Namespace, console: Console) -> int:
    plan: Plan = read(given.plan) if given.plan else draw_plan(given.seed, given.profile)
    if given.save:
        given.save.write_bytes(to_json(plan))
    ran = run(plan, given.seed, trace_max=400 if given.trace else 0)
    for event in ran.result.trace:
        console.print(str(event), markup=False, highlight=False, soft_wrap=True)
    marks = ", ".join(f"{mark} {count}" for mark, count in sorted(ran.marks.items()))
    console.print(f"seed {given.seed}: {ran.result.steps} steps, {ran.result.now_ns / 1e9:.1f} s, hash {ran.result.hash}")
    console.print(f"marks: {marks}", markup=False, highlight=False)
    if not ran.findings:
        return 0
    where = str(given.plan) if given.plan else f"--profile {given.profile}" if given.profile != "swarm" else ""
    show(ran, console, " ".join(word for word in (where, f"--seed {given.seed}") if word))
    return 1


if __name__ == "__main__":
    sys.exit(main())
