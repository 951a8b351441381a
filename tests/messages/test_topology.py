"""Feeds and shards: one writer each, and a map that everybody reads alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.messages.topology import FEEDS, INBOXES, Topology, index_of, service_of
from tradewind.values.ids import SHARDS_MAX

TOPOLOGIES = st.builds(Topology, st.integers(1, SHARDS_MAX), st.integers(1, SHARDS_MAX))


def test_every_feed_has_one_writer_who_does_not_read_it() -> None:
    assert len({feed.name for feed in FEEDS}) == len(FEEDS) == len({feed.writer for feed in FEEDS})
    for feed in FEEDS:
        assert len(set(feed.readers)) == len(feed.readers)
        assert all(shard not in Topology(3, 3).sources(shard) for shard in Topology(3, 3).shards(feed.writer))


def test_every_reader_is_a_machine_or_the_gateway_and_every_machine_hears_something() -> None:
    machines = {feed.writer for feed in FEEDS}
    assert {reader for feed in FEEDS for reader in feed.readers} <= machines | {"gateway"}
    assert machines == set(INBOXES) | {name for name in machines if Topology().sources(f"{name}/0")}


def test_sources_by_service() -> None:
    topology = Topology(clearing=2, matching=2)
    assert {
        name: topology.sources(f"{name}/1")
        for name in ("clearing", "matching", "order", "marketdata", "wallet", "admin", "user")
    } == {
        "clearing": ("clearing/0", "matching/0", "matching/1", "wallet/0", "admin/0"),
        "matching": ("clearing/0", "clearing/1", "admin/0"),
        "order": ("clearing/0", "clearing/1", "matching/0", "matching/1", "admin/0"),
        "marketdata": ("matching/0", "matching/1", "admin/0"),
        "wallet": ("clearing/0", "clearing/1"),
        "admin": (),
        "user": (),
    }
    assert topology.sources("gateway") == (
        "clearing/0", "clearing/1", "order/0", "marketdata/0", "user/0", "admin/0",
    )  # fmt: skip


@given(TOPOLOGIES)
def test_names_of_shards_are_distinct_and_read_back(topology: Topology) -> None:
    shards = topology.shards()
    assert len(set(shards)) == len(shards)
    assert all(0 <= index_of(shard) < topology.count(service_of(shard)) for shard in shards)
    assert set(topology.sources("order/0")) <= set(shards)


@given(TOPOLOGIES, st.integers(1, 2**53), st.text("ABCXYZ0189", min_size=1, max_size=32))
def test_accounts_and_symbols_have_one_home(topology: Topology, account: int, symbol: str) -> None:
    assert 0 <= topology.clearing_of(account) < topology.clearing
    assert 0 <= topology.matching_of(symbol) < topology.matching


def test_the_home_of_a_symbol_does_not_depend_on_the_process() -> None:
    """A hash that differs from run to run would lose the books."""
    assert [Topology().matching_of(symbol) for symbol in ("BTCUSDT", "ETHUSDT", "ETHBTC", "A")] == [1, 0, 1, 1]


@pytest.mark.parametrize(("clearing", "matching"), [(0, 1), (1, 0), (SHARDS_MAX + 1, 1), (1, SHARDS_MAX + 1)])
def test_a_map_has_bounds(clearing: int, matching: int) -> None:
    with pytest.raises(AssertionError):
        Topology(clearing, matching)
