"""The Store port over the simulated database: latency, outages, and commits whose outcome nobody learns."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World
from sim.models.database import Database
from sim.models.links import Link, Pace
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead
from tradewind.ports.tables import Query, Record

T = TypeVar("T")
Hook = Callable[[str, int, str], None]
_NS = 1_000_000_000
_SILENCE_NS = 300_000_000  # until a connection without an answer counts as broken


class Fate(Enum):
    """What becomes of one commit."""

    STANDS = "stands"
    REFUSED = "refused"  # Unavailable: surely nothing was done
    UNKNOWN_DONE = "unknown_done"  # Unknown, and it stands
    UNKNOWN_LOST = "unknown_lost"  # Unknown, and nothing was done


@dataclass
class StoreFaults:
    """What the director may do to the database. `fates`: by shard, the fate of its n-th commit from the beginning (1, 2...).

    `before` and `after` are called at the instant of each commit, with shard, its number and the node: the place to cut a cord.
    `cut`: nodes from which nothing reaches the database, nor back.
    """

    down: bool = False
    cut: set[str] = field(default_factory=set)
    pace: Pace = field(default_factory=Pace)
    fates: dict[tuple[str, int], Fate] = field(default_factory=dict)
    before: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)
    commits: Counter[str] = field(default_factory=Counter)


class SimStore:
    """One node's way to the database."""

    def __init__(self, world: World, life: Incarnation, database: Database, faults: StoreFaults) -> None:
        self._world = world
        self._life = life
        self._database = database
        self._faults = faults
        self._link = Link(world, faults.pace, life.node, "store")

    async def _do(self, what: str, fact: str, call: Callable[[], T]) -> T:
        def arrive() -> T:
            if self._faults.down or self._life.node in self._faults.cut:
                raise Unavailable("the database does not answer")
            self._world.trace(what, self._life.node, fact)
            return call()

        await self._life.check()
        there_ns, back_ns = self._link.delay_ns(), self._link.delay_ns()
        done = await self._world.ask(there_ns, back_ns, arrive)
        if self._life.node in self._faults.cut:
            await self._world.sleep(_SILENCE_NS)
            raise Unknown("cut off before the answer came") if what == "commit" else Unavailable("cut off from the database")
        return done

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        return await self._do("acquire", shard, lambda: self._database.acquire(shard, holder, address, int(ttl_s * _NS)))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self._do("renew", lease.shard, lambda: self._database.renew(lease, int(ttl_s * _NS)))

    async def release(self, lease: Lease) -> None:
        await self._do("release", lease.shard, lambda: self._database.release(lease))

    async def commit(self, lease: Lease, commit: Commit) -> None:
        seqs = [entry.seq for entry in commit.entries]
        assert seqs == list(range(commit.prev.seq + 1, commit.head.seq + 1)), (lease.shard, seqs)

        def arrive() -> None:
            number = self._faults.commits[lease.shard] + 1
            self._faults.commits[lease.shard] = number
            fate = self._faults.fates.pop((lease.shard, number), Fate.STANDS)
            for hook in list(self._faults.before):
                hook(lease.shard, number, self._life.node)
            if not self._life.alive:
                return  # the cord was cut before the last packet left
            self._world.trace("fate", lease.shard, number, fate.value)
            if fate is Fate.REFUSED:
                raise Unavailable("the connection broke before COMMIT")
            if fate is not Fate.UNKNOWN_LOST:
                self._database.commit(lease, commit)
            for hook in list(self._faults.after):
                hook(lease.shard, number, self._life.node)
            if fate is not Fate.STANDS:
                raise Unknown("the connection broke after COMMIT")

        await self._do("commit", f"{lease.shard} {commit.prev.seq}..{commit.head.seq} {commit.head.chain.hex()}", arrive)

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        names = ",".join(query.table.name for query in queries)
        return await self._do("read", names, lambda: self._database.read(queries))

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return await self._do("journal", f"{shard} {after}", lambda: self._database.journal(shard, after, limit))

    async def heads(self) -> dict[str, ShardHead]:
        return await self._do("heads", "", self._database.heads)
