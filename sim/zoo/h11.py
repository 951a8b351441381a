"""H11: on the retry path cancels go first, so a CANCEL overtakes its NEW: the book knows no such order, its hold is given back,
and then the order goes live without funds.

The retry path is the journal, where a reader finds what the bus did not bring. That clearing gives back the hold of an order
that matching does not know would be harmless without: such an order has ended, and its hold is gone. Clearing dies when one
that has no hold trades; A4 sees it stand there, whether it does or not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import CancelRequested, Entry, Event, RequestRefused
from tradewind.runtime.feeds import FeedReader
from tradewind.runtime.machine import At
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A4", "A8")
PROFILE = "direct"


class GivesBack(ClearingMachine):
    hears = ClearingMachine.hears | {RequestRefused}

    def _hear(self, event: Event, at: At, events: list[Event]) -> None:
        super()._hear(event, at, events)
        if isinstance(event, RequestRefused) and event.reason == Refusal.UNKNOWN_ORDER:
            hold = self._desk.open.get(event.order_id)
            if hold is not None:
                self._desk.ledger.release(hold.account, hold.asset, hold.held)
                self._desk.open.remove(hold)


def _is_cancel(entry: Entry) -> bool:
    return any(isinstance(event, CancelRequested) for event in entry.events)


@contextmanager
def plant() -> Iterator[Machines]:
    read_journal = FeedReader._read_journal

    async def cancels_first(self: FeedReader, until: int | None = None) -> None:
        def extend(entries: list[Entry], *rest: Any) -> None:
            real_extend(sorted(entries, key=_is_cancel, reverse=True), *rest)

        if not self.feed.startswith("clearing/"):
            await read_journal(self, until)
            return
        real_extend = self._extend
        with patched(self, "_extend", extend):
            await read_journal(self, until)

    with patched(FeedReader, "_read_journal", cancels_first):
        yield {**MACHINES, "clearing": GivesBack}
