"""The Store on PostgreSQL: one connection per held shard for its commits, a few shared ones for everything else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.postgres_readers import Readers
from tradewind.adapters.postgres_tables import JOURNAL
from tradewind.adapters.postgres_writer import COMMIT_TIMEOUT_S, Writer, steps_of
from tradewind.ports.errors import Fenced, Held
from tradewind.ports.store import Commit, Head, JournalEntry, Lease, ShardHead
from tradewind.ports.tables import Query, Record

_EXPIRY = "clock_timestamp() + %s * interval '1 microsecond'"
_ACQUIRE = f"""
    INSERT INTO shards (shard, epoch, seq, chain, at, holder, address, expires_at)
    VALUES (%s, 1, 0, %s, 0, %s, %s, {_EXPIRY})
    ON CONFLICT (shard) DO UPDATE
    SET epoch = shards.epoch + 1, holder = excluded.holder, address = excluded.address, expires_at = {_EXPIRY}
    WHERE shards.holder = excluded.holder OR shards.expires_at <= clock_timestamp()
    RETURNING epoch, seq, chain, at"""
_RENEW = f"UPDATE shards SET expires_at = {_EXPIRY} WHERE shard = %s AND epoch = %s AND holder <> '' RETURNING epoch"
_RELEASE = """
    UPDATE shards SET holder = '', address = '', expires_at = '-infinity' WHERE shard = %s AND epoch = %s RETURNING epoch"""
_HEADS = "SELECT shard, epoch, seq, holder, address FROM shards ORDER BY shard"


@dataclass(slots=True)
class _Held:
    """What this process keeps for a shard that it has acquired: each commit renews the lease for `ttl_us`."""

    epoch: int
    ttl_us: int
    writer: Writer


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


class PostgresStore:
    """ports.store.Store. Connections are made at first use and made again after a failure; `aclose` ends them."""

    def __init__(self, conninfo: str, *, readers: int = 4, commit_timeout_s: float = COMMIT_TIMEOUT_S) -> None:
        self._conninfo = conninfo
        self._commit_timeout_s = commit_timeout_s
        self._readers = Readers(conninfo, readers)
        self._held: dict[str, _Held] = {}

    async def aclose(self) -> None:
        for held in self._held.values():
            held.writer.close()
        self._held.clear()
        self._readers.close()

    def _new_writer(self) -> Writer:
        return Writer(self._conninfo, self._commit_timeout_s)

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        assert holder, shard
        ttl_us = _microseconds(ttl_s)
        parameters = (shard, Head().chain, holder, address, ttl_us, ttl_us)
        rows = await self._readers.fetch(_ACQUIRE, parameters)
        if not rows:
            raise Held(f"{shard} is held by another")
        ((epoch, seq, chain, at),) = rows
        before = self._held.get(shard)
        held = _Held(epoch, ttl_us, before.writer if before else self._new_writer())
        self._held[shard] = held
        await held.writer.open()
        return Lease(shard, epoch, holder, Head(seq, chain, at))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        ttl_us = _microseconds(ttl_s)
        if not await self._readers.fetch(_RENEW, (ttl_us, lease.shard, lease.epoch)):
            raise Fenced(f"{lease.shard}: epoch {lease.epoch} is over")
        held = self._held.get(lease.shard)
        if held is not None and held.epoch == lease.epoch:
            held.ttl_us = ttl_us

    async def release(self, lease: Lease) -> None:
        await self._readers.fetch(_RELEASE, (lease.shard, lease.epoch))
        held = self._held.get(lease.shard)
        if held is not None and held.epoch == lease.epoch:
            del self._held[lease.shard]
            held.writer.close()

    async def commit(self, lease: Lease, commit: Commit) -> None:
        seqs = [entry.seq for entry in commit.entries]
        assert seqs == list(range(commit.prev.seq + 1, commit.head.seq + 1)), (lease.shard, commit.prev.seq, commit.head.seq)
        held = self._held.get(lease.shard)
        if held is None:
            held = self._held[lease.shard] = _Held(lease.epoch, 0, self._new_writer())
        ttl_us = held.ttl_us if held.epoch == lease.epoch else 0
        await held.writer.commit(steps_of(lease, commit, ttl_us))

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        return await self._readers.read(queries)

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        query = Query(JOURNAL, where=(("shard", "=", shard), ("seq", ">", after)), order=("seq",), limit=limit)
        (entries,) = await self._readers.read([query])
        return entries

    async def heads(self) -> dict[str, ShardHead]:
        rows: list[tuple[Any, ...]] = await self._readers.fetch(_HEADS, ())
        return {row[0]: ShardHead(*row) for row in rows}


@asynccontextmanager
async def open_store(
    conninfo: str, *, readers: int = 4, commit_timeout_s: float = COMMIT_TIMEOUT_S
) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(conninfo, readers=readers, commit_timeout_s=commit_timeout_s)
    try:
        yield store
    finally:
        await store.aclose()
