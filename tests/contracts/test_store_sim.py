"""The Store's suite on the simulated database: the model passes what PostgreSQL passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sim.models.store import SimStore
from tests.contracts.simulated import Nodes, simulated
from tests.contracts.store_contract import RestartingStoreContract, StoreContract
from tests.contracts.store_differential import DifferentialStoreContract
from tradewind.ports.store import Store


class OneDatabase:
    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        cluster = self._nodes.cluster
        yield SimStore(cluster.kernel, self._nodes.life(), cluster.database, cluster.faults.store)

    async def kill(self) -> None:
        self._nodes.cluster.faults.store.down = True

    async def restart(self) -> None:
        self._nodes.cluster.faults.store.down = False


class Conversations(DifferentialStoreContract):
    SEED = 1  # inside a simulation nobody draws one


TestSimStore = simulated(StoreContract, Conversations, RestartingStoreContract, world=OneDatabase)
