"""H2: a cancel races a fill; the failed cancel is taken for the order's end, and its hold is released a second time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderAccepted, RequestRefused
from tradewind.runtime.machine import At
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.tables import Hold

STORY = __doc__
CAUGHT_BY = ("A4",)
PROFILE = "direct"


class ReleasesTwice(ClearingMachine):
    hears = ClearingMachine.hears | {RequestRefused}

    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._first_holds: dict[int, Hold] = {}

    def apply(self, item: Any, at: At) -> Any:
        outcome = super().apply(item, at)
        for event in outcome.events:
            if isinstance(event, OrderAccepted):
                self._first_holds[event.order_id] = self._desk.open[event.order_id]
        return outcome

    def _hear(self, event: Event, at: At, events: list[Event]) -> None:
        super()._hear(event, at, events)
        if isinstance(event, RequestRefused) and event.order_id in self._first_holds:
            hold = self._first_holds.pop(event.order_id)
            still = self._desk.ledger._balances[hold.account, hold.asset].held
            self._desk.ledger.release(hold.account, hold.asset, min(still, hold.held))


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": ReleasesTwice}
