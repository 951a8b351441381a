"""Cancel, cancel all, amend: drawn, with the races that they lose."""

from tests.services.clearing.drawing import check


def test_an_order_is_found_by_id_or_by_name_and_only_by_its_owner() -> None:
    check("""
        fund ann 100 USDT
        fund bob 100 USDT
        buy 2 @ 10 ann #x
        list ETHUSDT BTC USDT
        cancel x bob                -> UNKNOWN_ORDER
        cancel #x bob               -> UNKNOWN_ORDER
        amend x bob 1               -> UNKNOWN_ORDER
        amend #x bob 1              -> UNKNOWN_ORDER
        cancel #nosuch ann          -> UNKNOWN_ORDER
        amend #nosuch ann 1         -> UNKNOWN_ORDER
        cancel x ann in ETHUSDT     -> UNKNOWN_ORDER
        cancel #x ann in ETHUSDT    -> UNKNOWN_ORDER
        amend #x ann 1 in ETHUSDT   -> UNKNOWN_ORDER
        amend x ann 1               -> asked; x reduced 1
        cancel x ann                -> asked; x canceled 1
        cancel x ann                -> UNKNOWN_ORDER
        ann                         -> 100+0 USDT
    """)


def test_a_cancel_that_loses_the_race_changes_nothing() -> None:
    """H2: the order is filled before the cancel arrives; its hold is gone once, not twice."""
    check("""
        fund ann 100 USDT
        fund bob 9 BTC
        buy 3 @ 10 ann #x
        buy 1 @ 9 ann #other        -> held 9 USDT
        stop clearing
        sell 3 @ 10 bob             -> held 3 BTC; x filled, bob filled
        cancel #x ann               -> asked; x UNKNOWN_ORDER
        cancel x ann                -> asked; x UNKNOWN_ORDER
        cancel all ann              -> asked 2; x UNKNOWN_ORDER, other canceled 1
        start clearing
        cancel #x ann               -> UNKNOWN_ORDER
        ann                         -> 3+0 BTC, 70+0 USDT
        bob                         -> 6+0 BTC, 30+0 USDT
    """)


def test_a_cancel_asked_twice_releases_once() -> None:
    check("""
        fund ann 100 USDT
        buy 3 @ 10 ann #x
        stop matching
        cancel #x ann               -> asked
        cancel #x ann               -> asked
        ann                         -> 70+30 USDT
        start matching
        ann                         -> 100+0 USDT
    """)


def test_a_cancel_after_a_part_fill_gives_back_the_rest() -> None:
    check("""
        fund ann 100 USDT
        fund bob 9 BTC
        buy 5 @ 10 ann #x
        sell 2 @ 10 bob
        cancel #x ann               -> asked; x canceled 3
        ann                         -> 2+0 BTC, 80+0 USDT
    """)


def test_amending_down_releases_exactly_what_is_no_longer_needed() -> None:
    check("""
        fund ann 100 USDT
        fund bob 99 BTC
        buy 9 @ 10 ann #x           -> held 90 USDT
        sell 2 @ 10 bob
        ann                         -> 2+0 BTC, 10+70 USDT
        amend #x ann 9              -> AMEND_MUST_REDUCE
        amend #x ann 10             -> AMEND_MUST_REDUCE
        amend #x ann 2              -> AMEND_MUST_REDUCE
        amend #x ann 0              -> QUANTITY_OFF_LOT
        amend #x ann -1             -> QUANTITY_OFF_LOT
        amend #x ann 5              -> asked; x reduced 3
        ann                         -> 2+0 BTC, 50+30 USDT
        open ann                    -> 3/5 for 30
        sell 9 @ 10 bob             -> held 9 BTC; x filled, ann buys 3 for 30, bob sells 3 for 30
        ann                         -> 5+0 BTC, 50+0 USDT
    """)


def test_an_amend_off_the_lot_is_refused() -> None:
    check(
        """
        fund ann 100 USDT
        buy 9 @ 10 ann #x
        amend #x ann 5              -> QUANTITY_OFF_LOT
        amend #x ann 6              -> asked; x reduced 6
        ann                         -> 40+60 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


def test_an_amend_that_loses_the_race_changes_nothing() -> None:
    """Fills come first, and take what was to be cut away; whatever is left stands as it was."""
    check("""
        fund ann 100 USDT
        fund bob 99 BTC
        buy 9 @ 10 ann #x
        stop clearing
        sell 6 @ 10 bob
        amend #x ann 6              -> asked; x AMEND_MUST_REDUCE
        amend #x ann 5              -> asked; x AMEND_MUST_REDUCE
        amend #x ann 7              -> asked; x reduced 1
        amend #x ann 8              -> asked; x AMEND_MUST_REDUCE
        start clearing
        ann                         -> 6+0 BTC, 30+10 USDT
        open ann                    -> 1/7 for 10
        stop clearing
        cancel #x ann               -> asked; x canceled 1
        amend #x ann 6              -> AMEND_MUST_REDUCE
        amend #x ann 7              -> AMEND_MUST_REDUCE
        start clearing
        amend #x ann 6              -> UNKNOWN_ORDER
    """)


def test_cancel_all_takes_one_symbol_or_all_and_nobody_elses() -> None:
    check("""
        fund ann 100 USDT
        fund bob 100 USDT
        list ETHUSDT BTC USDT
        cancel all ann              -> asked 0
        buy 1 @ 10 ann #a
        buy 1 @ 11 ann #b in ETHUSDT
        buy 1 @ 12 ann #c
        buy 1 @ 13 bob #d
        cancel all ann in NOSUCH    -> UNKNOWN_SYMBOL
        cancel all ann in BTCUSDT   -> asked 2; a canceled 1, c canceled 1
        buy 1 @ 12 ann #e
        stop matching
        cancel all ann              -> asked 2
        start matching
        ann                         -> 100+0 USDT
        bob                         -> 87+13 USDT
    """)
