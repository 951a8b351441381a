"""What a journal row says on its shard's feed, and the running hash over such rows."""

from tradewind.messages.codec import Output, decode
from tradewind.messages.events import Entry
from tradewind.ports.store import JournalEntry
from tradewind.values.chain import link

__all__ = ["entry_of", "link"]


def entry_of(row: JournalEntry) -> Entry:
    """What the feed said, or would have said, for this journal row."""
    return Entry(row.shard, row.seq, row.at, row.source, row.source_seq, decode(Output, row.output).events)
