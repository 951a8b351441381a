"""H12: the bus did not answer, though it has the order; clearing compensates, and the order is live and unfunded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from sim.zoo.per_run import PerRun
from tradewind.machines import MACHINES
from tradewind.messages.events import Batch, OrderAccepted
from tradewind.ports.errors import Unknown
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.publisher import Publisher
from tradewind.runtime.shard import Shard
from tradewind.services.clearing.machine import ClearingMachine

STORY = __doc__
CAUGHT_BY = ("A4", "A10")
PROFILE = "doubts"


class Compensates(ClearingMachine):
    """`given_up`: orders of this world of which the bus did not say that it has them."""

    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self.given_up: dict[int, None] = {}

    def apply(self, item: Any, at: At) -> Outcome:
        for order_id in list(self.given_up):
            hold = self._desk.open.get(order_id)
            if hold is not None:
                del self.given_up[order_id]
                self._desk.ledger.release(hold.account, hold.asset, hold.held)
                self._desk.open.remove(hold)
        return super().apply(item, at)


@contextmanager
def plant() -> Iterator[Machines]:
    given_up = PerRun(dict[int, None])
    publish, apply_batch = Publisher._publish, Shard._apply_batch

    async def hasty(self: Publisher, batch: Batch) -> None:
        async def once(feed: str, seq: int, body: bytes) -> None:
            try:
                await bus_publish(feed, seq, body)
            except Unknown:
                accepted = [event for entry in batch.entries for event in entry.events if isinstance(event, OrderAccepted)]
                given_up.of(self._world).update({event.order_id: None for event in accepted})
                raise

        bus_publish = self._world.bus.publish
        with patched(self._world.bus, "publish", once):
            await publish(self, batch)

    def informed(self: Shard) -> None:
        if isinstance(self._machine, Compensates):
            self._machine.given_up = given_up.of(self._world)
        apply_batch(self)

    with patched(Publisher, "_publish", hasty), patched(Shard, "_apply_batch", informed):
        yield {**MACHINES, "clearing": Compensates}
