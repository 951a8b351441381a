"""What clearing promises about taking orders, drawn: what it holds, what it refuses, and that refusals change nothing."""

import pytest

from tests.services.clearing.drawing import check
from tradewind.services.clearing.rules import ACCOUNT_ORDERS_MAX
from tradewind.services.matching.machine import ENTRY_EVENTS_MAX


def test_a_hold_is_the_exact_notional_and_comes_back() -> None:
    check("""
        fund ann 100 USDT           -> ok
        buy 2 @ 30 ann              -> held 60 USDT
        ann                         -> 40+60 USDT
        buy 2 @ 21 ann #b           -> INSUFFICIENT_BALANCE
        buy 2 @ 20 ann #b           -> held 40 USDT
        cancel ann ann              -> asked; ann canceled 2
        cancel #b ann               -> asked; b canceled 2
        ann                         -> 100+0 USDT
        sell 1 @ 1 ann              -> INSUFFICIENT_BALANCE
    """)


def test_two_orders_in_one_breath_see_each_others_hold() -> None:
    """H33: nobody has heard of the first when the second comes."""
    check("""
        fund ann 100 USDT
        stop matching
        buy 1 @ 60 ann #a           -> held 60 USDT
        buy 1 @ 60 ann #b           -> INSUFFICIENT_BALANCE
        buy 1 @ 40 ann #b           -> held 40 USDT
        start matching
        ann                         -> 0+100 USDT
    """)


def test_a_price_improvement_comes_back_with_each_fill() -> None:
    check("""
        fund ann 100 USDT
        fund bob 10 BTC
        sell 2 @ 10 bob #x          -> held 2 BTC
        sell 2 @ 15 bob #y          -> held 2 BTC
        buy 5 @ 20 ann              -> held 100 USDT; x filled, y filled,
            bob sells 2 for 20, ann buys 2 for 20, bob sells 2 for 30, ann buys 2 for 30
        ann                         -> 4+0 BTC, 30+20 USDT
        bob                         -> 6+0 BTC, 50+0 USDT
        sell 1 @ 5 bob              -> held 1 BTC; ann filled, bob filled, ann buys 1 for 20, bob sells 1 for 20
        ann                         -> 5+0 BTC, 30+0 USDT
        bob                         -> 5+0 BTC, 70+0 USDT
    """)


MARKET = "list BTCUSDT BTC USDT tick 5 lot 3 least 60 most 30 band 1000"


def test_what_the_rules_of_a_symbol_refuse() -> None:
    check(
        """
        fund ann 10000 USDT
        buy 3 @ 20 ann in NOSUCH    -> UNKNOWN_SYMBOL
        buy 3 @ 21 ann              -> PRICE_OFF_TICK
        buy 3 @ 0 ann               -> PRICE_OFF_TICK
        buy 3 @ -5 ann              -> PRICE_OFF_TICK
        buy 3 @ 9223372036854775810 ann     -> PRICE_OFF_TICK
        buy 4 @ 20 ann              -> QUANTITY_OFF_LOT
        buy 0 @ 20 ann              -> QUANTITY_OFF_LOT
        buy -3 @ 20 ann             -> QUANTITY_OFF_LOT
        buy 33 @ 20 ann             -> QUANTITY_OUT_OF_RANGE
        buy 3 @ 15 ann              -> NOTIONAL_TOO_SMALL
        buy 3 @ 9223372036854775805 ann     -> NOTIONAL_TOO_LARGE
        buy 3 @ 20 ann ioc maker    -> UNSUPPORTED_ORDER
        buy 3 @ 20 ann fok maker    -> UNSUPPORTED_ORDER
        buy 3 market ann gtc        -> UNSUPPORTED_ORDER
        buy 3 market ann            -> NO_REFERENCE_PRICE
        buy 3 market ann fok        -> NO_REFERENCE_PRICE
        buy 3 @ 20 ann none         -> STP_MODE_NOT_ALLOWED
        buy 3 @ 20 ann #tw123       -> BAD_REQUEST
        buy 3 @ 20 ann #tw-123      -> held 60 USDT
        buy 30 @ 20 ann #big        -> held 600 USDT
        """,
        listed=MARKET,
    )


@pytest.mark.parametrize("state", ["HALT", "PRE_OPEN", "CANCEL_ONLY"])
def test_a_closed_market_takes_no_orders_and_gives_every_hold_back_on_demand(state: str) -> None:
    check(f"""
        fund ann 100 USDT
        buy 5 @ 10 ann #a
        state {state} BTCUSDT       -> ok
        buy 1 @ 10 ann #b           -> MARKET_CLOSED
        ann                         -> 50+50 USDT
        buy 5 @ 10 ann #a           -> same
        amend #a ann 4              -> asked; a reduced 4
        ann                         -> 60+40 USDT
        cancel all ann              -> asked 1; a canceled 4
        ann                         -> 100+0 USDT
        state TRADING BTCUSDT
        buy 1 @ 10 ann #b           -> held 10 USDT
    """)


