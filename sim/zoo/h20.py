"""H20: two matchers own one symbol after a pause, because the store lets the one that lost its lease commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.models.database import Database
from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.ports.errors import Fenced
from tradewind.ports.store import Commit, Lease

STORY = __doc__
CAUGHT_BY = ("A8", "A12")
PROFILE = "zombie"


@contextmanager
def plant() -> Iterator[Machines]:
    commit, renew = Database.commit, Database.renew

    def unfenced(self: Database, lease: Lease, what: Commit) -> None:
        try:
            commit(self, lease, what)
        except Fenced:
            for change in what.changes:
                rows = self.tables.setdefault(change.table, {})
                rows.update({change.table.key_of(record): record for record in change.put})
                for key in change.removed:
                    rows.pop(key, None)
            self.journals.setdefault(lease.shard, []).extend(what.entries)
            self.shards[lease.shard].head = what.head

    def never_lost(self: Database, lease: Lease, ttl_ns: int) -> None:
        try:
            renew(self, lease, ttl_ns)
        except Fenced:
            return

    with patched(Database, "commit", unfenced), patched(Database, "renew", never_lost):
        yield MACHINES
