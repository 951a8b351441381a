"""A whole exchange in one world: a node per shard, the simulated database, broker and network between them."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import trio

from sim.deadly import Deadly
from sim.kernel import result
from sim.kernel.clock import WallClock
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World as Kernel
from sim.lost import Lost
from sim.models.ambient import Marks, SimClock, SimEntropy
from sim.models.broker import Broker
from sim.models.buggify import Sites
from sim.models.bus import BusFaults, SimBus
from sim.models.chain import NETWORK, ChainModel
from sim.models.chain_doors import ChainFaults, SimChain, SimSigner
from sim.models.clientele import ClientFaults
from sim.models.database import Database
from sim.models.network import NetworkFaults, SimNetwork
from sim.models.store import SimStore, StoreFaults
from tradewind.machines import MACHINES
from tradewind.messages.codec import WRITTEN
from tradewind.messages.topology import Topology, service_of
from tradewind.ports.world import World
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits
from tradewind.runtime.machine import Machine
from tradewind.services.wallet.attendant import Attendant, Doors

PACE_S = 0.1  # of the wallet's attendant

STORE = "store"  # where faults name nodes, the database
NO_SITES: Mapping[str, int] = {}


@dataclass
class Faults:
    """What is clogged is clogged on every way. `calm_ns`: when all faults are over, as soon as anybody knows."""

    store: StoreFaults = field(default_factory=StoreFaults)
    bus: BusFaults = field(default_factory=BusFaults)
    network: NetworkFaults = field(default_factory=NetworkFaults)
    chain: ChainFaults = field(default_factory=ChainFaults)
    clients: ClientFaults = field(default_factory=ClientFaults)
    clogged: dict[str, int] = field(default_factory=dict)
    calm_ns: int = 1 << 62

    def __post_init__(self) -> None:
        for pace in (self.store.pace, self.bus.pace, self.network.pace):
            pace.clogged = self.clogged


class Cluster:
    """`machines` may replace a service's machine: that is how bugs are planted. `processes`: which node serves which shards,
    one for each by default; a shard that stands in two has a standby. `writes`: the version of messages that nodes begin with.
    `sites`: which of the models' awkward places exist, and how often they fire.
    """

    def __init__(
        self,
        kernel: Kernel,
        topology: Topology,
        limits: Limits,
        machines: Mapping[str, type[Machine]] = MACHINES,
        processes: Mapping[str, tuple[str, ...]] | None = None,
        writes: int = WRITTEN,
        sites: Mapping[str, int] = NO_SITES,
    ) -> None:
        self.kernel = kernel
        self.topology = topology
        self.limits = limits
        self.faults = Faults()
        self.store_wall = WallClock(kernel.clock)
        self.database = Database(self.store_wall.now)
        self.broker = Broker(lambda: kernel.now_ns)
        self.marks = Marks(kernel)
        self.sites = Sites(kernel, sites, self.marks.count)
        self.processes = dict(processes or {shard: (shard,) for shard in topology.shards()})
        self.writes: defaultdict[str, int] = defaultdict(lambda: writes)  # by node, from its next life on
        self.lost = Lost()
        self.fronts: tuple[str, ...] = ()  # nodes of gateways
        self._hosts: dict[str, tuple[Incarnation, list[Host]]] = {}  # by process, as of the life that made them
        self.machines = machines
        self._worlds: dict[str, World] = {}  # by process, as of its latest life
        self._scopes: dict[tuple[str, str], trio.CancelScope] = {}
        self.doors: Callable[[Incarnation, World], World] = lambda life, world: world  # a recorder stands in them
        self.chain: ChainModel | None = None

    def ports(self, life: Incarnation) -> World:
        """The doors of one node, as long as it lives."""
        world = World(
            SimClock(self.kernel, life),
            SimEntropy(self.kernel, life),
            SimStore(self.kernel, life, self.database, self.faults.store, self.sites),
            SimBus(self.kernel, life, self.broker, self.faults.bus, self.sites),
            SimNetwork(self.kernel, life, self.faults.network, self.sites),
            self.marks,
            self.writes[life.node],
        )
        return self.doors(life, world)

    def start(self) -> None:
        """Boot every process."""
        for name in self.processes:
            self.kernel.node(name).start(self._serve)

    async def _serve(self, life: Incarnation) -> None:
        world, self._hosts[life.node] = self.ports(life), (life, [])
        for shard in self.processes[life.node]:
            self._host(life, shard, world)
        await trio.sleep_forever()

    def _host(self, life: Incarnation, shard: str, world: World) -> None:
        host = Host(shard, self.machines[service_of(shard)], self.topology, world, self.limits, self._report)
        scope = self._scopes[life.node, shard] = trio.CancelScope()
        self._hosts[life.node][1].append(host)
        self._worlds[life.node] = world

        async def run() -> None:
            with scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(host.run)
                    if self.chain is not None and service_of(shard) == "wallet":
                        nursery.start_soon(self._attendant(life, host, world, self.chain).run)

        life.start_soon(run)

    def take_up(self, node: str, shard: str) -> None:
        """A process serves one shard more, from now on and in its later lives."""
        self.processes[node] = (*self.processes[node], shard)
        if node in self._hosts and (life := self._hosts[node][0]).alive:
            self._host(life, shard, self._worlds[node])

    def lay_down(self, node: str, shard: str) -> None:
        """It serves it no longer, and gives the lease back if it can."""
        self.processes[node] = tuple(other for other in self.processes[node] if other != shard)
        if node in self._hosts:
            life, hosts = self._hosts[node]
            self._hosts[node] = life, [host for host in hosts if host.shard != shard]
        if (scope := self._scopes.pop((node, shard), None)) is not None:
            scope.cancel()

    def wall(self, node: str) -> WallClock:
        """The clock of a node, or the database's."""
        return self.store_wall if node == STORE else self.kernel.node(node).wall

    def servers(self) -> list[str]:
        """Every node that runs something of ours: processes, gateways, the operators' listener. Clients are none."""
        return [*self.processes, *self.fronts]

    def _attendant(self, life: Incarnation, host: Host, world: World, chain: ChainModel) -> Attendant:
        door = SimChain(self.kernel, life, chain, self.faults.chain, self.marks)
        doors = {NETWORK: Doors(door, SimSigner(self.kernel, life), PACE_S)}
        name = f"attendant.{life.node}.{life.number}"
        return Attendant(name, doors, world, self.limits, lambda: host.phase is Phase.RUNNING)

    def living(self) -> list[Host]:
        """Every host in a process that is up. A process that has just booted has none yet."""
        return [host for life, hosts in self._hosts.values() if life.alive for host in hosts]

    def _report(self, shard: str, error: BaseException) -> None:
        if isinstance(result.leaf(error), Deadly):
            return
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