def test_an_order_on_its_way_into_a_halt_is_rejected_and_released() -> None:
    """H55: what clearing accepted before it heard of the halt does not trade after it."""
    check("""
        fund ann 100 USDT
        stop clearing
        state HALT BTCUSDT
        buy 5 @ 10 ann #a           -> held 50 USDT; a rejected 5
        start clearing
        ann                         -> 100+0 USDT
    """)


def test_a_post_only_market_holds_for_what_rests_and_releases_what_it_rejects() -> None:
    check("""
        fund ann 100 USDT
        fund bob 5 BTC
        state POST_ONLY BTCUSDT
        buy 5 @ 10 ann              -> held 50 USDT
        sell 5 @ 10 bob             -> held 5 BTC; bob rejected 5
        sell 5 @ 11 bob maker       -> held 5 BTC
        bob                         -> 0+5 BTC
    """)


def test_limit_prices_keep_within_the_band_of_their_own_side() -> None:
    """10 % around 100, a tick of 7: a buyer may go up to 105, a seller down to 91."""
    check(
        """
        fund ann 100000 USDT
        fund bob 1000 BTC
        buy 1 @ 700 ann #far            -> held 700 USDT
        cancel #far ann
        sell 1 @ 98 bob
        buy 1 @ 98 ann                  -> held 98 USDT; bob filled, ann filled, bob sells 1 for 98, ann buys 1 for 98
        buy 1 @ 112 ann                 -> PRICE_OUT_OF_BAND
        buy 1 @ 105 ann #high           -> held 105 USDT
        buy 1 @ 7 ann #low              -> held 7 USDT
        sell 1 @ 84 bob                 -> PRICE_OUT_OF_BAND
        sell 1 @ 91 bob none            -> STP_MODE_NOT_ALLOWED
        sell 1 @ 700 bob                -> held 1 BTC
        """,
        listed="list BTCUSDT BTC USDT tick 7 band 1000",
    )


def test_a_market_order_holds_for_its_worst_price_and_gives_the_rest_back() -> None:
    check(
        """
        fund ann 1000 USDT
        fund bob 100 BTC
        sell 1 @ 100 bob
        buy 1 @ 100 ann
        sell 1 @ 104 bob #x
        sell 1 @ 111 bob #y
        buy 3 market ann #m         -> held 330 USDT; x filled, m expired 2, bob sells 1 for 104, ann buys 1 for 104
        ann                         -> 2+0 BTC, 796+0 USDT
        buy 2 @ 90 ann #b
        sell 3 market bob #s        -> held 3 BTC; s expired 3
        buy 2 @ 94 ann #c
        sell 3 market bob #t        -> held 3 BTC; c filled, t expired 1, ann buys 2 for 188, bob sells 2 for 188
        sell 3 market bob fok #u    -> held 3 BTC; u expired 3
        """,
        listed="list BTCUSDT BTC USDT band 1000",
    )


def test_without_a_band_of_its_own_a_market_order_has_five_per_cent() -> None:
    check("""
        fund ann 10000 USDT
        fund bob 100 BTC
        sell 1 @ 1000 bob
        buy 1 @ 1000 ann
        buy 1 market ann            -> held 1050 USDT; ann expired 1
        buy 1 @ 9000 ann            -> held 9000 USDT
    """)


def test_a_worst_price_stays_storable() -> None:
    """The last price is near the largest number that there is: 5 % more would not fit the column."""
    most = 2**63 - 1
    check(
        f"""
        fund ann {most} USDT
        fund bob {most} BTC
        sell 1 @ {most - 7} bob
        buy 1 @ {most - 7} ann      -> held 9223372036854775800 USDT; bob filled, ann filled,
            bob sells 1 for 9223372036854775800, ann buys 1 for 9223372036854775800
        buy 1 market ann            -> INSUFFICIENT_BALANCE
        """,
        listed="list BTCUSDT BTC USDT tick 10",
    )
    check(
        f"""
        fund ann {most} USDT
        fund bob {most} BTC
        sell 10 @ {most - 7} bob
        buy 10 @ {most - 7} ann
        buy 10 market ann           -> held 92233720368547758 USDT; ann expired 10
        """,
        assets="asset BTC 3, asset USDT 0",
        listed="list BTCUSDT BTC USDT tick 100 lot 10",
    )


def test_an_account_has_a_thousand_open_orders_at_most_and_one_request_cancels_them() -> None:
    lines = "\n".join(f"buy 1 @ 1 ann #a{number}" for number in range(1_000))
    check(f"""
        fund ann 2000 USDT
        stop matching
        {lines}
        buy 1 @ 1 ann #more         -> TOO_MANY_OPEN_ORDERS
        buy 1 @ 1 ann #a7           -> same
        fund bob 1 USDT
        start matching
        cancel #a7 ann              -> asked; a7 canceled 1
        buy 1 @ 1 ann #more         -> held 1 USDT
        cancel all bob              -> asked 0
        cancel all ann
        ann                         -> 2000+0 USDT
    """)


def test_whatever_one_request_cancels_goes_through_matching_as_one_entry() -> None:
    assert ACCOUNT_ORDERS_MAX <= ENTRY_EVENTS_MAX
