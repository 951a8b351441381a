"""Clients: each wants what its plan says, insists until it knows what came of it, and remembers everything it was told."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import trio

from sim.clients.doors import UNKNOWN, Door, Heard
from sim.cluster import Cluster
from sim.kernel.clock import EPOCH_2031_NS
from sim.kernel.incarnation import Incarnation
from sim.models.links import MILLISECOND_NS
from sim.plan import Client, Op
from sim.shrink.mending import ABOUT_ACCOUNTS
from tradewind.runtime.readiness import host_checks

AGAIN_S = 0.15
CALM = ".calm"  # the end of the name of a client who asks when all is over
ABOUT_ORDERS = ("place", "repeat", "twist")
OpenDoor = Callable[[Incarnation, Client], Door]


@dataclass(frozen=True)
class Told:
    """One conclusive answer. `sure`: it was the answer to the only request that this operation ever made. `took_ns`: of virtual
    time, from the first request of this life of the client's."""

    client: str
    account: int
    op: Op
    name: str
    heard: Heard
    sure: bool
    took_ns: int


@dataclass
class Trader:
    """One client node's memory; it survives the node's deaths, as a trader's disk does."""

    client: Client
    cluster: Cluster
    open_door: OpenDoor
    accounts: Mapping[int, int]  # as the exchange numbers them, by the plan's numbers
    told: list[Told] = field(default_factory=list)
    orders: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    tries: Counter[int] = field(default_factory=Counter)
    began_ns: int = 0
    ends_ns: int = 0

    def start(self, storm_ns: int) -> None:
        """What has not been asked for the first time within `storm_ns` is not asked at all."""
        self.began_ns = self.cluster.kernel.now_ns
        self.ends_ns = self.began_ns + storm_ns
        self.cluster.kernel.node(self.client.name).start(self._live)

    @property
    def finished(self) -> bool:
        return len(self.done) == len(self.client.ops)

    @property
    def waiting(self) -> list[int]:
        return [op.id for op in self.client.ops if op.id not in self.done]

    @property
    def account(self) -> int:
        return self.accounts.get(self.client.account, 0)

    async def _live(self, life: Incarnation) -> None:
        door = self.open_door(life, self.client)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(door.run)
            async with trio.open_nursery() as operations:
                for op in self.client.ops:
                    if op.id in self.done:
                        continue
                    await self._until(self.began_ns + op.at_ms * MILLISECOND_NS)
                    if self.cluster.kernel.now_ns >= self.ends_ns and not self.tries[op.id]:
                        self.done.add(op.id)
                    else:
                        operations.start_soon(self._insist, door, op)
            nursery.cancel_scope.cancel()

    async def _until(self, at_ns: int) -> None:
        """Or until the storm is over."""
        await self.cluster.kernel.sleep_until(min(at_ns, max(self.ends_ns, self.cluster.kernel.now_ns)))

    def _name(self, op: Op) -> str:
        """The client order id: an operation about another bears the other's."""
        about = op.of if op.do in ("repeat", "twist", "cancel", "amend", "look") else op.id
        return f"{self.client.name}-{about}"

    async def _insist(self, door: Door, op: Op) -> None:
        name = self._name(op)
        about = 0 if op.by_name else self.orders.get(op.of, 0)
        asked_ns = self.cluster.kernel.now_ns
        while True:
            self.tries[op.id] += 1
            tried = self.tries[op.id]
            self.cluster.kernel.trace("asks", self.client.name, op.id, tried)
            if tried % 3 == 2 and op.do == "place":
                heard = await self._find(door, op, name)
            elif op.do == "ready":
                heard = _ready(self.cluster, op.what)
            elif op.do == "look":
                heard = await self._look(door, op, name, about)
            else:
                heard = await self._ask(door, op, name, about, tried)
            self.cluster.kernel.trace("told", self.client.name, op.id, heard.code, heard.orders)
            if heard.conclusive:
                break
            await trio.sleep(AGAIN_S)
        self._learn(op, name, heard, self.cluster.kernel.now_ns - asked_ns)

    async def _ask(self, door: Door, op: Op, name: str, about: int, tried: int) -> Heard:
        if op.do in ABOUT_ACCOUNTS:
            op = msgspec.structs.replace(op, of=self.accounts[op.of])
        op = self._dated(op)
        if op.give_up_ms and tried == 1:
            with trio.move_on_after(op.give_up_ms / 1e3):
                return await door.ask(op, name, about)
            self.cluster.marks.count("client hung up")
            return UNKNOWN
        return await door.ask(op, name, about)

    def _dated(self, op: Op) -> Op:
        """With instants in place of milliseconds: the same whenever it is asked again."""
        several = tuple(map(self._dated, op.several))
        at = EPOCH_2031_NS + (self.began_ns // MILLISECOND_NS + op.good_till) * MILLISECOND_NS if op.good_till else 0
        return msgspec.structs.replace(op, good_till=at, several=several)

    async def _find(self, door: Door, op: Op, name: str) -> Heard:
        self.cluster.marks.count("outcome looked up")
        return await door.find(op, name)

    async def _look(self, door: Door, op: Op, name: str, about: int) -> Heard:
        """A gateway that has acknowledged an order, or has begun since, shows it to its owner from then on."""
        acknowledged = self.orders.get(op.of, 0)
        heard = await door.ask(op, name, about)
        if acknowledged and self.client.gateway and (heard.yes or heard.code == "UNKNOWN_ORDER"):
            self.cluster.marks.count("looked at after its acknowledgement")
            if heard.orders != (acknowledged,) and not self.cluster.lost.order(self.account, name):
                what = f"{self.client.name} was told {heard} of {name}, acknowledged before as {acknowledged}"
                self.cluster.kernel.report("A11 stale answer", what)
        return heard

    def _learn(self, op: Op, name: str, heard: Heard, took_ns: int) -> None:
        self.done.add(op.id)
        self.told.append(Told(self.client.name, self.account, op, name, heard, self.tries[op.id] == 1, took_ns))
        if heard.yes and op.do == "place":
            self.orders[op.id] = heard.orders[0]
        told = "told in the calm" if self.client.name.endswith(CALM) else "told"
        self.cluster.marks.count(f"{told}: {op.do} {heard.code or 'yes'}")


def _ready(cluster: Cluster, shard: str) -> Heard:
    """What a supervisor would be told by /ready of who serves the shard now: the real checks of each of its loops."""
    checks = [check for host in cluster.living() if host.shard == shard for check in host_checks(host, cluster.limits)]
    if not checks or not all(check.ok for check in checks):
        return Heard("DOWN")
    return Heard("DEGRADED" if any(check.degraded for check in checks) else "")
