"""H17: entries that the book-keeper has handled are delivered again, after newer ones, and move an order's status backwards.

A reader of ours drops what it has had. This one, when it finds news in the journal, takes the last entries before it to be
pending still, and hands them over afterwards; the machine knows amounts again, but believes the status.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import Command
from tradewind.messages.events import Entry, Event, OrderAccepted, OrderRested
from tradewind.runtime import host
from tradewind.runtime.feeds import FeedReader
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.shard import Shard
from tradewind.services.order.machine import OrderMachine
from tradewind.services.order.tables import Order
from tradewind.values.orders import OrderStatus

STORY = __doc__
CAUGHT_BY = ("A7",)
PROFILE = "direct"
PENDING = 3  # entries


class Believes(OrderMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._newest: dict[str, int] = {}  # of each feed, the seq that was heard last
        self._kept: dict[int, Order] = {}

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        if item.seq > self._newest.get(item.feed, 0):
            self._newest[item.feed] = item.seq
            return super().apply(item, at)
        self._said = []
        for event in item.events:
            self._hear_again(event)
        return Outcome(self._said)

    def _keep(self, order: Order) -> None:
        self._kept[order.order_id] = order
        super()._keep(order)

    def _hear_again(self, event: Event) -> None:
        if isinstance(event, OrderAccepted | OrderRested) and (order := self._kept.get(event.order_id)) is not None:
            status = OrderStatus.PARTIALLY_FILLED if isinstance(event, OrderRested) and order.executed else OrderStatus.NEW
            over = order.order_id not in self._orders
            self._keep(msgspec.structs.replace(order, status=status))
            if over:
                self._orders.forget(order.order_id)


class Pending(FeedReader):
    """Remembers what it has handed over."""

    handled: tuple[Entry, ...] = ()

    def pop(self) -> Entry:
        entry = super().pop()
        self.handled = (*self.handled, entry)[-PENDING:]
        return entry

    async def _read_journal(self, until: int | None = None) -> None:
        before = len(self._entries)
        await super()._read_journal(until)
        if len(self._entries) > before:
            self._entries.extend(self.handled)


@contextmanager
def plant() -> Iterator[Machines]:
    class AtLeastOnce(Shard):
        def __init__(self, *rest: Any) -> None:
            super().__init__(*rest)
            if isinstance(self._machine, Believes):
                for reader in self.readers:
                    reader.__class__ = Pending

    with patched(host, "Shard", AtLeastOnce):
        yield {**MACHINES, "order": Believes}
