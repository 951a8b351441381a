"""What the rows of clearing must add up to, whatever happened: slow, obvious, after every operation."""

from collections import defaultdict
from collections.abc import Iterable

from tests.services.clearing.venue import Node, Venue
from tradewind.services.clearing.tables import BALANCES, HOLDS, LEDGER
from tradewind.values.ids import system_account


def check_sums(node: Node) -> None:
    """A1 to A4 within one shard."""
    total: dict[str, int] = defaultdict(int)
    for balance in node.kept.of(BALANCES):
        total[balance.asset] += balance.available + balance.held
        assert balance.held >= 0 and (balance.available >= 0 or balance.account < 0), balance
    assert not any(total.values()), total
    sets: dict[tuple[int, str, str, str], int] = defaultdict(int)
    booked: dict[tuple[int, str], int] = defaultdict(int)
    for posting in node.kept.of(LEDGER):
        assert posting.delta, posting
        sets[posting.seq, posting.kind, posting.reference, posting.asset] += posting.delta
        booked[posting.account, posting.asset] += posting.delta
    assert not any(sets.values()), sets
    held: dict[tuple[int, str], int] = defaultdict(int)
    for hold in node.kept.of(HOLDS):
        assert 0 < hold.left <= hold.quantity and hold.held > 0, hold
        held[hold.account, hold.asset] += hold.held
    for balance in node.kept.of(BALANCES):
        key = balance.account, balance.asset
        assert booked.get(key, 0) == balance.available + balance.held, balance
        assert held.get(key, 0) == balance.held, balance


def transit(nodes: Iterable[Node]) -> dict[str, int]:
    """Per asset, over all shards: zero when everybody has heard everything."""
    total: dict[str, int] = defaultdict(int)
    for node in nodes:
        for balance in node.kept.of(BALANCES):
            if balance.account == system_account("transit", node.index):
                total[balance.asset] += balance.available + balance.held
    return dict(total)


def check_quiet(venue: Venue) -> None:
    assert venue.step() is None
    for node in venue.of("clearing"):
        check_sums(node)
    assert not any(transit(venue.of("clearing")).values())
