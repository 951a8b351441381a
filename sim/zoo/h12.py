"""H12: the bus did not answer, though it has the order; clearing compensates, and the order is live and unfunded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Batch, OrderAccepted
from tradewind.ports.errors import Unknown
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.publisher import Publisher
from tradewind.services.clearing.machine import ClearingMachine

STORY = __doc__
CAUGHT_BY = ("A4", "A10")
PROFILE = "doubts"


@contextmanager
def plant() -> Iterator[Machines]:
    given_up: dict[int, None] = {}

    class Compensates(ClearingMachine):
        def apply(self, item: Any, at: At) -> Outcome:
            for order_id in list(given_up):
                hold = self._open.get(order_id)
                if hold is not None:
                    del given_up[order_id]
                    self._ledger.release(hold.account, hold.asset, hold.held)
                    self._open.remove(hold)
            return super().apply(item, at)

    publish = Publisher._publish

    async def hasty(self: Publisher, batch: Batch) -> None:
        async def once(feed: str, seq: int, body: bytes) -> None:
            try:
                await bus_publish(feed, seq, body)
            except Unknown:
                accepted = [event for entry in batch.entries for event in entry.events if isinstance(event, OrderAccepted)]
                given_up.update({event.order_id: None for event in accepted})
                raise

        bus_publish = self._world.bus.publish
        with patched(self._world.bus, "publish", once):
            await publish(self, batch)

    with patched(Publisher, "_publish", hasty):
        yield {**MACHINES, "clearing": Compensates}
