"""H64: the private update of a fill names the account on the other side."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Entry, FillBooked
from tradewind.services.gateway import updates
from tradewind.services.gateway.catalogue import Catalogue

STORY = __doc__
CAUGHT_BY = ("A13",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    sides: dict[tuple[str, int], list[int]] = {}
    hear, shape = updates.Updates.hear, updates._trade

    def curious(self: updates.Updates, entry: Entry) -> None:
        for event in entry.events:
            if isinstance(event, FillBooked):
                sides.setdefault((event.fill.symbol, event.fill.trade_id), []).append(event.account)
        hear(self, entry)

    def talkative(event: FillBooked, catalogue: Catalogue) -> dict[str, Any]:
        shown = shape(event, catalogue)
        others = [account for account in sides[event.fill.symbol, event.fill.trade_id] if account != event.account]
        return shown | {"counterparty": others[0]} if others else shown

    with patched(updates.Updates, "hear", curious), patched(updates, "_trade", talkative):
        yield MACHINES
