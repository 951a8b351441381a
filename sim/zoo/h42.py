"""H42: the status changes in one commit and the release follows with the next block: a crash between them loses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.commands import ReportBlocks
from tradewind.messages.events import Event, WithdrawalReleased
from tradewind.runtime.machine import At, Outcome
from tradewind.services.wallet.machine import WalletMachine

STORY = __doc__
CAUGHT_BY = ("A14", "A15", "A4")
PROFILE = "wallet"


class ReleasesLater(WalletMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._owed: list[Event] = []  # in memory only

    def apply(self, item: Any, at: At) -> Outcome:
        outcome = super().apply(item, at)
        kept: list[Event] = [event for event in outcome.events if not isinstance(event, WithdrawalReleased)]
        if isinstance(item, ReportBlocks):
            kept, self._owed = [*self._owed, *kept], []
        self._owed += [event for event in outcome.events if isinstance(event, WithdrawalReleased)]
        return outcome._replace(events=kept)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "wallet": ReleasesLater}
