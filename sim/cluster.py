"""A whole exchange in one world: a node per shard, the simulated database, broker and network between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import trio

from sim.kernel import result
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
    """`machines` may replace a service's machine: that is how bugs are planted. `processes`: which node serves which shards,
    one for each by default; a shard that stands in two has a standby."""

    def __init__(
        self,
        kernel: Kernel,
        topology: Topology,
        limits: Limits,
        machines: Mapping[str, type[Machine]] = MACHINES,
        processes: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.kernel = kernel
        self.topology = topology
        self.limits = limits
        self.faults = Faults()
        self.database = Database(lambda: kernel.now_ns)
        self.broker = Broker(lambda: kernel.now_ns)
        self.marks = Marks(kernel)
        self.processes = processes or {shard: (shard,) for shard in topology.shards()}
        self._hosts: dict[str, tuple[Incarnation, list[Host]]] = {}  # by process, as of the life that made them
        self.machines = machines
        self.doors: Callable[[Incarnation, World], World] = lambda life, world: world  # a recorder stands in them

    def ports(self, life: Incarnation) -> World:
        """The doors of one node, as long as it lives."""
        world = World(
            SimClock(self.kernel, life),
            SimEntropy(self.kernel, life),
            SimStore(self.kernel, life, self.database, self.faults.store),
            SimBus(self.kernel, life, self.broker, self.faults.bus),
            SimNetwork(self.kernel, life, self.faults.network),
            self.marks,
        )
        return self.doors(life, world)

    def start(self) -> None:
        """Boot every process."""
        for name in self.processes:
            self.kernel.node(name).start(self._serve)

    async def _serve(self, life: Incarnation) -> None:
        world = self.ports(life)
        hosts = [
            Host(shard, self.machines[service_of(shard)], self.topology, world, self.limits, self._report)
            for shard in self.processes[life.node]
        ]
        self._hosts[life.node] = life, hosts
        async with trio.open_nursery() as nursery:
            for host in hosts:
                nursery.start_soon(host.run)

    def living(self) -> list[Host]:
        """Every host in a process that is up. A process that has just booted has none yet."""
        return [host for life, hosts in self._hosts.values() if life.alive for host in hosts]

    def _report(self, shard: str, error: BaseException) -> None:
        kind, place, message = describe(error)
        self.kernel.report(f"crash {kind} at {place}", f"{shard}: {message}")


def describe(error: BaseException) -> tuple[str, str, str]:
    """Of the innermost exception: its type, the innermost function of ours that it passed through, and what it says."""
    cause = result.leaf(error)
    place, line, trace = "?", 0, cause.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "?"))
        if module.partition(".")[0] == result.OURS:
            place, line = f"{module}:{trace.tb_frame.f_code.co_name}", trace.tb_lineno
        trace = trace.tb_next
    return type(cause).__name__, place, f"line {line}: {str(cause)[:300]}"
