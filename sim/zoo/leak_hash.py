"""Feeds are asked in the order of their names' hashes, which each process draws anew."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.topology import Topology

STORY = __doc__
BY = "hashes"
CAUGHT_BY = ("hashes",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    sources = Topology.sources

    def hashed(self: Topology, service: str) -> tuple[str, ...]:
        return tuple(sorted(sources(self, service), key=hash))

    with patched(Topology, "sources", hashed):
        yield MACHINES
