"""The real hour while everything is killed in turn: python -m tests.chaos.kill_during_flow FILE [--limit N] [--home D]"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from sim.cli import main as replay
from tests.chaos.storm import POSTGRES, OwnServers, played_through
from tradewind.cli import main as tradewind
from tradewind.ops.flow.run import published, read_tape
from tradewind.ops.terminal import say

READY_S, POSTGRES_S = 5.0, 10.0


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("file", type=Path, metavar="FILE")
    given.add_argument("--limit", type=int)
    given.add_argument("--strict", action="store_true", help="fail when something took longer to come back than is aimed at")
    given.add_argument("--home", type=Path, help="data directory; without it one that is removed afterwards")
    asked = given.parse_args()
    if asked.home:
        asked.home.mkdir(parents=True, exist_ok=True)
        return storm(asked.home, asked)
    with tempfile.TemporaryDirectory(prefix="tw-storm-") as home:
        Path(home).chmod(0o711)
        return storm(Path(home), asked)


def storm(home: Path, asked: argparse.Namespace) -> int:
    tape = read_tape(asked.file, asked.limit)
    with OwnServers(home) as servers:
        say(f"{len(tape):,} messages, {len(servers.targets)} kills")
        result, recoveries = played_through(servers, servers.exchange.demo, "AAPLUSD", tape, say)
        os.environ.update(servers.urls)
        audited = tradewind(["audit", "--quiet", "--home", str(servers.exchange.home)]) == 0
        bundle = str(home / "bundle.gz")
        exchange = str(servers.exchange.home)
        tradewind(["incident", "export", "--from", "start", "--home", exchange, "--out", bundle])
        replayed = replay(["incident", "replay", bundle]) == 0
    good = published(result, tape, None)
    slow = [one for one in recoveries if one.ready_s > (POSTGRES_S if one.target == POSTGRES else READY_S)]
    for one in slow:
        say(f"slow: {one.target} was ready after {one.ready_s:.1f} s")
    return 0 if good and audited and replayed and not (slow and asked.strict) else 1


if __name__ == "__main__":
    sys.exit(main())
