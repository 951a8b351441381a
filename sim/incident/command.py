"""`tradewind-sim incident replay BUNDLE`: is it whole, does it replay, what stood where, and what would another version do?"""

import argparse
from collections.abc import Callable
from pathlib import Path

from sim.incident.against import CandidateFailed, against
from sim.incident.against import told as told_against
from sim.incident.cuts import cut
from sim.incident.replay import Replayed, told
from sim.incident.show import checked, instant, show
from sim.incident.timeline import timeline
from sim.report.page import page_of
from sim.speaker import Speaker
from tradewind.ops.incident.file import BadBundle, verify

REFUSED = 2  # the bundle cannot be believed, or what is asked of it cannot be answered
ENTRIES_TOLD = 50
Say = Callable[[str], None]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = commands.add_parser("incident", help="review a bundle of `tradewind incident export`").add_subparsers(
        dest="verb", required=True
    )
    again = verbs.add_parser("replay", help="verify it, replay it, look at it")
    again.add_argument("bundle", type=Path, metavar="BUNDLE")
    again.add_argument(
        "--stop", metavar="PLACE", help="SHARD:SEQ: all others go as far as causes demand; or an instant; default: the end"
    )
    again.add_argument(
        "--show",
        action="append",
        nargs="+",
        default=[],
        metavar="WHAT",
        help="where it stops: book SYMBOL, order ID, balance ACCOUNT, positions; may be repeated",
    )
    again.add_argument("--report", type=Path, metavar="FILE.html", help="the window as a page")
    again.add_argument(
        "--against", type=Path, metavar="PATH", help="a source tree, wheels, or site-packages of another version"
    )
    again.add_argument("--differences", type=int, default=ENTRIES_TOLD, metavar="N", help="entries listed (default 50)")
    again.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    """0: it is what happened. 1: something is different. 2: refused."""
    say = speaker.say
    try:
        header, seal = verify(given.bundle)
        exported = f"exported {instant(header.exported_at)} by tradewind {header.versions.tradewind}"
        say(f"{given.bundle}: whole, seal {seal}; {exported}")
        shown = checked(given.show)
        stops = cut(given.bundle, given.stop) if given.stop else None
        replayed, tables = show(given.bundle, stops, shown)
        _tell(replayed, say)
        for table in tables:
            speaker.console.print(table)
        if given.report:
            repeat = f"tradewind-sim incident replay {given.bundle}" + (f" --stop {given.stop}" if given.stop else "")
            given.report.write_text(page_of(timeline(given.bundle, stops, repeat)))
            say(f"report in {given.report}")
        if given.against:
            return max(int(not replayed.same), _against(given, say))
    except (BadBundle, CandidateFailed, OSError, ValueError) as error:
        say(f"refused: {error}")
        return REFUSED
    return int(not replayed.same)


def _tell(replayed: Replayed, say: Say) -> None:
    for line in told(replayed):
        say(line)


def _against(given: argparse.Namespace, say: Say) -> int:
    found = against(given.bundle, given.against)
    for line in told_against(found, given.differences):
        say(line)
    return int(not found.same)
