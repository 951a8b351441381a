"""tradewind-sim: one seed, a campaign of seeds, a crash at every commit, the bug zoo, a replay. Exit code 1: found."""

import argparse
import sys
from collections.abc import Sequence

from sim.campaigns import command as campaign
from sim.commands import crash_every_commit, replay, run
from sim.report import command as report
from sim.shrink import command as shrink
from sim.speaker import Speaker
from sim.zoo import command as zoo

COMMANDS = (run, campaign, crash_every_commit, zoo, shrink, report, replay)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tradewind-sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    given = parser.parse_args(arguments)
    return int(given.perform(given, Speaker()))


if __name__ == "__main__":
    sys.exit(main())
