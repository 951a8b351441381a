"""Stop orders, pairs, icebergs, amounts, self-trade, ends in time, the breaker: each drawn."""

from tests.services.matching.drawing import check


def test_a_stop_order_waits_outside_the_book_and_stops_trigger_in_line() -> None:
    check("""
        sell 4 @ 100 ann
        sell 4 @ 102 bob
        sell 4 @ 104 cat
        buy  4 @ 103 dee stop 100          -> armed
        buy  2 @ 105 eve stop 102          -> armed
        book                               -> 100: ann 4 / 102: bob 4 / 104: cat 4
        reload
        buy  4 @ 100 fay                   -> 4 @ 100 ann, ann filled, fay filled, \
dee triggered, 4 @ 102 bob, bob filled, dee filled, eve triggered, 2 @ 104 cat, eve filled
    """)


def test_a_stop_order_whose_price_has_come_triggers_at_once_and_a_market_that_is_halted_keeps_it() -> None:
    check("""
        sell 5 @ 100 ann
        buy  1 @ 100 bob                   -> 1 @ 100 ann, bob filled
        buy  1 @ 100 cy stop 99            -> armed, cy triggered, 1 @ 100 ann, cy filled
        market POST_ONLY
        buy  1 @ 100 dee stop 100          -> armed
        market TRADING                     -> state TRADING, dee triggered, 1 @ 100 ann, dee filled
        buy  1 @ 100 eve stop 101
        amend eve 1                        -> refused AMEND_MUST_REDUCE
        cancel eve                         -> canceled 1
    """)


def test_what_happens_to_one_leg_of_a_pair_ends_the_other_before_it() -> None:
    check("""
        pair sell 5 @ 105 ann stop 95 @ 90    -> armed, rests 5
        buy  2 @ 105 bob                      -> expired 5 PAIR, 2 @ 105 ann, bob filled
        reload
        book                                  -> 105: ann 3
        pair sell 5 @ 106 cy stop 95 @ 90     -> armed, rests 5
        cancel cy                             -> canceled 5 PAIR, canceled 5
        buy  5 @ 94 dee
        pair sell 5 @ 94 cy stop 92 @ 90      -> rejected 5 PAIR, rejected 5 POST_ONLY_WOULD_TAKE
        pair sell 5 @ 104 eve stop 95 @ 90    -> armed, rests 5
        sell 1 @ 94 fay                       -> 1 @ 94 dee, fay filled, expired 5 PAIR, eve's triggered, \
4 @ 94 dee, dee filled, rests 1
    """)


def test_an_iceberg_shows_slices_and_each_new_one_goes_behind_the_others() -> None:
    check("""
        sell 9 @ 101 ann show 3            -> rests 9
        sell 2 @ 101 bob
        buy  4 @ 101 cy                    -> 3 @ 101 ann, ann shows 3, 1 @ 101 bob, cy filled
        amend ann 7                        -> reduced 4
        reload
        buy  5 @ 101 dee fok               -> 1 @ 101 bob, bob filled, 3 @ 101 ann, ann shows 1, 1 @ 101 ann, ann filled, \
dee filled
    """)


def test_an_own_order_between_slices_ends_a_taker_and_what_lies_behind_is_out_of_reach() -> None:
    check("""
        sell 9 @ 101 ann show 3
        sell 2 @ 101 me as mine
        buy  4 @ 101 me stp fok            -> expired 4 FOK_UNFILLABLE
        buy  4 @ 101 me stp                -> 3 @ 101 ann, ann shows 3, expired_in_match 1 SELF_TRADE
        buy  4 @ 101 me expire_maker fok   -> expired_in_match 2 SELF_TRADE, 3 @ 101 ann, ann shows 3, 1 @ 101 ann, me filled
    """)


def test_each_way_to_prevent_a_trade_with_oneself() -> None:
    check("""
        sell 2 @ 100 ann
        sell 5 @ 101 me as mine
        sell 5 @ 101 bob
        buy  9 @ 101 me decrement          -> 2 @ 100 ann, ann filled, \
expired_in_match 5 SELF_TRADE, reduced 2, 2 @ 101 bob, me filled
        sell 5 @ 101 me as mine
        buy  4 @ 101 cy                    -> 3 @ 101 bob, bob filled, 1 @ 101 mine, cy filled
        buy  3 @ 101 me decrement          -> reduced 1, expired_in_match 3 SELF_TRADE
        buy  3 @ 101 me expire_both        -> expired_in_match 1 SELF_TRADE, expired_in_match 3 SELF_TRADE
        book                               ->
    """)


def test_an_amount_buys_whole_lots_or_nothing() -> None:
    check("""
        sell 2 @ 100 ann
        sell 5 @ 110 bob
        buy  1 @ 120 cy for 450            -> sized 4, 2 @ 100 ann, ann filled, 2 @ 110 bob, cy filled
        buy  1 @ 120 cy for 109            -> expired 1 NO_LIQUIDITY
    """)


def test_an_order_ends_at_its_instant_and_not_after_it() -> None:
    check("""
        sell 5 @ 101 ann till 5            -> rests 5
        at 4                               ->
        at 5                               -> expired 5 GOOD_TILL
        sell 5 @ 101 bob till 5            -> expired 5 GOOD_TILL
        buy  5 @ 101 cy                    -> rests 5
    """)


def test_the_breaker_halts_in_the_middle_of_a_cascade_and_the_market_opens_in_two_steps() -> None:
    check("""
        rules breaker 500 within 10 halt 4 reopen 2
        sell 1 @ 100 ann
        sell 1 @ 105 bob
        sell 1 @ 106 cat
        buy  1 @ 105 dee stop 100
        buy  1 @ 106 eve stop 105
        buy  1 @ 100 fay            -> 1 @ 100 ann, ann filled, fay filled, \
dee triggered, 1 @ 105 bob, bob filled, dee filled, state HALT
        buy  1 @ 106 gus            -> rejected 1 MARKET_HALT
        reload
        market TRADING              -> state HALT
        at 3                        ->
        at 5                        -> state POST_ONLY
        at 6                        ->
        at 7                        -> state TRADING, eve triggered, 1 @ 106 cat, cat filled, eve filled
    """)
