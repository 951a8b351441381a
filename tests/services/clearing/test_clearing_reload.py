"""Dropped and loaded from its rows at any point, a venue says what one says that never stopped, and writes the same rows."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.clearing.test_clearing_twin import ORDERS_MAX, STEPS, Step, Twins
from tests.services.clearing.venue import Venue
from tradewind.services.clearing import placing


def played(steps: list[Step], clearing: int, reloads: frozenset[int]) -> Venue:
    twins = Twins(Counter(), clearing)
    for number, step in enumerate(steps):
        if number in reloads:
            for node in twins.venue.nodes.values():
                node.reload()
        twins.step(step)
    return twins.venue


def test_a_reload_at_any_point_changes_nothing_of_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "ACCOUNT_ORDERS_MAX", ORDERS_MAX)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=20, max_size=60), st.integers(1, 2), st.frozensets(st.integers(0, 60), min_size=1))
    def play(steps: list[Step], clearing: int, reloads: frozenset[int]) -> None:
        calm, crashed = played(steps, clearing, frozenset()), played(steps, clearing, reloads)
        for shard, node in calm.nodes.items():
            assert crashed.nodes[shard].feed == node.feed
            assert crashed.nodes[shard].kept.rows == node.kept.rows

    play()
