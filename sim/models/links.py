"""How long a message travels: keyed by who talks to whom, so that removing one operation shifts no other's latency."""

from dataclasses import dataclass
from random import Random

from sim.kernel.world import World

MICROSECOND_NS = 1_000
MILLISECOND_NS = 1_000_000
UNIT = 1 << 32  # half of what one draw gives: the bias of a division is far below what anybody sees, and one draw is cheap


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
        pace, drawn = self._pace, self._draws.getrandbits(64)
        usual = pace.least_ns + (drawn >> 32) * (pace.most_ns - pace.least_ns) // UNIT
        if (drawn & (UNIT - 1)) * 1_000 // UNIT < pace.slow_per_thousand:
            usual += 10 * pace.most_ns
        return usual + pace.added_ns
