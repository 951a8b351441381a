"""A shard stamps its journal with `datetime.now`, which no guard can replace: lint bans it in src/, and here hashes tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime.shard import Shard

STORY = __doc__
BY = "hashes"
CAUGHT_BY = ("hashes",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    apply_batch = Shard._apply_batch

    def stamped(self: Shard) -> None:
        self._now += datetime.now(UTC).microsecond  # nanoseconds, as few as may be: even those make another run
        apply_batch(self)

    with patched(Shard, "_apply_batch", stamped):
        yield MACHINES
