"""`tradewind-sim explain` and `diff`, and `run --report`: a run told in the terminal or written as a page."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sim.drawing import PROFILES
from sim.report.diverging import compared
from sim.report.page import page_of, page_of_two
from sim.report.prose import Chosen, Line, story
from sim.report.staging import Wanted, show, wanted
from sim.report.timeline import NEVER
from sim.run import Ran
from sim.speaker import Speaker
from sim.zoo import keeper

STYLES = {"plain": "", "good": "green", "bad": "bold red", "doubt": "yellow", "soft": "bright_black"}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    explain = commands.add_parser("explain", help="tell what happened in a run, in sentences: what was violated first")
    explain.add_argument("what", nargs="?", default="1", help="a seed, a scenario (.toml), a plan (.json); +h12 plants a bug")
    explain.add_argument("--order", type=int, default=0, help="tell the way of this order")
    explain.add_argument("--account", type=int, default=0, help="tell what concerns this account")
    explain.add_argument("--node", default="", help="tell what this node did")
    explain.add_argument("--last", type=int, default=0, metavar="N", help="tell the last N events (of those chosen)")
    diff = commands.add_parser("diff", help="two runs, side by side where they part: diff 7 7+h12")
    diff.add_argument("one", help="as for explain")
    diff.add_argument("other")
    for command in (explain, diff):
        command.add_argument("--profile", choices=PROFILES, default="")
        command.add_argument("--report", type=Path, metavar="FILE.html", help="write a page as well")
    explain.add_argument("--seed", type=int, help="another seed than the file's")
    explain.add_argument("--mutant", choices=keeper.names(), default="", help="with this bug planted")
    diff.add_argument("--mutant", choices=keeper.names(), default="", help="plant it in the second run")
    explain.set_defaults(perform=perform_explain)
    diff.set_defaults(perform=perform_diff)


def perform_explain(given: argparse.Namespace, speaker: Speaker) -> int:
    """1 when something was found."""
    one = wanted(given.what, _profile(given.profile, given.mutant or given.what.partition("+")[2]), given.mutant)
    shown = show(one if given.seed is None else one._replace(seed=given.seed))
    speaker.console.print(Text(shown.timeline.title, style="bold"))
    tell(speaker.console, story(shown.timeline, Chosen(given.order, given.account, given.node, given.last)))
    speaker.say(f"again: {shown.timeline.repeat}")
    if given.report:
        write(speaker.console, given.report, page_of(shown.timeline))
    return 1 if shown.ran.findings else 0


def perform_diff(given: argparse.Namespace, speaker: Speaker) -> int:
    """0 when they are the same run. A mutant's own profile holds for both, so that they have a plan in common."""
    planted = given.mutant or given.other.partition("+")[2] or given.one.partition("+")[2]
    profile = _profile(given.profile, planted)
    one = show(wanted(given.one, profile))
    other = show(wanted(given.other, profile, given.mutant))
    parted, lines = compared(one, other)
    tell(speaker.console, lines)
    if given.report:
        write(
            speaker.console, given.report, page_of_two(one.timeline, other.timeline, None if parted is None else parted.at_ns)
        )
    return 0 if parted is None else 1


def report(one: Wanted, path: Path, console: Console) -> Ran:
    """A recorded run of it, as a page."""
    shown = show(one)
    write(console, path, page_of(shown.timeline))
    return shown.ran


def write(console: Console, path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8")
    say(console, f"written: {path} ({len(page.encode()) / 1024:.0f} KiB)")


def tell(console: Console, lines: Iterable[Line]) -> None:
    """Instants in a column of their own, headings without."""
    for line in lines:
        if line.at_ns == NEVER:
            console.print(Text(f"\n{line.text}" if line.tone == "plain" else line.text, style=STYLES[line.tone] or "bold"))
        else:
            at = Text(f"{line.at_ns / 1e6:12.3f} ms  ", style="bright_black")
            console.print(at.append(line.text, style=STYLES[line.tone]), soft_wrap=True)


def say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _profile(asked: str, mutant: str) -> str:
    return asked or (keeper.mutant(mutant).PROFILE if mutant else "swarm")
