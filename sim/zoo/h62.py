"""H62: no snapshot at subscription, so the first delta applies to nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway.channels import Channels
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.session import Session

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    def hasty(self: Channels, channel: str, market: Market, kind: str, session: Session) -> None:
        self._sessions.setdefault(channel, {})[session] = None

    with patched(Channels, "subscribe", hasty):
        yield MACHINES
