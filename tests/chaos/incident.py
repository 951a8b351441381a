"""An incident from end to end: python -m tests.chaos.incident [MINUTES] [--seed N] [--home D]

A demo exchange, each service a process, trades while services, Redis and PostgreSQL are killed in turn. Two bundles are
exported while it goes on: all of it, and a window that begins in the middle. Both must replay bit for bit; against a copy
of the source with another fee rule exactly those trades are reported whose fee changes.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sim.incident.against import against
from sim.incident.replay import Replayed, replay, told
from tests.chaos.storm import OwnServers
from tests.incident.other_fee import CEILED, ceiled, copy, told_of
from tradewind.audit.books import Step
from tradewind.messages.codec import Output
from tradewind.messages.events import LegSettled
from tradewind.ops.terminal import say

T = TypeVar("T")
CALM_S = 12.0  # between a recovery and the next kill


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("minutes", type=float, nargs="?", default=10.0)
    given.add_argument("--seed", type=int, default=1, help="of the order of kills")
    given.add_argument("--home", type=Path, help="data directory; without it one that is removed afterwards")
    asked = given.parse_args()
    if asked.home:
        asked.home.mkdir(parents=True, exist_ok=True)
        return incident(asked.home, asked)
    with tempfile.TemporaryDirectory(prefix="tw-incident-") as home:
        Path(home).chmod(0o711)
        return incident(Path(home), asked)


def incident(home: Path, asked: argparse.Namespace) -> int:
    whole, window = home / "whole.bundle", home / "window.bundle"
    with OwnServers(home, "--demo") as servers:
        middle = datetime.now(UTC) + timedelta(minutes=asked.minutes / 2)
        kills = _storm(servers, asked)
        say(f"{asked.minutes:g} minutes, {kills} kills")
        _export(servers, whole, "start")
        _export(servers, window, middle.isoformat())
    good = kills > 0
    for bundle in (whole, window):
        replayed = _timed(f"{bundle.name} replayed", partial(replay, bundle))
        for line in told(replayed):
            say(line)
        good = good and replayed.same and replayed.compared == list(replayed.shards)
    return 0 if good and _other_fee(home, whole) else 1


def _storm(servers: OwnServers, asked: argparse.Namespace) -> int:
    """Until the minutes are over: kill, wait until all is ready, let it trade for a while. How many were killed."""
    ends_at, draws = time.monotonic() + asked.minutes * 60, random.Random(asked.seed)
    targets: list[str] = []
    kills = 0
    time.sleep(CALM_S)
    while time.monotonic() < ends_at:
        targets = targets or draws.sample(servers.targets, len(servers.targets))
        target, began = targets.pop(), time.monotonic()
        servers.kill(target)
        servers.until_ready(target)
        kills += 1
        say(f"{target}: ready again after {time.monotonic() - began:.1f} s")
        time.sleep(CALM_S)
    return kills


def _export(servers: OwnServers, path: Path, since: str) -> None:
    words = ["incident", "export", "--from", since, "--home", str(servers.exchange.home), "--out", str(path)]
    environ = {**os.environ, **servers.urls}

    def run() -> None:
        subprocess.run([sys.executable, "-m", "tradewind", *words], env=environ, check=True)

    _timed(f"{path.name} exported", run)
    grown = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    say(f"{path.stat().st_size:,} bytes; no child took more than {grown} MiB of memory")


def _other_fee(home: Path, whole: Path) -> bool:
    """Whether exactly the trades are reported whose fee would be another."""
    legs: list[LegSettled] = []

    def hear(_: object, step: Step, output: Output) -> None:
        legs.extend(event for event in output.events if step.service == "clearing" and isinstance(event, LegSettled))

    replayed: Replayed = replay(whole, None, hear)
    rates = {row.symbol: (row.maker_fee_ppm, row.taker_fee_ppm) for row in replayed.rows("symbols")}
    expected, untouched = ceiled(legs, rates)
    found = _timed("held against another fee", lambda: against(whole, copy(home / "other", CEILED)))
    say(f"{len(legs)} legs; {len(expected)} trades expected, {len(found.impact.trades)} reported; {untouched} legs untouched")
    exact = told_of(found.impact.trades) == {trade: sorted(whats) for trade, whats in expected.items()}
    return exact and len(expected) > 0 and untouched > 0 and not found.lost


def _timed(what: str, work: Callable[[], T]) -> T:
    began = time.monotonic()
    came = work()
    say(f"{what} in {time.monotonic() - began:.1f} s")
    return came


if __name__ == "__main__":
    sys.exit(main())
