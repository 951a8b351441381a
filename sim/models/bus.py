"""The Bus port over the simulated broker: latency, outages, answers lost, entries twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import outcome

from sim.kernel.incarnation import Incarnation
from sim.kernel.reply import Reply
from sim.kernel.world import World
from sim.models.broker import Broker
from sim.models.buggify import Sites
from sim.models.links import MILLISECOND_NS, Link, Pace
from tradewind.ports.errors import Unavailable, Unknown

T = TypeVar("T")
Entries = list[tuple[int, bytes]]
Said = Callable[[str, int, str], None]  # feed, seq, node
_NS = 1_000_000_000
_SILENCE_NS = 300_000_000  # until a connection without an answer counts as broken


def mailbox_stream(mailbox: str) -> str:
    """Feeds and mailboxes of one name are apart."""
    return f"mailbox:{mailbox}"


@dataclass
class BusFaults:
    """Rates are per thousand calls. `unknown`: the answer to a write is lost, and half the time the write too. `malformed`: a
    write puts down half of its bytes.

    `cut`: nodes from which nothing reaches the broker, nor back. `deaf`: nodes that only its answers do not reach.
    `late_ms`: readers hear of a stream so much later ("" = of every stream). `jumbled_ms`: and each answer up to so much, drawn
    for each stream and reader alone. `publishing` and `published` are called as a publication arrives and has arrived.
    """

    down: bool = False
    cut: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    late_ms: dict[str, int] = field(default_factory=dict)
    jumbled_ms: int = 0
    publishing: list[Said] = field(default_factory=list)
    published: list[Said] = field(default_factory=list)
    unknown_per_thousand: int = 0
    duplicate_per_thousand: int = 0
    malformed_per_thousand: int = 0
    pace: Pace = field(default_factory=Pace)


class SimBus:
    """One node's way to the broker."""

    def __init__(self, world: World, life: Incarnation, broker: Broker, faults: BusFaults, sites: Sites | None = None) -> None:
        self._world = world
        self._life = life
        self._broker = broker
        self._faults = faults
        self._link = Link(world, faults.pace, life.node, "bus")
        self._sites = sites or Sites(world, {})
        self._jumbles: dict[str, Random] = {}
        self._draws = world.draws("bus faults", life.node)
        self._halving = world.draws("bus malformed", life.node)

    @property
    def _away(self) -> bool:
        return self._faults.down or self._life.node in self._faults.cut

    def _happens(self, per_thousand: int) -> bool:
        return per_thousand > 0 and self._draws.randrange(1_000) < per_thousand

    async def _do(self, what: str, fact: str, call: Callable[[], T]) -> T:
        def arrive() -> T:
            if self._away:
                raise Unavailable("the bus does not answer")
            self._world.trace(what, self._life.node, fact)
            return call()

        await self._life.check()
        there_ns = self._link.delay_ns()
        done = await self._world.ask(there_ns, self._link.delay_ns(there_ns), arrive)
        if self._life.node in self._faults.deaf:
            await self._world.sleep(_SILENCE_NS)
            raise Unknown("the answer did not come") if what in ("publish", "send") else Unavailable("the answer did not come")
        return done

    async def _write(self, what: str, name: str, position: int | None, body: bytes) -> None:
        unknown = self._happens(self._faults.unknown_per_thousand)
        lost = unknown and self._draws.randrange(2) == 0
        twice = self._happens(self._faults.duplicate_per_thousand)
        malformed = self._faults.malformed_per_thousand
        if malformed and self._halving.randrange(1_000) < malformed:
            body = body[: len(body) // 2]

        def arrive() -> None:
            self._tell(self._faults.publishing, what, name, position)
            if not self._life.alive:
                return  # the cord was cut before the last packet left
            for _ in range(0 if lost else 2 if twice else 1):
                self._broker.add(name, position, body)
            self._tell(self._faults.published, what, name, position)
            if unknown:
                raise Unknown("the bus did not answer")

        await self._do(what, f"{name} {position}", arrive)

    def _tell(self, hooks: list[Said], what: str, name: str, position: int | None) -> None:
        if hooks and what == "publish":
            assert position is not None
            for hook in list(hooks):
                hook(name, position, self._life.node)

    def _late_ns(self, name: str) -> int:
        """How much later than usual this reader hears of that stream. In order, because he asks again only then."""
        faults = self._faults
        late_ms = faults.late_ms.get(name, 0) + faults.late_ms.get("", 0)
        if faults.jumbled_ms:
            if name not in self._jumbles:
                self._jumbles[name] = self._world.draws("jumble", self._life.node, name)
            late_ms += self._jumbles[name].getrandbits(32) * faults.jumbled_ms >> 32
        return late_ms * MILLISECOND_NS

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        await self._write("publish", feed, seq, body)

    async def send(self, mailbox: str, body: bytes) -> None:
        await self._write("send", mailbox_stream(mailbox), None, body)

    async def last(self, feed: str) -> int:
        return await self._do("last", feed, lambda: self._broker.stream(feed).last)

    async def once(self, key: str, ttl_s: float) -> bool:
        return await self._do("once", key, lambda: self._broker.once(key, int(ttl_s * _NS)))

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        return await self._do("count", key, lambda: self._broker.count(key, units, int(ttl_s * _NS)))

    async def read(self, feed: str, after: int, wait_s: float) -> Entries:
        return await self._blocking("read", feed, lambda: self._broker.after(feed, after), wait_s)

    async def receive(self, mailbox: str, after: int, wait_s: float) -> Entries:
        name, start = mailbox_stream(mailbox), list[int]()

        def arrived() -> Entries:
            last = self._broker.stream(name).last
            if not start:
                start.append(last if after < 0 else after)
            return self._broker.after(name, 0 if start[0] > last else start[0])

        return await self._blocking("receive", name, arrived, wait_s)

    async def _blocking(self, what: str, name: str, look: Callable[[], Entries], wait_s: float) -> Entries:
        """Look at arrival; when there is nothing, look again at each addition, and give up after `wait_s`."""
        await self._life.check()
        reply: Reply[Entries] = Reply()
        there_ns = self._link.delay_ns()
        back_ns = self._link.delay_ns(there_ns)

        def answer(found: Entries | None) -> None:
            if found is None or self._away or self._life.node in self._faults.deaf:
                self._world.after(back_ns, lambda: reply.deliver(outcome.Error(Unavailable("the bus does not answer"))))
            else:
                if len(found) > 1 and self._sites.fires("bus_read_cut_short", self._life.node):
                    found = found[:1]
                self._world.trace(what, self._life.node, name, len(found))
                late_ns = self._late_ns(name) if found else 0
                self._world.after(back_ns + late_ns, lambda: reply.deliver(outcome.Value(found)))

        def arrive() -> None:
            if self._away:
                answer(None)
            elif found := look():
                answer(found)
            else:
                idle = self._sites.fires("bus_wakes_for_nothing", self._life.node)
                wait_ns = 5 * MILLISECOND_NS if idle else int(wait_s * _NS)
                _Watch(self._world, self._broker, name, look, answer, wait_ns)

        self._world.after(there_ns, arrive)
        return await reply.wait()


class _Watch:
    """A reader that the broker lets wait at a stream. No closures that hold each other: they would be garbage to collect."""

    __slots__ = ("_answer", "_broker", "_look", "_name", "_take_back", "_timer")

    def __init__(
        self,
        world: World,
        broker: Broker,
        name: str,
        look: Callable[[], Entries],
        answer: Callable[[Entries], None],
        wait_ns: int,
    ) -> None:
        self._broker, self._name, self._look, self._answer = broker, name, look, answer
        self._timer = world.after(wait_ns, self._give_up)
        self._take_back = broker.wait(name, self._wake)

    def _wake(self) -> None:
        # After a loss, what comes first may stand before the reader's position: that is nothing to him.
        if found := self._look():
            self._timer.cancel()
            self._answer(found)
        else:
            self._take_back = self._broker.wait(self._name, self._wake)

    def _give_up(self) -> None:
        self._take_back()
        self._answer([])
