"""H28: a settlement that could not be committed is logged and skipped; later ones of the same users go through.

Clearing asserts at an order's end that its hold has come down to what is left, and would die there; here it only gives back
what it still holds. A16 speaks as well, for no journal tells why a trade was passed over. A3 does not: what is skipped as a
whole leaves every set of postings whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.h24 import end_leniently
from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.codec import decode
from tradewind.messages.events import Entry, Event, Traded
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.ports.store import JournalEntry, Lease
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.loading import load
from tradewind.runtime.machine import At
from tradewind.runtime.shard import Past, Shard
from tradewind.services.clearing import machine
from tradewind.services.clearing.machine import ClearingMachine

STORY = __doc__
CAUGHT_BY = ("A5",)
PROFILE = "commits"
Trades = dict[tuple[str, int], None]


class Skips(ClearingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self.failed: Trades = {}

    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        if (trade.symbol, trade.trade_id) not in self.failed:
            super()._settle(trade, at, events)


def _trades(entries: list[JournalEntry]) -> Trades:
    heard = [decode(Entry, entry.input) for entry in entries if entry.source.startswith("matching/")]
    return {(event.symbol, event.trade_id): None for entry in heard for event in entry.events if isinstance(event, Traded)}


@contextmanager
def plant() -> Iterator[Machines]:
    failed: dict[str, Trades] = {}  # by holder of the lease
    commit = Shard._commit

    async def give_up(self: Shard) -> None:
        settled = _trades(self._entries) if isinstance(self._machine, Skips) else {}
        try:
            await commit(self)
        except (Unavailable, Unknown):
            failed.setdefault(self._lease.holder, {}).update(settled)
            raise

    async def live(self: Host, lease: Lease) -> None:
        self._phase = Phase.LOADING
        loaded = await load(self.shard, self._make, self._topology, self._world, self._limits)
        if isinstance(loaded.machine, Skips):
            loaded.machine.failed = failed.get(lease.holder, {})
        past = Past(self._crashes.poison, self._crashes.halted, self._limits.batch_max if self._crashes.lately else 0)
        self.current = Shard(lease, loaded, self._world, self._limits, past)
        self._phase = Phase.RUNNING
        await self.current.run(self.hears_commands)

    with patched(Shard, "_commit", give_up), patched(Host, "_live", live), patched(machine, "end", end_leniently):
        yield {**MACHINES, "clearing": Skips}
