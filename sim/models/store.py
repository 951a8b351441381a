"""The Store port over the simulated database: latency, outages, and commits whose outcome nobody learns."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TypeVar

from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World
from sim.models.buggify import Sites
from sim.models.database import Database
from sim.models.links import MILLISECOND_NS, Link, Pace
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead
from tradewind.ports.tables import Query, Record

T = TypeVar("T")
Hook = Callable[[str, int, str], None]
Stood = Callable[[str, Commit, str], None]
_NS = 1_000_000_000
_SILENCE_NS = 300_000_000  # until a connection without an answer counts as broken
_WRITES = frozenset(("acquire", "renew", "release", "commit"))


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
    `stood`: the same for commits that stand, with what was committed.
    `cut`: nodes from which nothing reaches the database, nor back. `deaf`: nodes that only its answers do not reach.
    `full`: no room for another row. `connections_max`: so many calls at once, all processes together (0 = any number).
    `broken`: how often all connections have been broken at once.
    """

    down: bool = False
    full: bool = False
    connections_max: int = 0
    connections: int = 0
    broken: int = 0
    doubt_per_thousand: int = 0
    cut: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    pace: Pace = field(default_factory=Pace)
    fates: dict[tuple[str, int], Fate] = field(default_factory=dict)
    before: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)
    stood: list[Stood] = field(default_factory=list)
    commits: Counter[str] = field(default_factory=Counter)

    def hang_up(self) -> None:
        self.connections -= 1


class SimStore:
    """One node's way to the database."""

    def __init__(
        self, world: World, life: Incarnation, database: Database, faults: StoreFaults, sites: Sites | None = None
    ) -> None:
        self._world = world
        self._life = life
        self._database = database
        self._faults = faults
        self._sites = sites or Sites(world, {})
        self._link = Link(world, faults.pace, life.node, "store")
        self._draws: Random = world.draws("store faults", life.node)

    async def _do(self, what: str, fact: str, call: Callable[[], T], late_ns: int = 0) -> T:
        faults, broken = self._faults, self._faults.broken

        def arrive() -> T:
            if faults.down or self._life.node in faults.cut or faults.broken != broken:
                raise Unavailable("the database does not answer")
            if faults.full and what in _WRITES:
                raise Unavailable("no space left on device")
            self._world.trace(what, self._life.node, fact)
            return call()

        await self._life.check()
        there_ns = self._link.delay_ns() + late_ns
        back_ns = self._link.delay_ns(there_ns)
        if faults.connections_max:
            if faults.connections >= faults.connections_max:
                await self._world.sleep(there_ns + back_ns)
                raise Unavailable("too many clients already")
            faults.connections += 1
            self._world.after(there_ns + back_ns, faults.hang_up)
        try:
            done = await self._world.ask(there_ns, back_ns, arrive)
        except PortError:
            if self._life.node not in faults.deaf:
                raise
            await self._lost_answer(what)
        if faults.broken != broken:
            raise _silence(what)
        if self._life.node in faults.cut or self._life.node in faults.deaf:
            await self._lost_answer(what)
        return done

    async def _lost_answer(self, what: str) -> None:
        await self._world.sleep(_SILENCE_NS)
        raise _silence(what)

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        return await self._do("acquire", shard, lambda: self._database.acquire(shard, holder, address, int(ttl_s * _NS)))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self._do("renew", lease.shard, lambda: self._database.renew(lease, int(ttl_s * _NS)))

    async def release(self, lease: Lease) -> None:
        await self._do("release", lease.shard, lambda: self._database.release(lease))

    async def commit(self, lease: Lease, commit: Commit) -> None:
        seqs = [entry.seq for entry in commit.entries]
        assert seqs == list(range(commit.prev.seq + 1, commit.head.seq + 1)), (lease.shard, seqs)
        node, site = self._life.node, "commit_dawdles"
        late_ns = self._sites.between(site, node, 50, 400) * MILLISECOND_NS if self._sites.fires(site, node) else 0
        fact = f"{lease.shard} {commit.prev.seq}..{commit.head.seq} {commit.head.chain.hex()}"
        await self._do("commit", fact, lambda: self._commit(lease, commit), late_ns)

    def _commit(self, lease: Lease, commit: Commit) -> None:
        faults, shard, node = self._faults, lease.shard, self._life.node
        number = faults.commits[shard] + 1
        faults.commits[shard] = number
        fate = faults.fates.pop((shard, number), None) or self._doubt()
        for hook in list(faults.before):
            hook(shard, number, node)
        if not self._life.alive:
            return  # the cord was cut before the last packet left
        self._world.trace("fate", shard, number, fate.value)
        if fate is Fate.REFUSED:
            raise Unavailable("the connection broke before COMMIT")
        if fate is not Fate.UNKNOWN_LOST:
            self._database.commit(lease, commit)
            for stood in list(faults.stood):
                stood(shard, commit, node)
        for hook in list(faults.after):
            hook(shard, number, node)
        if fate is not Fate.STANDS:
            raise Unknown("the connection broke after COMMIT")

    def _doubt(self) -> Fate:
        rate = self._faults.doubt_per_thousand
        if not rate or self._draws.getrandbits(20) * 1_000 >> 20 >= rate:
            return Fate.STANDS
        return Fate.UNKNOWN_DONE if self._draws.getrandbits(1) else Fate.UNKNOWN_LOST

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        names = ",".join(query.table.name for query in queries)
        return await self._do("read", names, lambda: self._database.read(queries))

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        limit = min(limit, 1) if self._sites.fires("journal_page_cut_short", self._life.node) else limit
        return await self._do("journal", f"{shard} {after}", lambda: self._database.journal(shard, after, limit))

    async def heads(self) -> dict[str, ShardHead]:
        return await self._do("heads", "", self._database.heads)


def _silence(what: str) -> PortError:
    """What a client makes of a connection that broke before the answer came."""
    return Unknown("cut off before the answer came") if what == "commit" else Unavailable("cut off from the database")
