"""H89: the circuit breaker opens the market again after half of the time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.breaker import Breaker
from tradewind.services.matching.tables import MarketRules

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    traded = Breaker.traded

    def impatient(self: Breaker, rules: MarketRules, first: int, last: int, now: int) -> bool:
        tripped = traded(self, rules, first, last, now)
        if tripped:
            self.until = (now + self.until) // 2
        return tripped

    with patched(Breaker, "traded", impatient):
        yield MACHINES
