"""A process that runs seeds: [profile, seed] pairs as JSON on its standard input, a line of JSON for each outcome."""

import sys

import msgspec

from sim.campaigns.jobs import Seed, perform


def main() -> None:
    for profile, seed in msgspec.json.decode(sys.stdin.buffer.read(), type=list[tuple[str, int]]):
        for outcome in perform(Seed(profile, seed).job):
            sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
            sys.stdout.buffer.flush()  # a reader that has gone ends us here


if __name__ == "__main__":
    main()
