"""Order types: the circuit breaker opens a market for trade at once when its halt is over, and not for makers first."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.breaker import TRADING, Breaker
from tradewind.services.matching.tables import MarketRules

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    def step(self: Breaker, _rules: MarketRules, now: int) -> None:
        if 0 < self.until <= now:
            self.state, self.until = TRADING, 0

    with patched(Breaker, "step", step):
        yield MACHINES
