"""A shard that takes its lease tells a collector on this machine, over a socket that is none of its ports."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.ports.store import Lease
from tradewind.runtime.host import Host

STORY = __doc__
CAUGHT_BY = ("ambient",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    live = Host._live

    async def told(self: Host, lease: Lease) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.sendto(lease.shard.encode(), ("127.0.0.1", 9))
        await live(self, lease)

    with patched(Host, "_live", told):
        yield MACHINES
