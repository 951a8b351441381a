"""How long a message travels: keyed by who talks to whom, so that removing one operation shifts no other's latency."""

from dataclasses import dataclass
from random import Random

from sim.kernel.world import World

MICROSECOND_NS = 1_000
MILLISECOND_NS = 1_000_000


@dataclass
class Pace:
    """Usual one-way latency, and how often (per thousand) a message takes ten times the longest usual one."""

    least_ns: int = 50 * MICROSECOND_NS
    most_ns: int = 1 * MILLISECOND_NS
    slow_per_thousand: int = 10
    added_ns: int = 0  # a fault makes everything on this way late


class Link:
    """Both directions between one node and one peer."""

    def __init__(self, world: World, pace: Pace, node: str, peer: str) -> None:
        self._draws: Random = world.draws("latency", node, peer)
        self._pace = pace

    def delay_ns(self) -> int:
        usual = self._draws.randint(self._pace.least_ns, self._pace.most_ns)
        if self._draws.randrange(1_000) < self._pace.slow_per_thousand:
            usual += 10 * self._pace.most_ns
        return usual + self._pace.added_ns
