"""H89: an operator who says RESUME (or anything else) ends what the circuit breaker has halted."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, MarketStateSet
from tradewind.services.matching.breaker import TRADING
from tradewind.services.matching.machine import MatchingMachine

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


class LastWord(MatchingMachine):
    def _hear(self, heard: Event, said: list[Event]) -> None:
        if isinstance(heard, MarketStateSet):
            breaker = self._listings[heard.symbol].breaker
            breaker.state, breaker.until = TRADING, 0
        super()._hear(heard, said)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": LastWord}
