"""Journals as a file: what one exchange has heard and said, for replaying it elsewhere.

Gzip over length-prefixed msgpack: a Header, then every shard's entries, each shard's from its first to its head of one
instant.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from tradewind.messages.topology import Topology
from tradewind.ops.audit import Readable
from tradewind.ports.store import SHARDS, JournalEntry
from tradewind.ports.tables import Query

FORMAT = "tradewind journal 1"
PAGE = 1_000  # entries per read
LENGTH_BYTES = 4


class Header(msgspec.Struct, frozen=True):
    """`heads`: (seq, chain) by shard."""

    format: str
    clearing_shards: int
    matching_shards: int
    heads: dict[str, tuple[int, bytes]]

    @property
    def topology(self) -> Topology:
        return Topology(self.clearing_shards, self.matching_shards)


async def export(store: Readable, topology: Topology, path: Path) -> int:
    """Write `path` whole or not at all; how many entries it has. Raises Unavailable, and OSError."""
    [rows] = await store.read([Query(SHARDS)])
    heads = {row.shard: (row.seq, row.chain) for row in rows if row.shard in topology.shards()}
    header = Header(FORMAT, *_counts(topology), heads)
    staging, written = path.with_name(f"{path.name}.new"), 0
    with gzip.open(staging, "wb", compresslevel=3) as packed:
        out = cast(BinaryIO, packed)
        _write(out, header)
        for shard, (last, _) in heads.items():
            seq = 0
            while seq < last:
                page = await store.journal(shard, seq, min(PAGE, last - seq))
                assert page and page[0].seq == seq + 1, f"the journal of {shard} ends at {seq}, its head is {last}"
                for entry in page:
                    _write(out, entry)
                seq, written = page[-1].seq, written + len(page)
    staging.replace(path)
    return written


def _counts(topology: Topology) -> tuple[int, int]:
    return len(topology.shards("clearing")), len(topology.shards("matching"))


def _write(out: BinaryIO, record: msgspec.Struct) -> None:
    body = msgspec.msgpack.encode(record)
    out.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)


def _bodies(file: BinaryIO) -> Iterator[bytes]:
    while prefix := file.read(LENGTH_BYTES):
        size = int.from_bytes(prefix, "big")
        body = file.read(size)
        if len(prefix) != LENGTH_BYTES or len(body) != size:
            raise ValueError("the file ends in the middle of an entry")
        yield body


def header_of(path: Path) -> Header:
    """Raises OSError, and ValueError when this is no export of ours."""
    with gzip.open(path, "rb") as packed:
        header = msgspec.msgpack.decode(next(_bodies(cast(BinaryIO, packed))), type=Header)
    if header.format != FORMAT:
        raise ValueError(f"format {header.format!r}, not {FORMAT!r}")
    return header


def entries_of(path: Path) -> Iterator[JournalEntry]:
    """All entries, in the file's order. Raises OSError and ValueError."""
    with gzip.open(path, "rb") as packed:
        bodies = _bodies(cast(BinaryIO, packed))
        next(bodies)
        for body in bodies:
            yield msgspec.msgpack.decode(body, type=JournalEntry)
