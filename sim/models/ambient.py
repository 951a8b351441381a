"""The Clock and Entropy ports, and the tally of rare branches that a campaign must reach."""

from collections import Counter
from collections.abc import Callable

from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World


class SimClock:
    """The node's own wall clock, skewed and stepped as its faults say."""

    def __init__(self, world: World, life: Incarnation) -> None:
        self._wall = world.node(life.node).wall

    def now(self) -> int:
        return self._wall.now()


class SimEntropy:
    """Unpredictable to the services, the same in every run of a seed."""

    def __init__(self, world: World, life: Incarnation) -> None:
        self._draws = world.draws("entropy", life.node, life.number)

    def token(self, size: int) -> bytes:
        return self._draws.getrandbits(8 * size).to_bytes(size, "big")


class Marks:
    """How often each named rare branch was taken, over all nodes. What is taken while the run unwinds shows nothing."""

    def __init__(self, world: World) -> None:
        self.counts: Counter[str] = Counter()
        self.hooks: list[Callable[[str], None]] = []
        self._world = world

    def count(self, mark: str, times: int = 1) -> None:
        if not self._world.over:
            self.counts[mark] += times
            for hook in self.hooks:
                hook(mark)
