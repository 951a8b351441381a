"""The Bus's suite on the simulated broker: the model passes what Redis passes."""

from sim.models.bus import SimBus
from tests.contracts.bus_contract import BusContract
from tests.contracts.bus_differential import DifferentialBusContract
from tests.contracts.bus_loss_contract import LosingBusContract, RestartingBusContract
from tests.contracts.simulated import Nodes, simulated


class OneBroker:
    def __init__(self, nodes: Nodes) -> None:
        self._cluster = nodes.cluster
        self.bus, self.other = (
            SimBus(nodes.kernel, nodes.life(), self._cluster.broker, self._cluster.faults.bus) for _ in range(2)
        )

    async def lose_everything(self) -> None:
        self._cluster.broker.flush()

    async def kill(self) -> None:
        self._cluster.faults.bus.down = True

    async def restart(self) -> None:
        self._cluster.faults.bus.down = False


# It counts a task's steps as time; here time stands still for as long as anybody can take one.
STORM = "test_a_storm_of_cancellations_crosses_no_replies"
TestSimBus = simulated(
    BusContract, DifferentialBusContract, LosingBusContract, RestartingBusContract, world=OneBroker, without=(STORM,)
)
