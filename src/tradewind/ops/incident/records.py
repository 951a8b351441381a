"""What stands in an incident bundle, in this order: Header, Present*, then for each shard Section, Rows*, Kept*; Trailer."""

from typing import Any

import msgspec

from tradewind.messages.topology import Topology
from tradewind.ports.store import Head
from tradewind.ports.tables import Record, Table
from tradewind.values.chain import digest, link_digests

FORMAT = "tradewind incident 1"
ROWS_PER_RECORD = 500

Values = tuple[Any, ...]  # of one row, in the order of Header.columns


class _Shape(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    pass


class Mark(_Shape, frozen=True):
    """A place in a journal: right behind entry `seq`, where the chain is `chain`; that entry's instant (ns)."""

    seq: int = 0
    chain: bytes = bytes(16)
    at: int = 0

    @classmethod
    def of(cls, head: Head) -> "Mark":
        return cls(head.seq, head.chain, head.at)


class Versions(_Shape, frozen=True):
    """`schema`: migration -> checksum, as applied in the database."""

    tradewind: str
    python: str
    postgres: str
    packages: dict[str, str]
    schema: dict[str, str]


class Header(_Shape, frozen=True):
    """`starts` and `ends` bound the window by shard: entries in (start.seq, end.seq]. `heads` are where the journals ended when
    it was exported; `asked` are the words of the command. `masks` names the key behind the masks without telling it.
    """

    format: str
    asked: dict[str, str]
    exported_at: int
    clearing_shards: int
    matching_shards: int
    starts: dict[str, Mark]
    ends: dict[str, Mark]
    heads: dict[str, Mark]
    columns: dict[str, tuple[str, ...]]
    settings: dict[str, str]
    limits: dict[str, int | float]
    versions: Versions
    masks: str

    @property
    def topology(self) -> Topology:
        return Topology(self.clearing_shards, self.matching_shards)

    def reaches_head(self, shard: str) -> bool:
        """Then the shard's rows after the window are the Present ones."""
        return self.ends[shard] == self.heads[shard]


class Present(_Shape, frozen=True):
    """Rows that a machine of this shard would have loaded at its head."""

    shard: str
    table: str
    rows: tuple[Values, ...]


class Section(_Shape, frozen=True):
    """`positions`: how far it had read each source at the start. `rows`: how many Rows follow; -1: its Present ones are its
    rows at the start, because it starts at its head.
    """

    shard: str
    positions: dict[str, int]
    rows: int


class Rows(_Shape, frozen=True):
    """Rows that a machine of the section's shard would have loaded at the start of the window."""

    table: str
    rows: tuple[Values, ...]


class Kept(_Shape, frozen=True):
    """A journal entry of the section's shard. Where bytes are masked the digest of the true ones stands beside them."""

    seq: int
    epoch: int
    at: int
    source: str
    source_seq: int
    input: bytes
    output: bytes
    chain: bytes
    input_digest: bytes = b""
    output_digest: bytes = b""

    def follows(self, chain: bytes) -> bool:
        """Whether it is the chain's next link."""
        given, came = self.input_digest or digest(self.input), self.output_digest or digest(self.output)
        return link_digests(chain, self.seq, self.at, self.source, self.source_seq, given, came) == self.chain


class Trailer(_Shape, frozen=True):
    records: int
    entries: int


Body = Header | Present | Section | Rows | Kept | Trailer


def values_of(table: Table, row: Record) -> Values:
    return tuple(getattr(row, name) for name in table.columns)


def records_of(table: Table, columns: tuple[str, ...], rows: tuple[Values, ...]) -> list[Record]:
    """Rows as this version declares them: columns that it lacks are left out, new ones must have a default.

    Raises msgspec.ValidationError.
    """
    return [msgspec.convert(dict(zip(columns, row, strict=True)), table.record) for row in rows]
