"""One cancels the other: both legs or none, and what stands behind them is held once, whatever becomes of either."""

from tests.services.clearing.drawing import check

SELLS = """
    fund ann 10000 USDT
    fund bob 10 BTC
    stop matching
"""


def test_a_pair_holds_once_what_the_dearer_leg_needs() -> None:
    check(
        SELLS
        + """
        pair sell 7 @ 120 / 80 @ 75 bob #p      -> held 7 BTC, held 0 BTC
        bob                                     -> 3+7 BTC
        pair sell 4 @ 120 / 80 bob #q           -> INSUFFICIENT_BALANCE
        pair buy 10 @ 80 / 120 @ 125 ann #r     -> held 1250 USDT, held 0 USDT
        pair buy 10 @ 100 / 120 ann #s          -> held 1260 USDT, held 0 USDT
        open ann                                -> 10/10 for 1250, 10/10 for 0, 10/10 for 1260, 10/10 for 0
        """
    )


def test_which_pairs_are_none() -> None:
    check(
        SELLS
        + """
        pair sell 5 @ 80 / 80 bob               -> ORDER_PAIR_INVALID
        pair sell 5 @ 80 / 90 bob               -> ORDER_PAIR_INVALID
        pair buy 5 @ 80 / 80 ann                -> ORDER_PAIR_INVALID
        pair buy 5 @ 80 / 70 @ 71 ann           -> ORDER_PAIR_INVALID
        pair sell 0 @ 120 / 80 bob              -> QUANTITY_OFF_LOT
        pair sell 5 @ 120 / 0 bob               -> STOP_OFF_TICK
        bob                                     -> 10+0 BTC
        """
    )


def test_the_leg_that_ends_leaves_the_other_exactly_its_own_need() -> None:
    """The maker leg needs 800, the stop leg 1250; whichever goes first."""
    check(
        SELLS
        + """
        pair buy 10 @ 80 / 120 @ 125 ann #p     -> held 1250 USDT, held 0 USDT
        say end #p.s expired
        open ann                                -> 10/10 for 800
        ann                                     -> 9200+800 USDT
        say end #p.m canceled
        ann                                     -> 10000+0 USDT
        pair buy 10 @ 80 / 120 @ 125 ann #q
        say end #q.m expired
        open ann                                -> 10/10 for 1250
        say end #q.s canceled
        ann                                     -> 10000+0 USDT
        """.replace("say end #", "say end ")
    )


def test_a_maker_leg_that_trades_in_part_ends_the_stop_and_is_cancelled() -> None:
    check(
        SELLS
        + """
        pair sell 7 @ 120 / 80 @ 75 bob #p      -> held 7 BTC, held 0 BTC
        say armed p.s
        buy 3 @ 130 ann #taker                  -> held 390 USDT
        say end p.s expired & trade p.m taker 3 @ 120 & end taker filled -> bob sells 3 for 360, ann buys 3 for 360
        bob                                     -> 3+4 BTC, 360+0 USDT
        open bob                                -> 4/7 for 4
        cancel #p.m bob                         -> asked
        say end p.m canceled
        bob                                     -> 7+0 BTC, 360+0 USDT
        """
    )


def test_a_stop_leg_that_triggers_ends_the_maker_and_trades_with_its_own_need() -> None:
    """A buyer's stop needs more than the pair's maker; a market stop holds for its worst price, 126."""
    check(
        SELLS
        + """
        pair buy 10 @ 80 / 120 ann #p           -> held 1260 USDT, held 0 USDT
        say armed p.s
        sell 4 @ 121 bob #x                     -> held 4 BTC
        say end p.m expired & triggered p.s 120
        open ann                                -> 10/10 for 1260
        say trade x p.s 4 @ 121 & end x filled & end p.s expired -> bob sells 4 for 484, ann buys 4 for 484
        ann                                     -> 4+0 BTC, 9516+0 USDT
        """
    )


def test_a_pair_that_would_take_is_rejected_both_and_comes_back() -> None:
    check(
        SELLS
        + """
        pair sell 7 @ 120 / 80 @ 75 bob #p
        say end p.m rejected & end p.s rejected
        bob                                     -> 10+0 BTC
        pair sell 7 @ 120 / 80 @ 75 bob #q
        say end q.s rejected & end q.m rejected
        bob                                     -> 10+0 BTC
        """
    )


def test_a_leg_that_is_cut_leaves_what_the_other_needs() -> None:
    """Amended, or by DECREMENT: the larger need of the two stands."""
    check(
        SELLS
        + """
        pair buy 10 @ 100 / 120 @ 110 ann #p    -> held 1100 USDT, held 0 USDT
        say cut p.s 1
        open ann                                -> 10/10 for 1000, 9/9 for 0
        say cut p.m 2
        open ann                                -> 8/8 for 990, 9/9 for 0
        amend #p.m ann 5                        -> asked
        say cut p.m 3 & end p.s expired
        open ann                                -> 5/5 for 500
        say end p.m canceled
        ann                                     -> 10000+0 USDT
        """
    )


def test_a_pair_asked_for_again_is_the_same_pair() -> None:
    check(
        SELLS
        + """
        pair sell 7 @ 120 / 80 @ 75 bob #p      -> held 7 BTC, held 0 BTC
        pair sell 7 @ 120 / 80 @ 75 bob #p      -> same
        pair sell 7 @ 120 / 80 @ 76 bob #p      -> DUPLICATE_CLIENT_ORDER_ID
        pair sell 7 @ 121 / 80 @ 75 bob #p      -> DUPLICATE_CLIENT_ORDER_ID
        pair sell 6 @ 120 / 80 @ 75 bob #p      -> DUPLICATE_CLIENT_ORDER_ID
        sell 7 @ 120 bob maker #p.m             -> DUPLICATE_CLIENT_ORDER_ID
        say end p.m canceled & end p.s canceled
        pair sell 7 @ 120 / 80 @ 75 bob #p      -> same
        bob                                     -> 10+0 BTC
        sell 1 @ 9 bob #q.s
        pair sell 7 @ 120 / 80 @ 75 bob #q      -> DUPLICATE_CLIENT_ORDER_ID
        pair sell 1 @ 120 / 80 @ 75 bob         -> held 1 BTC, held 0 BTC
        pair sell 1 @ 120 / 80 @ 75 bob         -> held 1 BTC, held 0 BTC
        """
    )


def test_of_a_pair_one_leg_is_asked_for_and_takes_the_other_with_it() -> None:
    check(
        SELLS
        + """
        pair sell 7 @ 120 / 80 @ 75 bob #p
        sell 1 @ 200 bob #x
        cancel all bob                          -> asked 3
        after 10 s bob                          -> ok
        wait 10 s                               -> p.m asked for CANCEL_AFTER, x asked for CANCEL_AFTER
        say end p.m expired
        after 10 s bob                          -> ok
        wait 10 s                               -> p.s asked for CANCEL_AFTER, x asked for CANCEL_AFTER
        """
    )
