"""`tradewind-sim faults`: the catalogue of everything that can go wrong."""

import argparse

from sim.faults.catalogue import catalogue, sites
from sim.speaker import Speaker


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = commands.add_parser("faults", help="everything that can go wrong, by name, and the models' awkward places")
    told.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    speaker.console.print(catalogue())
    speaker.console.print(sites())
    return 0
