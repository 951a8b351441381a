"""`tradewind-sim crash-every-commit`: enumerate before you randomise."""

import argparse

from sim.campaigns import enumerate as enumeration
from sim.campaigns.command import tell
from sim.campaigns.conduct import conduct
from sim.campaigns.summary import show
from sim.speaker import Speaker


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    each = commands.add_parser("crash-every-commit", help="kill every machine at each of its commits")
    each.add_argument("--shard")
    each.add_argument("--how", choices=enumeration.HOWS)
    each.add_argument("--commit", type=int, help="this one only, of that shard, in that way")
    each.add_argument("--seed", type=int, default=1)
    each.add_argument("--jobs", type=int, default=2)
    each.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    if given.commit:
        return speaker.show(enumeration.crash(given.seed, given.shard, given.how, given.commit), "the same")
    ways = (given.how,) if given.how else enumeration.HOWS
    tally = conduct(enumeration.jobs(given.seed, given.shard or "", ways), given.jobs, speaker.console, "every commit")
    show(tally, speaker.console, 0.0)
    return tell(tally, speaker)
