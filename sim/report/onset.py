"""When a finding became true: the first commit after which the auditor that complains would have complained already."""

from collections.abc import Mapping, Sequence

from sim.report.recorder import Commitment
from tradewind.audit.auditors import audit
from tradewind.audit.books import Books
from tradewind.messages.topology import Topology
from tradewind.ports.store import Head, JournalEntry
from tradewind.ports.tables import Key, Record
from tradewind.runtime.machine import Machine


def onset(
    name: str, commits: Sequence[Commitment], topology: Topology, machines: Mapping[str, type[Machine]]
) -> Commitment | None:
    """Found by halving. None for what is no auditor's finding, or what only shows when all is quiet."""
    low, high = 0, len(commits)
    if not name.startswith("A") or not _seen(name, commits, topology, machines):
        return None
    while low + 1 < high:
        middle = (low + high) // 2
        if _seen(name, commits[:middle], topology, machines):
            high = middle
        else:
            low = middle
    return commits[high - 1]


def _seen(name: str, commits: Sequence[Commitment], topology: Topology, machines: Mapping[str, type[Machine]]) -> bool:
    found = audit(books_after(commits, topology), quiet=False, machines=machines)
    return any(f"{one.auditor} {one.name}" == name for one in found)


def books_after(commits: Sequence[Commitment], topology: Topology) -> Books:
    """The database as these commits, and no others, have left it."""
    heads: dict[str, Head] = {}
    journals: dict[str, list[JournalEntry]] = {}
    tables: dict[str, dict[Key, Record]] = {}
    for one in commits:
        heads[one.lease.shard] = one.commit.head
        journals.setdefault(one.lease.shard, []).extend(one.commit.entries)
        for change in one.commit.changes:
            rows = tables.setdefault(change.table.name, {})
            for record in change.put:
                rows[change.table.key_of(record)] = record
            for key in change.removed:
                rows.pop(key, None)
    return Books(topology, heads, {name: list(rows.values()) for name, rows in tables.items()}, journals)
