"""H24: settlements are numbered by the clock, which steps back; the second use of a number is taken for a settlement that was
done already, and dropped.

The runtime never lets a machine's time go back, and its order and trade ids come from the journal: both are undone here, and
so is the assert by which clearing would die of a hold that its trade never touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderEnded, Traded
from tradewind.runtime.machine import At
from tradewind.runtime.shard import Shard
from tradewind.services.clearing import machine
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.tables import Hold
from tradewind.values.symbols import SymbolRules

STORY = __doc__
CAUGHT_BY = ("A5",)
PROFILE = "clocks"
TICK_NS = 100_000_000  # a number is the tenth of a second, and a count within it


class ClockIds(ClearingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._done: dict[tuple[int, int], None] = {}
        self._tick = self._count = 0

    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        tick = at.now // TICK_NS
        self._count = self._count + 1 if tick == self._tick else 0
        self._tick = tick
        if (tick, self._count) not in self._done:
            self._done[tick, self._count] = None
            super()._settle(trade, at, events)


def end_leniently(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, ended: OrderEnded) -> Hold:
    hold = open_orders[ended.order_id]
    ledger.release(hold.account, hold.asset, hold.held)
    open_orders.remove(hold)
    return hold


def _time(self: Shard) -> int:
    return self._world.clock.now()


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(Shard, "_time", _time), patched(machine, "end", end_leniently):
        yield {**MACHINES, "clearing": ClockIds}
