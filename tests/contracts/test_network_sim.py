"""The Network's suite on the simulated network: the model passes what HTTP passes."""

from sim.models.network import SimNetwork
from tests.contracts.network_contract import DyingNetworkContract, NetworkContract
from tests.contracts.simulated import Nodes, simulated


class TwoNodes:
    nowhere = "nobody"

    def __init__(self, nodes: Nodes) -> None:
        self._kernel = nodes.kernel
        faults = nodes.cluster.faults.network
        self.here, self.there = (SimNetwork(nodes.kernel, nodes.life(), faults) for _ in range(2))

    async def kill_there(self) -> None:
        self._kernel.node(self.there.address).kill()


# It counts a task's steps as time; here time stands still for as long as anybody can take one.
STORM = "test_a_storm_of_cancellations_crosses_no_answers"
TestSimNetwork = simulated(NetworkContract, DyingNetworkContract, world=TwoNodes, without=(STORM,))
