"""The Network port: calls between nodes, which a partition or a death leaves without an answer."""

from dataclasses import dataclass, field

import trio

from sim.kernel.incarnation import Incarnation
from sim.kernel.node import Node
from sim.kernel.world import World
from sim.models.links import Link, Pace
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.ports.network import Handler


@dataclass
class NetworkFaults:
    """`cut`: ordered pairs of nodes between which nothing arrives."""

    cut: set[tuple[str, str]] = field(default_factory=set)
    pace: Pace = field(default_factory=Pace)


class SimNetwork:
    """One node's network card. Its address is the node's name."""

    def __init__(self, world: World, life: Incarnation, faults: NetworkFaults) -> None:
        self._world = world
        self._life = life
        self._faults = faults
        self._handlers: dict[str, Handler] = {}
        self._node: Node = world.node(life.node)
        self._node.endpoint = self

    @property
    def address(self) -> str:
        return self._life.node

    def near(self, path: str) -> Handler | None:
        return self._handlers.get(path)

    def serve(self, path: str, handler: Handler) -> None:
        self._handlers[path] = handler

    async def answer(self, path: str, body: bytes) -> bytes:
        handler = self._handlers.get(path)
        if handler is None:
            raise Unavailable(f"nothing at {path}")
        try:
            return await handler(body)
        except PortError as error:
            raise Unavailable(str(error)) from error

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        await self._life.check()
        server = self._world.node(address)
        endpoint = server.endpoint
        if not server.up or not isinstance(endpoint, SimNetwork) or (self.address, address) in self._faults.cut:
            await self._world.sleep(self._faults.pace.most_ns)
            raise Unavailable(f"{address} does not answer")
        link = Link(self._world, self._faults.pace, self.address, address)
        there, back = link.delay_ns(), link.delay_ns()
        if (address, self.address) in self._faults.cut:
            back = int(deadline_s * 2e9)
        self._world.trace("call", self.address, address, path)
        with trio.move_on_after(deadline_s):
            return await self._world.call(server, there, back, lambda: endpoint.answer(path, body))
        raise Unknown(f"{address} did not answer in time")
