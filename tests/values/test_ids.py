"""Ids never repeat, across shards either, and stay exact in JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.values.ids import (
    CLIENT_ORDER_ID,
    ID_MAX,
    REQUEST_ID,
    SHARDS_MAX,
    order_id,
    system_account,
    system_account_kind,
)

SEQS, SHARDS = st.integers(1, ID_MAX // SHARDS_MAX), st.integers(0, SHARDS_MAX - 1)


@given(SEQS, SHARDS, SEQS, SHARDS)
def test_an_order_id_names_one_input_of_one_shard(seq: int, shard: int, other_seq: int, other_shard: int) -> None:
    made = order_id(seq, shard)
    assert 0 < made <= ID_MAX and int(float(made)) == made
    assert (made == order_id(other_seq, other_shard)) == ((seq, shard) == (other_seq, other_shard))


@given(SEQS.filter(lambda seq: seq > 1), SHARDS, SHARDS)
def test_order_ids_grow_with_the_journal(seq: int, shard: int, before: int) -> None:
    assert order_id(seq - 1, before) < order_id(seq, shard)


@pytest.mark.parametrize(("seq", "shard"), [(0, 0), (1, -1), (1, SHARDS_MAX), (ID_MAX, 0), (-1, 0)])
def test_no_id_is_made_of_nonsense(seq: int, shard: int) -> None:
    with pytest.raises(AssertionError):
        order_id(seq, shard)


def test_system_accounts_are_negative_distinct_and_know_their_kind() -> None:
    made = {system_account(kind, shard): kind for kind in ("external", "house", "transit") for shard in range(SHARDS_MAX)}
    assert len(made) == 3 * SHARDS_MAX and max(made) < 0
    assert all(system_account_kind(account) == kind for account, kind in made.items())
    with pytest.raises(AssertionError):
        system_account_kind(0)


@pytest.mark.parametrize("text", ["a", "A-1_b.c:d/e", "x" * 36])
def test_a_client_order_id(text: str) -> None:
    assert CLIENT_ORDER_ID.fullmatch(text)


@pytest.mark.parametrize("text", ["", "x" * 37, "a b", "a\n", "\u00e9", "a;b", "a%b"])
def test_no_client_order_id(text: str) -> None:
    assert not CLIENT_ORDER_ID.fullmatch(text)


@pytest.mark.parametrize(("text", "good"), [("a-1_B.", True), ("x" * 64, True), ("x" * 65, False), ("", False), ("a/b", False)])
def test_request_ids(text: str, good: bool) -> None:
    assert (REQUEST_ID.fullmatch(text) is not None) is good
