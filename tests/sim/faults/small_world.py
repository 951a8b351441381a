"""A small world for showing what a fault does: a database, a broker, a network, and processes that tick.

    @shows("bus_down")
    def test_a_bus_that_is_down_says_so() -> None: ...

`shows` names the faults (or the models' sites) whose effect a test makes visible; test_catalogue.py fails when one has none.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from sim.cluster import Cluster
from sim.faults.injector import Injector
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World as Kernel
from sim.plan import Fault
from tradewind.messages.codec import Output, encode
from tradewind.messages.commands import CancelAll, Envelope
from tradewind.messages.topology import Topology
from tradewind.ports.errors import PortError
from tradewind.ports.store import Commit, Head, JournalEntry, Lease
from tradewind.ports.world import World
from tradewind.runtime.limits import Limits

MS = 1_000_000
SHOWN: set[str] = set()
T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., object])


def shows(*names: str) -> Callable[[Test], Test]:
    SHOWN.update(names)
    return lambda test: test


class Small:
    """`ticks`: what nodes have done, as (ms of virtual time, node, life, what)."""

    def __init__(self, kernel: Kernel, sites: dict[str, int]) -> None:
        self.kernel = kernel
        self.cluster = Cluster(kernel, Topology(), Limits(), sites=sites)
        self.ticks: list[tuple[int, str, int, str]] = []
        self.doors: dict[str, World] = {}
        self.injector = Injector(self.cluster, ())

    @property
    def now_ms(self) -> int:
        return self.kernel.now_ns // MS

    def boot(self, node: str) -> World:
        """A process that ticks every 10 ms; its doors."""
        self.kernel.node(node).start(self._tick)
        return self._open(node)

    def _open(self, node: str) -> World:
        life = self.kernel.node(node).incarnation
        assert life is not None
        self.doors[node] = self.cluster.ports(life)
        return self.doors[node]

    async def _tick(self, life: Incarnation) -> None:
        def note(what: str) -> None:
            if not self.kernel.over:  # what a run's own end does to it is none of its doing
                self.ticks.append((self.now_ms, life.node, life.number, what))

        note(f"boots, writes {self.cluster.writes[life.node]}")
        try:
            while True:
                await trio.sleep(0.01)
                note("tick")
        finally:
            note("cleans up")

    def strike(self, *faults: Fault) -> None:
        """The storm begins: they happen when they say."""
        self.injector = Injector(self.cluster, faults)
        self.injector.watch()
        self.injector.storm()

    def did(self, node: str, what: str = "tick", *, life: int = 0) -> list[int]:
        """When a node did something."""
        return [at for at, who, number, did in self.ticks if (who, did) == (node, what) and life in (0, number)]

    async def sleep(self, for_ms: int) -> None:
        await self.kernel.sleep(for_ms * MS)


async def outcome_of(asked: Awaitable[object]) -> str:
    """ "done", or the name of the error."""
    try:
        await asked
    except PortError as error:
        return type(error).__name__
    return "done"


def seen(kernel_body: Callable[[Small], Awaitable[None]], sites: dict[str, int] | None = None, seed: int = 1) -> Small:
    """Runs it as the director of a world, which must come out clean."""
    kernel = Kernel(seed)
    small = Small(kernel, sites or {})

    async def main() -> None:
        await kernel_body(small)

    ran = kernel.run(main)
    assert ran.clean, (ran.findings, ran.crashes)
    return small


class Writer:
    """Writes entries into one shard's journal, as a service would. `hand`: what it writes, another would not write."""

    def __init__(self, world: World, shard: str = "clearing/0", hand: int = 0) -> None:
        self.world, self.shard, self.hand = world, shard, hand
        self.lease = Lease(shard, 0, "", Head())
        self.head = Head()

    async def begin(self) -> None:
        self.lease = await self.world.store.acquire(self.shard, f"writer {self.shard} {self.hand}", "", 1.0)
        self.head = self.lease.head

    async def write(self) -> str:
        """One commit of one entry: "done", or the name of the error."""
        seq = self.head.seq + 1
        given = encode(Envelope(b"%d" % seq, f"request-{seq}", 0, "", CancelAll(1, "")))
        chain = seq.to_bytes(15, "big") + bytes([self.hand])
        entry = JournalEntry(self.shard, seq, self.lease.epoch, 0, "inbox", seq, given, encode(Output((), None)), chain)
        head = Head(seq, chain, 0)
        came = await outcome_of(self.world.store.commit(self.lease, Commit(self.head, head, [entry], [])))
        if came == "done":
            self.head = head
        return came
