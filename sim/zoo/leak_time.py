"""A shard stamps its journal with the machine's own time instead of asking its Clock port."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime.shard import Shard

STORY = __doc__
CAUGHT_BY = ("ambient",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    apply_batch = Shard._apply_batch

    def stamped(self: Shard) -> None:
        self._now = max(time.time_ns(), self._now)
        apply_batch(self)

    with patched(Shard, "_apply_batch", stamped):
        yield MACHINES
