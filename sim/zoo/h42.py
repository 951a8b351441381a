"""H42: the status changes in one commit and the release follows in the next: a crash between them loses the release."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
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
        owed, self._owed = self._owed, [event for event in outcome.events if isinstance(event, WithdrawalReleased)]
        kept = [event for event in outcome.events if not isinstance(event, WithdrawalReleased)]
        return outcome._replace(events=[*owed, *kept])


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "wallet": ReleasesLater}
