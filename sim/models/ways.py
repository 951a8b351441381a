"""A client's way to a gateway: an HTTP connection over the same faulty network that nodes call each other on."""

from sim.kernel.world import World
from sim.models.links import Link
from sim.models.network import NetworkFaults


class Way:
    """For one life of the client's node. TCP repeats what gets lost, so a loss there is only late; what breaks is the whole."""

    def __init__(self, world: World, faults: NetworkFaults, node: str, life: int, server: str) -> None:
        self.delay_ns = Link(world, faults.pace, node, server).delay_ns
        self._faults, self._ends = faults, (node, server)
        self._draws = world.draws("resets", node, life, server)

    def passes(self) -> bool:
        """Whether a connection comes about; if not, whoever waits for it hears nothing."""
        there, back = self._ends, self._ends[::-1]
        return there not in self._faults.cut and back not in self._faults.cut

    def breaks(self) -> bool:
        """Whether this answer breaks off in its middle."""
        rate = self._faults.reset_per_thousand
        return rate > 0 and self._draws.getrandbits(20) * 1_000 >> 20 < rate
