"""The Network port: calls between nodes, which a partition, a loss or a death leaves without an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import outcome
import trio

from sim.kernel.incarnation import Incarnation
from sim.kernel.node import Node
from sim.kernel.reply import Reply
from sim.kernel.world import World
from sim.models.buggify import Sites
from sim.models.links import MILLISECOND_NS, Link, Pace
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.ports.network import Handler


@dataclass
class NetworkFaults:
    """`cut`: ordered pairs of nodes between which nothing arrives. Rates are per thousand: messages lost on either way,
    requests that arrive twice, and connections that break while the answer is under way."""

    cut: set[tuple[str, str]] = field(default_factory=set)
    lost_per_thousand: int = 0
    twice_per_thousand: int = 0
    reset_per_thousand: int = 0
    pace: Pace = field(default_factory=Pace)


class SimNetwork:
    """One node's network card. Its address is the node's name."""

    def __init__(self, world: World, life: Incarnation, faults: NetworkFaults, sites: Sites | None = None) -> None:
        self._world = world
        self._life = life
        self._faults = faults
        self._sites = sites or Sites(world, {})
        self._links: dict[str, Link] = {}
        self._draws = world.draws("network faults", life.node)
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

    def _happens(self, per_thousand: int) -> bool:
        return per_thousand > 0 and self._draws.getrandbits(20) * 1_000 >> 20 < per_thousand

    def _reaches(self, sender: str, receiver: str) -> bool:
        """Asked as a message arrives, so that those under way die with a cut as well."""
        return (sender, receiver) not in self._faults.cut and not self._happens(self._faults.lost_per_thousand)

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        await self._life.check()
        server, faults = self._world.node(address), self._faults
        endpoint = server.endpoint
        if not server.up or not isinstance(endpoint, SimNetwork) or (self.address, address) in faults.cut:
            await self._world.sleep(faults.pace.most_ns)
            raise Unavailable(f"{address} does not answer")
        if address not in self._links:
            self._links[address] = Link(self._world, faults.pace, self.address, address)
        there_ns = self._links[address].delay_ns()
        back_ns = self._links[address].delay_ns(there_ns)
        if self._sites.fires("call_answered_just_in_time", self.address):
            back_ns = max(back_ns, int(deadline_s * 1e9) - there_ns - MILLISECOND_NS)
        self._world.trace("call", self.address, address, path)
        with trio.move_on_after(deadline_s):
            return await self._exchange(server, there_ns, back_ns, lambda: endpoint.answer(path, body))
        raise Unknown(f"{address} did not answer in time")

    async def _exchange(self, server: Node, there_ns: int, back_ns: int, handler: Callable[[], Awaitable[bytes]]) -> bytes:
        """Run `handler` as a task of the server's, perhaps twice. A message that does not arrive leaves its caller waiting."""
        reply: Reply[bytes] = Reply()
        broken: outcome.Maybe[bytes] = outcome.Error(Unknown(f"{server.name} broke off in the middle of its answer"))

        async def handle() -> None:
            try:
                answer: outcome.Maybe[bytes] = outcome.Value(await handler())
            except PortError as error:
                answer = outcome.Error(error)
            came = broken if self._happens(self._faults.reset_per_thousand) else answer
            self._world.after(back_ns, lambda: arrive_back(came))

        def arrive_back(came: outcome.Maybe[bytes]) -> None:
            if self._reaches(server.name, self.address):
                reply.deliver(came)

        def arrive() -> None:
            if not self._reaches(self.address, server.name):
                return
            for _ in range(2 if self._happens(self._faults.twice_per_thousand) else 1):
                self._world.spawn(server, handle)

        self._world.after(there_ns, arrive)
        return await reply.wait()
