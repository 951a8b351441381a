"""The truth: leases, commits, rows, journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tradewind.ports.tables import Change, Query, Record, Table

CHAIN_START = bytes(16)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a shard's journal ends: last `seq`, running hash, and the newest instant given to its machine."""

    seq: int = 0
    chain: bytes = CHAIN_START
    at: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one shard. `head` is where the journal stood when it was taken."""

    shard: str
    epoch: int
    holder: str
    head: Head


@dataclass(frozen=True, slots=True)
class ShardHead:
    """What everybody may know of a shard. `address` is where its holder answers internal calls ("" = nowhere)."""

    shard: str
    epoch: int
    seq: int
    holder: str
    address: str


class JournalEntry(msgspec.Struct, frozen=True, gc=False):
    """One input and what came of it. `input` is an encoded Envelope or Entry, `output` an encoded Output."""

    shard: str
    seq: int
    epoch: int
    at: int
    source: str
    source_seq: int
    input: bytes
    output: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """All or nothing: journal rows (contiguous from lease's last seq), changed rows, and the new head."""

    prev: Head
    head: Head
    entries: list[JournalEntry]
    changes: list[Change]


class Position(msgspec.Struct, frozen=True, gc=False):
    """How far `shard` has read `source`: commits together with the effect of what was read."""

    shard: str
    source: str
    position: int


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """A command that has had its effect, and its answer (an encoded Answer), for twice the signature window."""

    shard: str
    seq: int
    command_id: bytes
    request: str
    at: int
    answer: bytes


class Quarantined(msgspec.Struct, frozen=True, gc=False):
    """An input that could not be applied, with its bytes."""

    shard: str
    id: int
    at: int
    source: str
    position: int
    body: bytes
    error: str


class ShardEnd(msgspec.Struct, frozen=True, gc=False):
    """A Head as a row, for those who must read it in one snapshot with other tables."""

    shard: str
    epoch: int
    seq: int
    chain: bytes
    at: int


# For reading only: the store itself writes it, with every commit, and keeps more columns in it.
SHARDS = Table("shards", ShardEnd, key=("shard",), units={"at": "ns"})
POSITIONS = Table("positions", Position, key=("shard", "source"))
COMMANDS = Table("commands", Remembered, key=("shard", "seq"), append=True, units={"at": "ns"})
QUARANTINE = Table("quarantine", Quarantined, key=("shard", "id"), units={"at": "ns"})


class Store(Protocol):
    """PostgreSQL in production. Every call may raise Unavailable; commit alone may raise Unknown."""

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        """Become the writer: epoch += 1 on the store's own clock. Raises Held while another holder's lease lasts."""
        ...

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        """Raises Fenced when another epoch has begun, or the lease was given back. One that ran out unnoticed may still be
        renewed."""
        ...

    async def release(self, lease: Lease) -> None:
        """Let the next holder in at once; this lease commits and renews no more. Silent when it is gone already."""
        ...

    async def commit(self, lease: Lease, commit: Commit) -> None:
        """Return once it is durable. Raises Fenced (epoch, or seq or chain of `prev`, is not the current one, or the lease was
        given back: nothing was done), Unavailable (surely nothing was done), Unknown (it may stand: acquire again and look at
        the head)."""
        ...

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        """Rows for each query, all from one consistent snapshot."""
        ...

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        """Entries with seq > `after`, in order: at most `limit`, and at least one if there is any."""
        ...

    async def heads(self) -> dict[str, ShardHead]:
        """Every shard that has ever been acquired."""
        ...
