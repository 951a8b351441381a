"""H16: the ledger's rows of a trade, and the amounts that they add up to, are written by separate statements; after a crash in
between the rows are there, so the trade that is delivered again counts as "already done".

A3 says it first: balances are no longer the sums of their postings. Clearing's assertion that an order ends with what its
hold has left would stop the shard, so the hold follows the end here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from sim.models.store import SimStore
from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderEnded, Traded
from tradewind.messages.topology import index_of
from tradewind.ports.store import Commit, Lease
from tradewind.ports.tables import Query
from tradewind.ports.world import World
from tradewind.runtime import host, loading
from tradewind.runtime.machine import At
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.tables import LEDGER

STORY = __doc__
CAUGHT_BY = ("A6", "A4", "A3")
PROFILE = "doubts"


class AlreadyDone(ClearingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self.booked: frozenset[str] = frozenset()  # trades that are in the ledger, as of the recovery

    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        if f"{trade.symbol}:{trade.trade_id}" not in self.booked:
            super()._settle(trade, at, events)

    def _hear(self, event: Event, at: At, events: list[Event]) -> None:
        if isinstance(event, OrderEnded) and (hold := self._desk.open.get(event.order_id)) is not None:
            self._desk.open.put(msgspec.structs.replace(hold, left=event.left))
        super()._hear(event, at, events)


async def _load(shard: str, make: Any, topology: Any, world: World, limits: Any) -> loading.Loaded:
    loaded = await loading.load(shard, make, topology, world, limits)
    if isinstance(loaded.machine, AlreadyDone):
        [rows] = await world.store.read([Query(LEDGER, (("shard", "=", index_of(shard)), ("kind", "=", "trade")))])
        loaded.machine.booked = frozenset(row.reference for row in rows)
    return loaded


@contextmanager
def plant() -> Iterator[Machines]:
    commit = SimStore.commit

    async def in_two(self: SimStore, lease: Lease, what: Commit) -> None:
        def first() -> None:
            self._database._mine(lease)
            rows = self._database.tables.setdefault(LEDGER, {})
            for record in trades:
                rows.setdefault(LEDGER.key_of(record), record)

        trades = [row for change in what.changes if change.table is LEDGER for row in change.put if row.kind == "trade"]
        if trades:
            await self._do("statement", lease.shard, first)
        rest = [replace(change, put=[row for row in change.put if row not in trades]) for change in what.changes]
        await commit(self, lease, replace(what, changes=rest))

    with patched(SimStore, "commit", in_two), patched(host, "load", _load):
        yield {**MACHINES, "clearing": AlreadyDone}
