"""A client's name for its order: the same content gets the same answer, other content none, until the horizon has passed."""

import pytest

from tests.services.clearing.drawing import check
from tests.services.kept import Kept
from tradewind.services.clearing import client_ids
from tradewind.services.clearing.client_ids import DEDUP_NS, ClientIds
from tradewind.services.clearing.tables import FINISHED, Hold
from tradewind.values.orders import OrderType, Side

DAY_S = DEDUP_NS // 10**9


def test_the_same_again_is_the_same_order_and_anything_else_is_refused() -> None:
    check("""
        fund ann 100 USDT
        fund ann 9 BTC
        list ETHUSDT BTC USDT
        buy 2 @ 10 ann #x           -> held 20 USDT
        buy 2 @ 10 ann #x           -> same
        buy 3 @ 10 ann #x           -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 11 ann #x           -> DUPLICATE_CLIENT_ORDER_ID
        sell 2 @ 10 ann #x          -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann ioc #x       -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann maker #x     -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann none #x      -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 market ann #x         -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann #x in ETHUSDT    -> DUPLICATE_CLIENT_ORDER_ID
        ann                         -> 9+0 BTC, 80+20 USDT
    """)


def test_a_name_belongs_to_its_account() -> None:
    check("""
        fund ann 100 USDT
        fund bob 100 USDT
        buy 2 @ 10 ann #x           -> held 20 USDT
        buy 3 @ 10 bob #x           -> held 30 USDT
    """)


def test_a_repeated_order_never_comes_back_to_life() -> None:
    """H14, H15: whether it was filled, cancelled or expired, asked again it is the old answer and holds nothing."""
    check(f"""
        fund ann 100 USDT
        fund bob 9 BTC
        buy 2 @ 10 ann #filled
        sell 2 @ 10 bob
        buy 2 @ 10 ann #gone
        cancel #gone ann            -> asked; gone canceled 2
        buy 2 @ 10 ann ioc #late    -> held 20 USDT; late expired 2
        buy 2 @ 10 ann #filled      -> same
        buy 2 @ 10 ann #gone        -> same
        buy 2 @ 10 ann ioc #late    -> same
        cancel #late ann            -> UNKNOWN_ORDER
        wait {DAY_S - 60} s
        buy 2 @ 10 ann #gone        -> same
        buy 3 @ 10 ann #gone        -> DUPLICATE_CLIENT_ORDER_ID
        ann                         -> 2+0 BTC, 80+0 USDT
    """)


def test_after_the_horizon_a_name_is_free_even_where_nothing_else_has_happened() -> None:
    check(f"""
        fund ann 100 USDT
        buy 2 @ 10 ann #x
        cancel #x ann
        wait {DAY_S} s
        buy 2 @ 10 ann #x           -> held 20 USDT
        cancel #x ann
        wait {DAY_S - 60} s
        buy 2 @ 10 ann #x           -> same
        buy 3 @ 10 ann #x           -> DUPLICATE_CLIENT_ORDER_ID
        wait 60 s
        buy 3 @ 10 ann #x           -> held 30 USDT
    """)


def test_an_order_that_stays_open_keeps_its_name_for_ever() -> None:
    check(f"""
        fund ann 100 USDT
        buy 2 @ 10 ann #x
        wait {9 * DAY_S} s
        buy 2 @ 10 ann #x           -> same
        buy 3 @ 10 ann #x           -> DUPLICATE_CLIENT_ORDER_ID
    """)


def test_names_that_we_gave_are_not_remembered() -> None:
    check("""
        fund ann 100 USDT
        buy 2 @ 10 ann
        cancel ann ann              -> asked; ann canceled 2
        buy 2 @ 10 ann              -> held 20 USDT
        buy 2 @ 10 ann              -> held 20 USDT
    """)
    names = Names(crashing=False)
    assert names.finish(7, "tw7", 0) == []


def ended(order: int, name: str) -> Hold:
    return Hold(0, order, 1, "BTCUSDT", name, b"", Side.BUY, OrderType.LIMIT, 1, 1, 1, "USDT", 1, 0, 0, 0)


class Names:
    """Client ids with their rows; `crashing` drops and loads them after every step."""

    def __init__(self, crashing: bool) -> None:
        self.kept, self.crashing, self.ids = Kept(), crashing, ClientIds(0)

    def finish(self, order: int, name: str, now: int) -> list[str]:
        """Which names are in the rows afterwards."""
        self.ids.finish(ended(order, name), now)
        self.kept.write([change for rows in self.ids.rows if (change := rows.drain()) is not None])
        if self.crashing:
            self.ids = ClientIds(0)
            self.ids.load(self.kept.of(FINISHED))
        return [row.client_order_id for row in self.kept.of(FINISHED)]


@pytest.mark.parametrize("crashing", [False, True])
def test_two_old_names_go_for_each_new_one_the_oldest_first(crashing: bool) -> None:
    names = Names(crashing)
    for order, name in ((3, "c"), (1, "z"), (2, "b"), (4, "a")):  # all at one instant: then by order id
        names.finish(order, name, 0)
    later = DEDUP_NS + 1
    assert names.finish(5, "n", later) == ["a", "c", "n"]
    assert names.finish(6, "m", later) == ["m", "n"]
    assert names.finish(7, "k", later) == ["k", "m", "n"]


@pytest.mark.parametrize("crashing", [False, True])
def test_a_name_that_was_taken_over_is_as_old_as_its_last_order(crashing: bool) -> None:
    names = Names(crashing)
    names.finish(1, "x", 0)
    names.finish(2, "y", 1)
    assert names.finish(3, "x", DEDUP_NS) == ["x", "y"]
    assert names.finish(4, "n", DEDUP_NS + 2) == ["n", "x"]
    assert names.finish(5, "m", DEDUP_NS + 3) == ["m", "n", "x"]


@pytest.mark.parametrize("crashing", [False, True])
def test_beyond_the_limit_the_oldest_name_is_free_before_its_time(crashing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_ids, "NAMES_MAX", 3)
    names = Names(crashing)
    for order in (1, 2, 3):
        names.finish(order, f"n{order}", order)
    assert names.finish(4, "n4", 4) == ["n2", "n3", "n4"]
    assert names.ids.get(1, "n1", 4) is None and names.ids.get(1, "n2", 4) is not None
