"""What the rows of clearing must add up to, whatever happened: slow, obvious, after every operation."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from tests.services.clearing.venue import Node, Venue
from tradewind.services.clearing.tables import BALANCES, HOLDS, LEDGER
from tradewind.values.ids import system_account


class Sums:
    """A1 to A4 within one shard; of the ledger each posting is read once."""

    def __init__(self, node: Node) -> None:
        self.node, self.read = node, 0
        self.booked: dict[tuple[int, str], int] = defaultdict(int)

    def check(self) -> None:
        self._read_ledger()
        total: dict[str, int] = defaultdict(int)
        held: dict[tuple[int, str], int] = defaultdict(int)
        for hold in self.node.kept.of(HOLDS):
            assert 0 < hold.left <= hold.quantity and (hold.held > 0 or hold.list_id), hold
            held[hold.account, hold.asset] += hold.held
        for row in self.node.kept.of(BALANCES):
            key = row.account, row.asset
            assert row.held >= 0 and (row.available >= 0 or row.account < 0), row
            assert self.booked.get(key, 0) == row.available + row.held, row
            assert held.pop(key, 0) == row.held, row
            total[row.asset] += row.available + row.held
        assert not any(total.values()) and not held, (total, held)

    def _read_ledger(self) -> None:
        """A posting set is written by one commit, so whatever is new is whole sets."""
        sets: dict[tuple[int, str, str, str], int] = defaultdict(int)
        for posting in islice(self.node.kept.rows.get(LEDGER, {}).values(), self.read, None):
            assert posting.delta, posting
            sets[posting.seq, posting.kind, posting.reference, posting.asset] += posting.delta
            self.booked[posting.account, posting.asset] += posting.delta
            self.read += 1
        assert not any(sets.values()), sets


def transit(nodes: Iterable[Node]) -> dict[str, int]:
    """Per asset, over all shards: zero when everybody has heard everything."""
    total: dict[str, int] = defaultdict(int)
    for node in nodes:
        for balance in node.kept.of(BALANCES):
            if balance.account == system_account("transit", node.index):
                total[balance.asset] += balance.available + balance.held
    return dict(total)


def check_quiet(venue: Venue) -> None:
    """Everybody has heard everything: nothing is between two shards."""
    assert venue.step() is None
    assert not any(transit(venue.of("clearing")).values())
