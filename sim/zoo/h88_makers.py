"""H88: the taker's fee is that of the maker's tier."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, Traded
from tradewind.runtime.machine import At
from tradewind.services.clearing.machine import ClearingMachine

STORY = __doc__
CAUGHT_BY = ("A5",)
PROFILE = "direct"


class OneTier(ClearingMachine):
    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        permille = self._volumes.permille

        def of_maker(_account: int, now: int, *, maker: bool) -> int:
            return permille(trade.maker_account, now, maker=maker)

        with patched(self._volumes, "permille", of_maker):
            super()._settle(trade, at, events)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": OneTier}
