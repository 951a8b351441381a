"""How far young orders have come, for callers who asked for RESULT or FULL and wait."""

from collections.abc import Callable

import trio

from tradewind.messages.events import Entry, FillBooked, OrderUpdated
from tradewind.messages.replies import OrderAck

ORDERS_MAX = 20_000
WAIT_S = 2.0


class Progress:
    """`matched`: matching has had the order, so `update` is what came of it, not only that it was accepted."""

    __slots__ = ("fills", "matched", "update")

    def __init__(self) -> None:
        self.update: OrderUpdated | None = None
        self.matched = False
        self.fills: list[FillBooked] = []

    def is_result(self) -> bool:
        return self.update is not None and (self.matched or self.update.status.ended)

    def is_full(self) -> bool:
        """All that was executed is booked."""
        if self.update is None or not self.is_result():
            return False
        return sum(booked.fill.quantity for booked in self.fills) >= self.update.executed

    def is_ended(self) -> bool:
        return self.update is not None and self.update.status.ended


class Progresses:
    """The newest orders only: what is not among them any more is answered as far as the store knows it."""

    def __init__(self) -> None:
        self._orders: dict[int, Progress] = {}
        self._waiting: dict[int, trio.Event] = {}

    def hear(self, entry: Entry) -> None:
        by_matching = entry.source.startswith("matching/")
        for event in entry.events:
            if isinstance(event, OrderUpdated):
                progress = self._of(event.order_id)
                progress.update = event
                progress.matched = progress.matched or by_matching
                self._tell(event.order_id)
            elif isinstance(event, FillBooked):
                self._of(event.fill.order_id).fills.append(event)
                self._tell(event.fill.order_id)

    def _of(self, order_id: int) -> Progress:
        progress = self._orders.get(order_id)
        if progress is None:
            progress = self._orders[order_id] = Progress()
            if len(self._orders) > ORDERS_MAX:
                del self._orders[next(iter(self._orders))]
        return progress

    def _tell(self, order_id: int) -> None:
        waiting = self._waiting.pop(order_id, None)
        if waiting is not None:
            waiting.set()

    async def wait(self, reply: OrderAck, enough: Callable[[Progress], bool]) -> Progress:
        """Return when it is `enough`, or after 2 s with what is known then."""
        try:
            with trio.move_on_after(WAIT_S):
                await self._wait(reply, enough)
        finally:
            self._tell(reply.order_id)  # who else waits looks again; of an order that never comes nothing is kept
        return self._orders.get(reply.order_id) or Progress()

    async def _wait(self, reply: OrderAck, enough: Callable[[Progress], bool]) -> None:
        while not enough(self._orders.get(reply.order_id) or Progress()):
            await self._waiting.setdefault(reply.order_id, trio.Event()).wait()
