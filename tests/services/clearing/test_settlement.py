"""Where the money goes when orders trade, drawn: fees, shards, precisions, money from outside."""

from tests.services.clearing.drawing import check
from tests.services.clearing.venue import Venue
from tradewind.messages.events import Adjusted, Entry
from tradewind.services.clearing.tables import LEDGER

FEES = "list BTCUSDT BTC USDT maker 10000 taker 50000"


def test_fees_are_taken_from_what_is_received_and_go_to_the_house() -> None:
    """The maker pays 1 %, the taker 5 %, each rounded down once a fill."""
    check(
        """
        fund ann 10000 USDT
        fund bob 1000 BTC
        sell 150 @ 20 bob           -> held 150 BTC
        buy 150 @ 20 ann            -> held 3000 USDT; bob filled, ann filled,
            bob sells 150 for 3000 fee 30 USDT, ann buys 150 for 3000 fee 7 BTC
        ann                         -> 143+0 BTC, 7000+0 USDT
        bob                         -> 850+0 BTC, 2970+0 USDT
        house                       -> 7+0 BTC, 30+0 USDT
        transit                     ->
        external                    -> -1000+0 BTC, -10000+0 USDT
        """,
        listed=FEES,
    )


def test_each_fill_is_rounded_by_itself_and_never_up() -> None:
    check(
        """
        fund ann 10000 USDT
        fund bob 1000 BTC
        sell 19 @ 1 bob #a
        sell 19 @ 1 bob #b
        sell 2 @ 1 bob #c
        buy 40 @ 1 ann              -> held 40 USDT; a filled, b filled, c filled, ann filled,
            bob sells 19 for 19, ann buys 19 for 19, bob sells 19 for 19, ann buys 19 for 19,
            bob sells 2 for 2, ann buys 2 for 2
        house                       ->
        sell 20 @ 1 bob
        buy 20 @ 1 ann              -> held 20 USDT; bob filled, ann filled,
            bob sells 20 for 20, ann buys 20 for 20 fee 1 BTC
        house                       -> 1+0 BTC
        """,
        listed=FEES,
    )


def test_whoever_spends_all_he_has_settles_all_the_same() -> None:
    """H5: nothing is left beside the hold, and nothing is needed."""
    check(
        """
        fund ann 100 USDT
        fund bob 100 BTC
        buy 100 @ 1 ann             -> held 100 USDT
        sell 100 @ 1 bob            -> held 100 BTC; ann filled, bob filled,
            ann buys 100 for 100 fee 1 BTC, bob sells 100 for 100 fee 5 USDT
        ann                         -> 99+0 BTC
        bob                         -> 95+0 USDT
        house                       -> 1+0 BTC, 5+0 USDT
        """,
        listed=FEES,
    )


def test_an_account_that_trades_with_itself_pays_both_fees() -> None:
    check(
        """
        fund ann 1000 USDT
        fund ann 100 BTC
        sell 100 @ 2 ann none #s
        buy 100 @ 2 ann none #b     -> held 200 USDT; s filled, b filled,
            ann sells 100 for 200 fee 2 USDT, ann buys 100 for 200 fee 5 BTC
        ann                         -> 95+0 BTC, 998+0 USDT
        sell 10 @ 2 ann #own
        buy 10 @ 3 ann #stopped     -> held 30 USDT; stopped expired_in_match 10
        ann                         -> 85+10 BTC, 998+0 USDT
        """,
        listed=FEES + " selftrade 1",
    )


def test_two_shards_settle_a_leg_each_and_meet_in_transit() -> None:
    """ann is shard 1's, bob shard 0's: what each has given the other stands in transit, and sums to nothing."""
    check(
        """
        fund ann 10000 USDT
        fund bob 1000 BTC
        sell 150 @ 20 bob
        buy 150 @ 20 ann            -> held 3000 USDT; bob filled, ann filled,
            bob sells 150 for 3000 fee 30 USDT, ann buys 150 for 3000 fee 7 BTC
        ann                         -> 143+0 BTC, 7000+0 USDT
        bob                         -> 850+0 BTC, 2970+0 USDT
        house                       -> 7+0 BTC, 30+0 USDT
        transit                     -> 150+0 BTC, -150+0 BTC, -3000+0 USDT, 3000+0 USDT
        sell 50 @ 20 ann #back
        buy 100 @ 21 bob #forth     -> held 2100 USDT; back filled, bob buys 50 for 1000 fee 2 BTC,
            ann sells 50 for 1000 fee 10 USDT
        cancel #forth bob           -> asked; forth canceled 50
        cancel #forth ann           -> UNKNOWN_ORDER
        """,
        clearing=2,
        listed=FEES,
    )


