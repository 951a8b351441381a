"""tradewind-sim: seeds, campaigns, a crash at every commit, the bug zoo, explanations, incidents.

Exit code 1: something was found; 2: what was given is no plan.
"""

import argparse
import sys
from collections.abc import Sequence

from sim.campaigns import command as campaign
from sim.commands import crash_every_commit, faults, run, scenarios
from sim.faults.validator import BadPlan
from sim.incident import command as incident
from sim.report import commands as reports
from sim.shrink import command as shrink
from sim.speaker import Speaker
from sim.zoo import command as zoo

COMMANDS = (run, scenarios, campaign, crash_every_commit, zoo, shrink, reports, incident, faults)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tradewind-sim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        return int(given.perform(given, Speaker()))
    except BadPlan as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
