"""`tradewind audit`: everything that a store holds, before all auditors. Also the reconciliation job.

Consistent without stopping anybody: one snapshot gives every row of every table and, in the same instant, where each journal
ends. Journals are only ever added to, so they are read after it, page by page, up to exactly there.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tradewind.audit.auditors import Audit
from tradewind.audit.books import NOTHING_WITNESSED, Books, Finding, Machine, Witnessed
from tradewind.messages.topology import Topology
from tradewind.ports.store import COMMANDS, POSITIONS, QUARANTINE, SHARDS, Head, JournalEntry
from tradewind.ports.tables import Query, Record

JOURNAL_PAGE = 1_000  # entries per read


class Readable(Protocol):
    """What an audit needs of ports.store.Store: it writes nothing, so a standby will do."""

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]: ...
    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]: ...


async def read_books(store: Readable, topology: Topology, machines: Mapping[str, type[Machine]]) -> Books:
    """One snapshot of all rows and of where the journals end; the journals themselves are left where they are.

    Raises Unavailable.
    """
    own = {table.name: table for make in machines.values() for table in make.tables}
    tables = [SHARDS, POSITIONS, COMMANDS, QUARANTINE, *own.values()]
    rows = await store.read([Query(table) for table in tables])
    ends = {row.shard: Head(row.seq, row.chain, row.at) for row in rows[0]}
    heads = {shard: ends.get(shard, Head()) for shard in topology.shards()}
    return Books(topology, heads, {table.name: found for table, found in zip(tables, rows, strict=True)})


async def audit_store(
    store: Readable,
    topology: Topology,
    machines: Mapping[str, type[Machine]],
    *,
    quiet: bool,
    witnessed: Witnessed = NOTHING_WITNESSED,
) -> list[Finding]:
    """What is not as it must be. `quiet`: nobody trades and nothing is under way, so the strict forms hold.

    Raises Unavailable.
    """
    books = await read_books(store, topology, machines)
    judging = Audit(books, quiet=quiet, machines=machines, witnessed=witnessed)
    for shard, head in books.heads.items():
        seq = 0
        while seq < head.seq:
            page = await store.journal(shard, seq, min(JOURNAL_PAGE, head.seq - seq))
            if not page:
                break  # a journal that ends too early is the auditors' to report
            for entry in page:
                judging.hear(entry)
            seq = page[-1].seq
    return judging.close()