def test_a_shard_that_lags_behind_finds_its_money_where_it_was() -> None:
    """bob has been paid and pays it away again before ann's shard has heard that she paid."""
    check(
        """
        fund ann 100 USDT
        fund bob 5 BTC
        fund cat 5 BTC
        sell 5 @ 20 bob
        stop clearing/1
        buy 5 @ 20 ann              -> held 100 USDT; bob filled, ann filled, bob sells 5 for 100
        bob                         -> 100+0 USDT
        transit                     -> 5+0 BTC, -100+0 USDT
        sell 2 @ 50 cat             -> held 2 BTC
        buy 2 @ 50 bob              -> held 100 USDT; cat filled, bob filled, bob buys 2 for 100
        ann                         -> 0+100 USDT
        bob                         -> 2+0 BTC
        start clearing/1
        ann                         -> 5+0 BTC
        cat                         -> 3+0 BTC, 100+0 USDT
        """,
        clearing=2,
    )


def test_every_shard_measures_its_band_from_every_trade() -> None:
    check(
        """
        fund ann 1000 USDT
        fund bob 100 BTC
        fund cat 1000 USDT
        fund dan 1000 USDT
        sell 1 @ 100 bob
        buy 1 @ 100 ann
        buy 1 @ 111 cat             -> PRICE_OUT_OF_BAND
        buy 1 @ 111 dan             -> PRICE_OUT_OF_BAND
        buy 1 market dan            -> held 110 USDT; dan expired 1
        """,
        clearing=2,
        listed="list BTCUSDT BTC USDT band 1000",
    )


def test_symbols_of_different_precisions_trade_side_by_side() -> None:
    """Prices are per whole base: 0.5 BTC at 30000.00 costs 15000.00, 0.25 ETH at 0.05000 BTC costs 0.01250."""
    check(
        """
        asset ETH 3
        list ETHBTC ETH BTC tick 10 lot 100 maker 10000
        fund ann 2000000 USDT
        fund bob 100000 BTC
        fund cat 1000 ETH
        sell 50000 @ 3000000 bob
        buy 50000 @ 3000000 ann     -> held 1500000 USDT; bob filled, ann filled,
            bob sells 50000 for 1500000, ann buys 50000 for 1500000
        sell 250 @ 5000 cat in ETHBTC   -> QUANTITY_OFF_LOT
        sell 300 @ 5001 cat in ETHBTC   -> PRICE_OFF_TICK
        sell 300 @ 5010 cat in ETHBTC
        buy 200 @ 5020 ann in ETHBTC    -> held 1004 BTC; ann filled, cat sells 200 for 1002 fee 10 BTC,
            ann buys 200 for 1002
        ann                         -> 48998+0 BTC, 200+0 ETH, 500000+0 USDT
        cat                         -> 992+0 BTC, 700+100 ETH
        """,
        assets="asset BTC 5, asset USDT 2",
        listed="list BTCUSDT BTC USDT tick 100 lot 1000",
    )


def test_money_from_outside_comes_once_a_reference() -> None:
    check("""
        fund ann 100 USDT paper-7   -> ok
        fund ann 100 USDT paper-7   -> ok
        ann                         -> 100+0 USDT
        fund ann 101 USDT paper-7   -> ALREADY_EXISTS
        fund bob 100 USDT paper-7   -> ALREADY_EXISTS
        fund ann -1 USDT            -> QUANTITY_OUT_OF_RANGE
        fund ann 1 EUR              -> UNKNOWN_ASSET
        ann                         -> 100+0 USDT
        external                    -> -100+0 USDT
    """)


def test_clearing_itself_posts_a_reference_once() -> None:
    """Whatever is said twice, the money comes once: before a restart and after it."""
    (node,) = Venue().of("clearing")
    for seq in range(1, 5):
        if seq == 3:
            node.reload()
        node.apply(Entry("admin/0", seq, seq, "inbox", seq, (Adjusted(1, "USDT", 5, "paper"),)), seq)
    assert [(posting.account, posting.delta) for posting in node.kept.of(LEDGER)] == [(1, 5), (-1, -5)]
