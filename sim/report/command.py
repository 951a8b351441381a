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
from sim.report.staging import show, wanted
from sim.report.timeline import NEVER
from sim.speaker import Speaker

STYLES = {"plain": "", "good": "green", "bad": "bold red", "doubt": "yellow", "soft": "bright_black"}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Both commands and their arguments."""
    telling = commands.add_parser("explain", help="tell what happened in a run, in sentences: what was violated first")
    telling.add_argument("what", nargs="?", default="1", help="a seed, a scenario (.toml), a plan (.json); +h12 plants a bug")
    telling.add_argument("--seed", type=int, help="another seed than the file's")
    telling.add_argument("--order", type=int, default=0, help="tell the way of this order")
    telling.add_argument("--account", type=int, default=0, help="tell what concerns this account")
    telling.add_argument("--node", default="", help="tell what this node did")
    telling.add_argument("--last", type=int, default=0, metavar="N", help="tell the last N events (of those chosen)")
    telling.set_defaults(perform=explain)
    comparing = commands.add_parser("diff", help="two runs, side by side where they part: diff 7 7+h12")
    comparing.add_argument("one", help="as for explain")
    comparing.add_argument("other")
    comparing.set_defaults(perform=diff)
    for command, which in ((telling, "with this bug planted"), (comparing, "with this bug planted in the second run")):
        command.add_argument("--profile", choices=PROFILES, default="", help="of drawn plans; a mutant has one of its own")
        command.add_argument("--mutant", default="", help=which)
        command.add_argument("--report", type=Path, metavar="FILE.html", help="write a page as well")


def explain(given: argparse.Namespace, speaker: Speaker) -> int:
    """1 when something was found."""
    one = wanted(given.what, given.profile, given.mutant)
    shown = show(one if given.seed is None else one._replace(seed=given.seed))
    speaker.console.print(Text(shown.timeline.title, style="bold"))
    tell(speaker.console, story(shown.timeline, Chosen(given.order, given.account, given.node, given.last)))
    speaker.say(f"again: {shown.timeline.repeat}")
    if given.report:
        write(given.report, page_of(shown.timeline), speaker)
    return 1 if shown.ran.findings else 0


def diff(given: argparse.Namespace, speaker: Speaker) -> int:
    """0 when they are the same run. A mutant's own profile holds for both, so that they have a plan in common."""
    one, other = wanted(given.one, given.profile), wanted(given.other, given.profile, given.mutant)
    profile = next((each.profile for each in (other, one) if each.mutant), one.profile)
    first, second = show(one._replace(profile=profile)), show(other._replace(profile=profile))
    parted, lines = compared(first, second)
    tell(speaker.console, lines)
    if given.report:
        difference_ns = None if parted is None else parted.at_ns
        write(given.report, page_of_two(first.timeline, second.timeline, difference_ns), speaker)
    return 0 if parted is None else 1


def write(path: Path, page: str, speaker: Speaker) -> None:
    path.write_text(page, encoding="utf-8")
    speaker.say(f"written: {path} ({len(page.encode()) / 1024:.0f} KiB)")


def tell(console: Console, lines: Iterable[Line]) -> None:
    """Instants in a column of their own, headings without."""
    for line in lines:
        if line.at_ns == NEVER:
            console.print(Text(f"\n{line.text}" if line.tone == "plain" else line.text, style=STYLES[line.tone] or "bold"))
        else:
            at = Text(f"{line.at_ns / 1e6:12.3f} ms  ", style="bright_black")
            console.print(at.append(line.text, style=STYLES[line.tone]), soft_wrap=True)
