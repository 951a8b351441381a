"""H53: a revoked key keeps working, and its live session stays open, on every gateway that has seen it before."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Entry
from tradewind.services.gateway.keys import Keys

STORY = __doc__
CAUGHT_BY = ("A13",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    def deaf(self: Keys, entry: Entry) -> None:
        return

    with patched(Keys, "hear", deaf):
        yield MACHINES
