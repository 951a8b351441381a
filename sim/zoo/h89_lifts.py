"""H89: the circuit breaker, when its time is over, opens a market that an operator has halted meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import MarketState

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


class Lifts(MatchingMachine):
    def _change_state(self, listing: Listing, reason: str, said: list[Event], always: bool = False) -> None:
        if reason == "CIRCUIT_BREAKER" and listing.breaker.state is not MarketState.HALT:
            listing.operator_state = MarketState.TRADING
        super()._change_state(listing, reason, said, always)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": Lifts}
