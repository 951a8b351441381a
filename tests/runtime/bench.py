"""A small world for tests of the runtime: toy machines as shards on nodes of their own, and callers to talk to them.

bench = Bench(seed=1)
async def story() -> None:
    bench.boot("admin/0")
    assert (await bench.add("one")).reply == Created(1)
bench.play(story)
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import trio

from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.kernel.node import Node
from sim.kernel.result import RunResult, leaf
from sim.kernel.world import World as Kernel
from sim.models.bus import mailbox_stream
from tests.runtime.toys import MACHINES
from tradewind.messages.codec import decode, encode
from tradewind.messages.commands import Adjust, Command, Envelope
from tradewind.messages.replies import Answer, Answers
from tradewind.messages.topology import Topology, service_of
from tradewind.ports.store import QUARANTINE, JournalEntry
from tradewind.ports.tables import Table
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits
from tradewind.runtime.readiness import Check, host_checks

PATIENCE_S = 60.0  # of virtual time, until something that must come has come
Doors = Callable[[World], World]


class Bench:
    """`crashes` holds what hosts reported of machines that died. `hosts` are by node."""

    def __init__(self, seed: int = 1, limits: Limits | None = None, machines: dict[str, Any] | None = None) -> None:
        self.kernel = Kernel(seed)
        self.limits = limits or Limits()
        self.cluster = Cluster(self.kernel, Topology(), self.limits)
        self.faults, self.broker, self.database = self.cluster.faults, self.cluster.broker, self.cluster.database
        self.hosts: dict[str, Host] = {}
        self.crashes: list[str] = []
        self._machines = machines or MACHINES
        self._asked = 0
        self._caller: Caller | None = None

    def play(self, story: Callable[[], Awaitable[object]]) -> RunResult:
        """Run `story` as the director. Fails if the world found something of its own."""
        result = self.kernel.run(story)
        assert result.clean, (result.findings, result.crashes)
        return result

    def boot(self, shard: str, node: str = "", doors: Doors = lambda world: world) -> Node:
        """A node (by default named as the shard) that hosts `shard`. `doors` may replace ports."""
        name = node or shard

        async def serve(life: Incarnation) -> None:
            world = doors(self.cluster.ports(life))
            host = Host(shard, self._machines[service_of(shard)], self.cluster.topology, world, self.limits, self._report)
            self.hosts[name] = host
            await host.run()

        self.kernel.node(name).start(serve)
        return self.kernel.node(name)

    def _report(self, shard: str, error: BaseException) -> None:
        self.crashes.append(str(leaf(error)))

    async def caller(self, name: str = "client", doors: Doors = lambda world: world) -> Caller:
        """A caller that runs on a node of its own."""
        made: list[Caller] = []
        up = trio.Event()

        async def client(life: Incarnation) -> None:
            caller = Caller(name, doors(self.cluster.ports(life)), self.limits)
            made.append(caller)
            up.set()
            await caller.run()

        self.kernel.node(name).start(client)
        await up.wait()
        return made[0]

    async def ask(self, command: Command, command_id: int = 0, shard: str = "admin/0", timeout_s: float = 5.0) -> Answer:
        """As one client among others; each call is a new request, with a new command id unless one is given."""
        self._caller = self._caller or await self.caller()
        self._asked += 1
        name = (command_id or 1_000_000 + self._asked).to_bytes(16, "big")
        return await self._caller.ask(shard, command, name, timeout_s)

    async def add(self, what: str, command_id: int = 0, shard: str = "admin/0", timeout_s: float = 5.0) -> Answer:
        return await self.ask(Adjust(1, "X", 1, what), command_id, shard, timeout_s)

    def put(self, envelope: Envelope | bytes, shard: str = "admin/0") -> None:
        """Put bytes into an inbox, past every caller."""
        body = envelope if isinstance(envelope, bytes) else encode(envelope)
        self.mail(f"inbox/{shard}", body)

    def mail(self, mailbox: str, body: bytes) -> None:
        self.broker.add(mailbox_stream(mailbox), None, body)

    def envelope(self, what: str, command_id: int, request: str, timeout_s: float = 5.0) -> Envelope:
        deadline = self.kernel.node("client").wall.now() + int(timeout_s * 1e9)
        return Envelope(command_id.to_bytes(16, "big"), request, deadline, "caller/tape", Adjust(1, "X", 1, what))

    def answers(self, mailbox: str = "caller/tape") -> list[Answer]:
        """What has come into a mailbox that nobody empties."""
        bodies = [body for _, body in self.broker.stream(mailbox_stream(mailbox)).entries]
        return [decode(Answer, answer) for body in bodies for answer in decode(Answers, body).answers]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait, in virtual time, for something that must come."""
        with trio.fail_after(PATIENCE_S):
            while not true():
                await self.kernel.sleep(5_000_000)

    async def running(self, *nodes: str) -> None:
        await self.until(lambda: all(node in self.hosts and self.hosts[node].phase is Phase.RUNNING for node in nodes))

    def rows(self, table: Table) -> list[Any]:
        return list(self.database.tables.get(table, {}).values())

    def journal(self, shard: str = "admin/0") -> list[JournalEntry]:
        return self.database.journals.get(shard, [])

    def quarantine(self) -> list[tuple[int, bytes, str]]:
        return [(row.id, row.body, row.error) for row in self.rows(QUARANTINE)]

    def checks(self, node: str) -> dict[str, Check]:
        return {check.name: check for check in host_checks(self.hosts[node], self.limits)}

    def ready(self, node: str) -> str:
        """ "down", "degraded" or "ok"."""
        checks = self.checks(node).values()
        if not all(check.ok for check in checks):
            return "down"
        return "degraded" if any(check.degraded for check in checks) else "ok"


def small(**numbers: Any) -> Limits:
    """Limits with some of them shrunk."""
    return replace(Limits(), **numbers)
