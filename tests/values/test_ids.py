"""Ids never repeat, across shards either, and stay exact in JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.values.ids import (
    CLIENT_ORDER_ID,
    ID_MAX,
    MADE_CLIENT_ORDER_ID,
    ORDERS_PER_INPUT,
    REQUEST_ID,
    SHARDS_MAX,
    made_client_order_id,
    order_id,
    second_of_input,
    system_account,
    system_account_kind,
)

SEQS, SHARDS = st.integers(1, ID_MAX // (SHARDS_MAX * ORDERS_PER_INPUT)), st.integers(0, SHARDS_MAX - 1)
PLACES = st.integers(0, ORDERS_PER_INPUT - 1)


SEATS = st.tuples(SEQS, SHARDS, PLACES)


@given(SEATS, SEATS)
def test_an_order_id_names_one_order_of_one_input_of_one_shard(seat: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    made = order_id(*seat)
    assert 0 < made <= ID_MAX and int(float(made)) == made
    assert (made == order_id(*other)) == (seat == other)


@given(SEQS.filter(lambda seq: seq > 1), SHARDS, SHARDS, PLACES, PLACES)
def test_order_ids_grow_with_the_journal(seq: int, shard: int, before: int, place: int, earlier: int) -> None:
    assert order_id(seq - 1, before, earlier) < order_id(seq, shard, place)
    assert (seq - 1) * SHARDS_MAX + before < order_id(seq, shard), "those that the first release gave were smaller"


@given(SEQS, SHARDS)
def test_the_legs_of_a_pair_stand_beside_each_other(seq: int, shard: int) -> None:
    assert second_of_input(order_id(seq, shard)) == order_id(seq, shard, 1)


@given(st.binary(min_size=16, max_size=16), st.none() | PLACES.filter(lambda place: place < 50))
def test_a_name_that_we_make_is_one_and_known_as_ours(command: bytes, place: int | None) -> None:
    made = made_client_order_id(command, place)
    assert CLIENT_ORDER_ID.fullmatch(made) and MADE_CLIENT_ORDER_ID.fullmatch(made)
    assert made != made_client_order_id(command, 50 if place is None else place + 1)


@pytest.mark.parametrize("name", ["tw", "tw-", "tw-1", "tw-12345678", "tw" + "a" * 32, "xtw-" + "0" * 32, "tw1x"])
def test_what_clients_may_call_their_orders_is_not_ours(name: str) -> None:
    assert MADE_CLIENT_ORDER_ID.fullmatch(name) is None


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
