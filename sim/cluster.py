"""A whole exchange in one world: a node per shard, the simulated database, broker and network between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World as Kernel
from sim.models.ambient import Marks, SimClock, SimEntropy
from sim.models.broker import Broker
from sim.models.bus import BusFaults, SimBus
from sim.models.database import Database
from sim.models.network import NetworkFaults, SimNetwork
from sim.models.store import SimStore, StoreFaults
from tradewind.machines import MACHINES
from tradewind.messages.topology import Topology, service_of
from tradewind.ports.world import World
from tradewind.runtime.host import Host
from tradewind.runtime.limits import Limits
from tradewind.runtime.machine import Machine


@dataclass
class Faults:
    store: StoreFaults = field(default_factory=StoreFaults)
    bus: BusFaults = field(default_factory=BusFaults)
    network: NetworkFaults = field(default_factory=NetworkFaults)


class Cluster:
    """`machines` may replace a service's machine: that is how bugs are planted."""

    def __init__(
        self,
        kernel: Kernel,
        topology: Topology,
        limits: Limits,
        machines: Mapping[str, type[Machine]] = MACHINES,
    ) -> None:
        self.kernel = kernel
        self.topology = topology
        self.limits = limits
        self.faults = Faults()
        self.database = Database(lambda: kernel.now_ns)
        self.broker = Broker(lambda: kernel.now_ns)
        self.marks = Marks()
        self.hosts: dict[str, Host] = {}
        self._machines = machines

    def ports(self, life: Incarnation) -> World:
        """The doors of one node, as long as it lives."""
        return World(
            SimClock(self.kernel, life),
            SimEntropy(self.kernel, life),
            SimStore(self.kernel, life, self.database, self.faults.store),
            SimBus(self.kernel, life, self.broker, self.faults.bus),
            SimNetwork(self.kernel, life, self.faults.network),
            self.marks,
        )

    def start(self) -> None:
        """Boot a node for every shard."""
        for shard in self.topology.shards():
            self.kernel.node(shard).start(self._serve)

    async def _serve(self, life: Incarnation) -> None:
        shard = life.node
        make = self._machines[service_of(shard)]
        host = Host(shard, make, self.topology, self.ports(life), self.limits, self._report)
        self.hosts[shard] = host
        await host.run()

    def _report(self, shard: str, error: BaseException) -> None:
        self.kernel.report("crash", f"{shard}: {describe(error)}")


def describe(error: BaseException) -> str:
    """The innermost exception, and the innermost line of ours that it passed through."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place, trace = "?", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "tradewind" in code.co_filename:
            place = f"{code.co_filename.rpartition('tradewind/')[2]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}: {str(error)[:300]}"
