"""`tradewind-sim replay`: exported journals on fresh machines."""

import argparse
from pathlib import Path

from sim.replay import replay, told
from sim.speaker import Speaker


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    again = commands.add_parser("replay", help="a file of `tradewind journal export` on fresh machines: the same chain?")
    again.add_argument("file", type=Path)
    again.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    results = replay(given.file)
    for line in told(results):
        speaker.say(line)
    return 0 if all(result.same for result in results) else 1
