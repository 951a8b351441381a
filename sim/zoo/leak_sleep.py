"""After an error a loop sleeps on the machine's clock: it stops the whole process, and no simulated second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime.host import Host
from tradewind.runtime.shard import Suspect

STORY = __doc__
CAUGHT_BY = ("ambient",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    after = Host._after

    def sleepy(self: Host, error: Exception, suspect: Suspect | None) -> None:
        after(self, error, suspect)
        time.sleep(0.001)

    with patched(Host, "_after", sleepy):
        yield MACHINES
