"""What matching promises, drawn."""

from tests.services.matching.drawing import check


def test_price_goes_before_time_and_the_maker_names_the_price() -> None:
    check("""
        sell 5 @ 102 ann            -> rests 5
        sell 5 @ 101 bob            -> rests 5
        sell 5 @ 101 cat            -> rests 5
        buy  7 @ 103 cy             -> 5 @ 101 bob, bob filled, 2 @ 101 cat, cy filled
        book                        -> 101: cat 3 / 102: ann 5
        buy  9 @ 102 dee            -> 3 @ 101 cat, cat filled, 5 @ 102 ann, ann filled, rests 1
        sell 1 @ 90 eve             -> 1 @ 102 dee, dee filled, eve filled
        book                        ->
    """)


def test_a_part_filled_order_rests_with_what_is_left_and_a_restart_remembers_it() -> None:
    check("""
        sell 5 @ 101 ann
        buy  8 @ 101 bob            -> 5 @ 101 ann, ann filled, rests 3
        reload
        sell 2 @ 101 cat            -> 2 @ 101 bob, cat filled
        reload
        sell 5 @ 101 dee            -> 1 @ 101 bob, bob filled, rests 4
        book                        -> 101: dee 4
    """)


def test_immediate_or_cancel_expires_what_it_cannot_trade() -> None:
    check("""
        sell 5 @ 101 ann
        buy  7 @ 101 bob ioc        -> 5 @ 101 ann, ann filled, expired 2 IOC_REMAINDER
        buy  7 @ 101 cat ioc        -> expired 7 IOC_REMAINDER
        book                        ->
    """)


def test_fill_or_kill_looks_before_it_touches() -> None:
    check("""
        sell 5 @ 101 ann
        sell 5 @ 103 bob
        buy  6 @ 102 cat fok        -> expired 6 FOK_UNFILLABLE
        book                        -> 101: ann 5 / 103: bob 5
        buy  6 @ 103 cat fok        -> 5 @ 101 ann, ann filled, 1 @ 103 bob, cat filled
        buy  4 @ 103 cat fok        -> 4 @ 103 bob, bob filled, cat filled
        buy  1 @ 103 cat fok        -> expired 1 FOK_UNFILLABLE
    """)


def test_fill_or_kill_does_not_count_what_lies_behind_an_order_of_its_own() -> None:
    check("""
        sell 5 @ 101 ann
        sell 5 @ 101 me as mine
        sell 5 @ 101 bob
        buy  6 @ 101 me fok stp     -> expired 6 FOK_UNFILLABLE
        buy  5 @ 101 me fok stp     -> 5 @ 101 ann, ann filled, me filled
        book                        -> 101: mine 5 bob 5
        buy  6 @ 101 me fok         -> 5 @ 101 mine, mine filled, 1 @ 101 bob, me filled
    """)


def test_a_market_order_never_passes_its_worst_price_and_never_rests() -> None:
    check("""
        sell 5 @ 101 ann
        sell 5 @ 106 bob
        buy  7 @ 105 cat market         -> 5 @ 101 ann, ann filled, expired 2 NO_LIQUIDITY
        buy  7 @ 105 cat market         -> expired 7 NO_LIQUIDITY
        buy  7 @ 106 cat market fok     -> expired 7 FOK_UNFILLABLE
        book                            -> 106: bob 5
    """)


def test_a_post_only_order_rests_or_is_rejected() -> None:
    check("""
        sell 5 @ 101 ann
        buy  1 @ 101 bob maker      -> rejected 1 POST_ONLY_WOULD_TAKE
        buy  1 @ 100 bob maker      -> rests 1
        sell 1 @ 100 cat maker      -> rejected 1 POST_ONLY_WOULD_TAKE
        book                        -> 101: ann 5 / 100: bob 1
    """)


def test_self_trade_prevention_stops_the_taker_before_its_own_order() -> None:
    check("""
        sell 2 @ 100 ann
        sell 5 @ 101 me as mine
        sell 5 @ 102 bob
        buy  9 @ 102 me stp         -> 2 @ 100 ann, ann filled, expired_in_match 7 SELF_TRADE
        book                        -> 101: mine 5 / 102: bob 5
        buy  1 @ 101 me market stp  -> expired_in_match 1 SELF_TRADE
        buy  5 @ 101 me             -> 5 @ 101 mine, mine filled, me filled
    """)


def test_a_cancelled_order_is_gone_from_its_level() -> None:
    check("""
        sell 1 @ 101 ann
        sell 1 @ 101 bob
        sell 1 @ 101 cat
        cancel bob                  -> canceled 1
        cancel bob                  -> refused UNKNOWN_ORDER
        book                        -> 101: ann 1 cat 1
        cancel ann
        cancel cat
        book                        ->
        buy  3 @ 101 dee            -> rests 3
        cancel ann                  -> refused UNKNOWN_ORDER
    """)


def test_amending_down_keeps_the_place_and_nothing_else_is_amended() -> None:
    check("""
        sell 9 @ 101 ann
        sell 9 @ 101 bob
        buy  2 @ 101 cat            -> 2 @ 101 ann, cat filled
        amend ann 9                 -> refused AMEND_MUST_REDUCE
        amend ann 2                 -> refused AMEND_MUST_REDUCE
        amend ann 3                 -> reduced 1
        amend ann 3                 -> refused AMEND_MUST_REDUCE
        amend cat 1                 -> refused UNKNOWN_ORDER
        reload
        buy  2 @ 101 cat            -> 1 @ 101 ann, ann filled, 1 @ 101 bob, cat filled
    """)


def test_a_market_that_is_not_open_takes_cancels_and_amends_only() -> None:
    for state in ("HALT", "PRE_OPEN", "CANCEL_ONLY"):
        check(f"""
            sell 9 @ 101 ann
            sell 9 @ 101 bob
            market {state}              -> state {state}
            reload
            sell 1 @ 105 cat            -> rejected 1 MARKET_{state}
            sell 1 @ 105 cat maker      -> rejected 1 MARKET_{state}
            buy  1 @ 101 cat ioc        -> rejected 1 MARKET_{state}
            buy  1 @ 101 cat market     -> rejected 1 MARKET_{state}
            amend ann 4                 -> reduced 4
            cancel bob                  -> canceled 9
            market TRADING              -> state TRADING
            buy  1 @ 101 cat            -> 1 @ 101 ann, cat filled
        """)


def test_a_post_only_market_takes_whatever_rests() -> None:
    check("""
        sell 9 @ 101 ann
        market POST_ONLY
        buy  1 @ 101 bob            -> rejected 1 MARKET_POST_ONLY
        buy  1 @ 100 bob ioc        -> rejected 1 MARKET_POST_ONLY
        buy  1 @ 100 bob market     -> rejected 1 MARKET_POST_ONLY
        buy  1 @ 101 bob maker      -> rejected 1 MARKET_POST_ONLY
        buy  1 @ 100 bob            -> rests 1
        buy  1 @ 100 cat maker      -> rests 1
    """)
