"""H84: the end in time of an order stays in the diary when the order is filled, and ends it a second time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.commands import Command
from tradewind.messages.events import Entry, Event, OrderAccepted
from tradewind.runtime.machine import At, Outcome
from tradewind.services.matching import words
from tradewind.services.matching.book import Fill
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderStatus

STORY = __doc__
CAUGHT_BY = ("A7", "A8")
PROFILE = "direct"


class KeepsADiary(MatchingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._diary: list[tuple[int, Event]] = []

    def _trade(self, listing: Listing, taker: OrderAccepted, left: int, fills: Sequence[Fill], said: list[Event]) -> None:
        till = dict(self._deadlines.till)
        super()._trade(listing, taker, left, fills, said)
        for maker, _ in fills:
            if not maker.left and maker.order_id in till:
                over = words.ended_resting(maker, listing.symbol, (OrderStatus.EXPIRED, "GOOD_TILL"))
                self._diary.append((till[maker.order_id], over))

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        outcome = super().apply(item, at)
        due = [over for till, over in self._diary if till <= at.now]
        self._diary = [(till, over) for till, over in self._diary if till > at.now]
        return Outcome([*outcome.events, *due], outcome.reply)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": KeepsADiary}
