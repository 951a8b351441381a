"""H62: no snapshot at subscription, so the first delta applies to nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway.channels_native import Numbered

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    def hasty(_self: Numbered) -> None:
        return None

    with patched(Numbered, "greeting", hasty):
        yield MACHINES
