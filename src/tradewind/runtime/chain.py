"""The running hash over a journal, and the journal rows that carry it."""

from hashlib import blake2b
from struct import Struct

from tradewind.messages.codec import Output, decode
from tradewind.messages.events import Entry
from tradewind.ports.store import JournalEntry

_FIXED = Struct(">qqqIII")


def link(chain: bytes, seq: int, at: int, source: str, source_seq: int, given: bytes, output: bytes) -> bytes:
    """The chain after one more entry. It covers what was heard and what came of it, but not by which epoch."""
    name = source.encode()
    state = blake2b(chain, digest_size=16)
    state.update(_FIXED.pack(seq, at, source_seq, len(name), len(given), len(output)))
    state.update(name)
    state.update(given)
    state.update(output)
    return state.digest()


def entry_of(row: JournalEntry) -> Entry:
    """What the feed said, or would have said, for this journal row."""
    return Entry(row.shard, row.seq, row.at, row.source, row.source_seq, decode(Output, row.output).events)
