"""H61: a gateway pushes one event twice: here each seventh of a book."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import BookDelta, PublicTrade
from tradewind.services.gateway.channels import Channels

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"
EACH = 7


@contextmanager
def plant() -> Iterator[Machines]:
    tell = Channels.tell

    def stammering(self: Channels, event: BookDelta | PublicTrade, at: int) -> None:
        tell(self, event, at)
        if isinstance(event, BookDelta) and event.seq % EACH == 0:
            tell(self, event, at)

    with patched(Channels, "tell", stammering):
        yield MACHINES
