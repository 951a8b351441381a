"""How long a message travels: keyed by who talks to whom, so that removing one operation shifts no other's latency."""

from dataclasses import dataclass, field
from random import Random

from sim.kernel.world import World

MICROSECOND_NS = 1_000
MILLISECOND_NS = 1_000_000
UNIT = 1 << 32  # half of what one draw gives: the bias of a division is far below what anybody sees, and one draw is cheap
TAIL_DOUBLINGS = 6


@dataclass
class Pace:
    """Usual one-way latency, and how often (per thousand) a message takes ten times the longest usual one."""

    least_ns: int = 50 * MICROSECOND_NS
    most_ns: int = 1 * MILLISECOND_NS
    slow_per_thousand: int = 10
    added_ns: int = 0  # a fault makes everything on this way late
    tail_ns: int = 0  # and by a draw with a long tail: so much or more half the time, twice that a quarter, up to 64 times
    clogged: dict[str, int] = field(default_factory=dict)  # until when (ns) nothing leaves or reaches a node; then all of it


class Link:
    """Both directions between one node and one peer."""

    def __init__(self, world: World, pace: Pace, node: str, peer: str) -> None:
        self._draws: Random = world.draws("latency", node, peer)
        self._pace = pace
        self._world, self._node, self._peer = world, node, peer
        self._tail: Random | None = None

    def delay_ns(self, from_ns: int = 0) -> int:
        """Of a message that leaves in `from_ns` from now."""
        pace, drawn = self._pace, self._draws.getrandbits(64)
        usual = pace.least_ns + (drawn >> 32) * (pace.most_ns - pace.least_ns) // UNIT
        if (drawn & (UNIT - 1)) * 1_000 // UNIT < pace.slow_per_thousand:
            usual += 10 * pace.most_ns
        if pace.tail_ns or pace.clogged:
            return self._hindered_ns(usual + pace.added_ns, from_ns)
        return usual + pace.added_ns

    def _hindered_ns(self, late_ns: int, from_ns: int) -> int:
        pace = self._pace
        if pace.tail_ns:
            if self._tail is None:
                self._tail = self._world.draws("tail", self._node, self._peer)  # its own: the usual latencies do not shift
            drawn = self._tail.getrandbits(TAIL_DOUBLINGS)
            doublings = TAIL_DOUBLINGS - drawn.bit_length()
            late_ns += pace.tail_ns << doublings
        until_ns = max(pace.clogged.get(self._node, 0), pace.clogged.get(self._peer, 0))
        return late_ns + max(0, until_ns - self._world.now_ns - from_ns)
