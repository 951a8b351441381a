"""H8: an order is both loaded at recovery and read again from the stream, so it executes twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime import host, loading

STORY = __doc__
CAUGHT_BY = ("A6", "A8")
PROFILE = "direct"
AGAIN = 3  # entries


async def _load(shard: str, *rest: Any) -> loading.Loaded:
    loaded = await loading.load(shard, *rest)
    if shard.startswith("matching/"):
        for source, position in loaded.positions.items():
            loaded.positions[source] = max(0, position - AGAIN)
    return loaded


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(host, "load", _load):
        yield MACHINES
