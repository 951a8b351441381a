"""What clearing asks of each kind of order, and what it holds for it."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.clearing.drawing import check
from tradewind.messages.commands import PlaceOrder
from tradewind.services.clearing.rules import GOOD_TILL_MAX_NS, TIMES, check_amount, check_kind, digest, limit_price, triggers
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

RULES = SymbolRules("BTCUSDT", "BTC", "USDT", 0, 0, 5, 3, 1, 10**9, 1000, 0, 0, False)
PLAIN = PlaceOrder(
    1, "BTCUSDT", "", Side.BUY, OrderType.LIMIT, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER, 100, 30
)  # fmt: skip


def test_a_stop_order_holds_like_the_order_that_it_becomes() -> None:
    """With a limit for that; without for the worst price around its stop price, 5 % where the market has no band."""
    check("""
        fund ann 10000 USDT
        fund bob 100 BTC
        stop matching
        buy 2 @ 120 ann stop 110 #a         -> held 240 USDT
        buy 2 market ann stop 100 #b        -> held 210 USDT
        buy 2 @ 90 ann take 95 #c           -> held 180 USDT
        sell 3 @ 80 bob stop 90 #d          -> held 3 BTC
        sell 3 market bob take 150 #e       -> held 3 BTC
        ann                                 -> 9370+630 USDT
    """)


def test_what_is_wrong_with_a_stop_order() -> None:
    check(
        """
        fund ann 10000 USDT
        fund bob 1000 BTC
        sell 3 @ 100 bob
        buy 3 @ 100 ann
        stop matching
        buy 3 @ 120 ann stop 0              -> STOP_OFF_TICK
        buy 3 @ 120 ann stop -5             -> STOP_OFF_TICK
        buy 3 @ 120 ann stop 112            -> STOP_OFF_TICK
        buy 3 @ 105 ann stop 9223372036854775810    -> STOP_OFF_TICK
        buy 3 @ 100 ann stop 100            -> STOP_WOULD_TRIGGER
        buy 3 @ 100 ann stop 95             -> STOP_WOULD_TRIGGER
        sell 3 @ 100 bob stop 100           -> STOP_WOULD_TRIGGER
        sell 3 @ 100 bob stop 105           -> STOP_WOULD_TRIGGER
        buy 3 @ 100 ann take 100            -> STOP_WOULD_TRIGGER
        sell 3 @ 100 bob take 100           -> STOP_WOULD_TRIGGER
        buy 3 @ 135 ann stop 120            -> PRICE_OUT_OF_BAND
        buy 3 @ 130 ann stop 120            -> held 390 USDT
        sell 3 @ 70 bob stop 80             -> PRICE_OUT_OF_BAND
        sell 3 @ 75 bob stop 80             -> held 3 BTC
        buy 3 market ann stop 120 fok       -> UNSUPPORTED_ORDER
        buy 3 market ann stop 120 gtc       -> UNSUPPORTED_ORDER
        """,
        listed="list BTCUSDT BTC USDT tick 5 lot 3 band 1000",
    )


@given(
    st.sampled_from([kind for kind in OrderType if kind.waits]), st.sampled_from(Side), st.integers(1, 99), st.integers(1, 99)
)
def test_a_stop_loss_waits_for_what_hurts_and_take_profit_for_the_other(
    kind: OrderType, side: Side, stop: int, last: int
) -> None:
    """A seller is hurt by a fall, a buyer by a rise; at the very price both have come."""
    hurts = last >= stop if side is Side.BUY else last <= stop
    helps = last <= stop if side is Side.BUY else last >= stop
    assert triggers(kind, side, stop, last) == (hurts if "STOP_LOSS" in kind.name else helps)


def test_icebergs() -> None:
    check(
        """
        fund ann 10000 USDT
        stop matching
        buy 30 @ 10 ann show 3              -> held 300 USDT
        buy 30 @ 10 ann maker show 27       -> held 300 USDT
        buy 31 @ 10 ann show 4              -> ICEBERG_INVALID
        buy 33 @ 10 ann show 3              -> ICEBERG_INVALID
        buy 30 @ 10 ann show 4              -> ICEBERG_INVALID
        buy 30 @ 10 ann show 30             -> ICEBERG_INVALID
        buy 30 @ 10 ann show 33             -> ICEBERG_INVALID
        buy 30 @ 10 ann show -3             -> ICEBERG_INVALID
        buy 30 @ 10 ann ioc show 6          -> ICEBERG_INVALID
        buy 30 @ 10 ann fok show 6          -> ICEBERG_INVALID
        buy 30 @ 10 ann stop 9 show 6       -> ICEBERG_INVALID
        buy 30 @ 10 ann till 60 show 6      -> held 300 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


def test_good_till() -> None:
    check("""
        fund ann 10000 USDT
        stop matching
        buy 1 @ 10 ann till 1                   -> held 10 USDT
        buy 1 @ 10 ann till 31622400            -> held 10 USDT
        buy 1 @ 10 ann till 31622401            -> GOOD_TILL_INVALID
        buy 1 @ 10 ann till 0                   -> GOOD_TILL_INVALID
        buy 1 @ 10 ann till -5                  -> GOOD_TILL_INVALID
        buy 1 @ 10 ann gtd                      -> GOOD_TILL_INVALID
        buy 1 @ 10 ann gtc till 9               -> GOOD_TILL_INVALID
        buy 1 @ 10 ann ioc till 9               -> GOOD_TILL_INVALID
        buy 1 @ 10 ann maker till 9             -> held 10 USDT
        buy 1 @ 10 ann stop 9 till 9            -> held 10 USDT
        buy 1 market ann till 9                 -> UNSUPPORTED_ORDER
    """)


def test_only_so_much_in_one_order_and_so_many_in_one_market() -> None:
    check(
        """
        fund ann 10000 USDT
        list ETHUSDT BTC USDT
        stop matching
        buy 10 @ 10 ann #a                  -> held 100 USDT
        buy 11 @ 10 ann #b                  -> NOTIONAL_TOO_LARGE
        buy 101$ market ann                 -> NO_REFERENCE_PRICE
        buy 1 @ 10 ann #b                   -> held 10 USDT
        buy 1 @ 10 ann #c                   -> TOO_MANY_OPEN_ORDERS
        pair sell 1 @ 9 / 5 ann             -> TOO_MANY_OPEN_ORDERS
        buy 1 @ 10 ann #c in ETHUSDT        -> held 10 USDT
        buy 1 @ 10 ann #a                   -> DUPLICATE_CLIENT_ORDER_ID
        buy 10 @ 10 ann #a                  -> same
        start matching
        cancel #a ann
        buy 1 @ 10 ann #c in ETHUSDT        -> same
        buy 1 @ 10 ann #d                   -> held 10 USDT
        """,
        listed="list BTCUSDT BTC USDT dearest 100 orders 2",
    )


AMOUNTS = """
    fund ann 10000 USDT
    fund bob 1000 BTC
    sell 3 @ 100 bob #first
    buy 3 @ 100 ann #second
    stop matching
"""


def test_an_order_by_amount_holds_the_amount_or_what_may_have_to_be_sold_for_it() -> None:
    """Around 100 the worst price is 105 or 95; lots of 3."""
    check(
        AMOUNTS
        + """
        buy 1000$ market ann #a             -> held 1000 USDT
        open ann                            -> 9/9 for 1000
        sell 1000$ market bob #b            -> held 12 BTC
        open bob                            -> 12/12 for 12
        buy 314$ market ann                 -> NOTIONAL_TOO_SMALL
        buy 0$ market ann                   -> QUANTITY_OFF_LOT
        buy -1$ market ann                  -> QUANTITY_OUT_OF_RANGE
        buy 1000$ market ann fok            -> UNSUPPORTED_ORDER
        buy 1000$ @ 100 ann                 -> UNSUPPORTED_ORDER
        buy 1000$ market ann stop 200       -> UNSUPPORTED_ORDER
        sell 99999999$ market bob           -> QUANTITY_OUT_OF_RANGE
        sell 94000$ market bob              -> INSUFFICIENT_BALANCE
        """,
        listed="list BTCUSDT BTC USDT lot 3 most 2000",
    )


def test_an_amount_is_spent_fill_by_fill_and_what_it_does_not_buy_comes_back() -> None:
    check(
        AMOUNTS
        + """
        sell 6 @ 90 bob #x
        sell 9 @ 95 bob #y
        buy 1000$ market ann #a             -> held 1000 USDT
        say sized a 9
        open ann                            -> 9/9 for 1000
        say trade x a 6 @ 90 & end x filled -> bob sells 6 for 540, ann buys 6 for 540
        open ann                            -> 3/9 for 460
        say trade y a 3 @ 95 & end a filled     -> bob sells 3 for 285, ann buys 3 for 285
        ann                                 -> 12+0 BTC, 8875+0 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


def test_what_an_amount_would_have_sold_at_worse_prices_is_free_once_it_is_sized() -> None:
    check(
        AMOUNTS
        + """
        buy 30 @ 100 ann #x
        sell 1000$ market bob #a            -> held 12 BTC
        say sized a 9
        bob                                 -> 988+9 BTC, 300+0 USDT
        say trade x a 9 @ 100 & end a filled    -> ann buys 9 for 900, bob sells 9 for 900
        bob                                 -> 988+0 BTC, 1200+0 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


def test_an_amount_that_buys_nothing_comes_back_whole() -> None:
    check(
        AMOUNTS
        + """
        buy 1000$ market ann #a             -> held 1000 USDT
        say end a expired                   ->
        ann                                 -> 3+0 BTC, 9700+0 USDT
        sell 1000$ market bob #b
        say end b expired                   ->
        bob                                 -> 997+0 BTC, 300+0 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


def test_an_amount_that_meets_itself_spends_less() -> None:
    """DECREMENT cuts the order, and not its hold: that comes back at its end."""
    check(
        AMOUNTS
        + """
        buy 1000$ market ann less #a
        say sized a 9 & cut a 3
        open ann                            -> 6/6 for 1000
        say end a expired
        ann                                 -> 3+0 BTC, 9700+0 USDT
        """,
        listed="list BTCUSDT BTC USDT lot 3",
    )


@given(st.sampled_from(Side), st.integers(1, 10_000), st.integers(1, 200))
def test_an_amount_surely_buys_its_quantity_and_never_needs_to_sell_more(side: Side, amount: int, ticks: int) -> None:
    order = msgspec.structs.replace(PLAIN, side=side, type=OrderType.MARKET, quantity=0, quote_quantity=amount)
    quantity, price = check_amount(RULES, MarketState.TRADING, order, ticks * 5), ticks * 5
    if isinstance(quantity, Refusal):
        assert (quantity, side) == (Refusal.NOTIONAL_TOO_SMALL, Side.BUY) and price * 3 > amount
    elif side is Side.BUY:
        assert quantity % 3 == 0 and price * quantity <= amount < price * (quantity + 3)
    else:
        assert quantity % 3 == 0 and price * (quantity - 3) < amount <= price * quantity


@pytest.mark.parametrize("mode", ["maker-goes", "both-go", "less", "none"])
def test_self_trade_modes_are_taken_and_none_only_where_it_is_allowed(mode: str) -> None:
    for allowed in (0, 1):
        answer = "STP_MODE_NOT_ALLOWED" if mode == "none" and not allowed else "held 10 USDT"
        check(
            f"""
            fund ann 100 USDT
            buy 1 @ 10 ann {mode}       -> {answer}
            """,
            listed=f"list BTCUSDT BTC USDT selftrade {allowed}",
        )


KINDS = st.builds(
    PlaceOrder,
    st.just(1),
    st.just("BTCUSDT"),
    st.just(""),
    st.sampled_from(Side),
    st.sampled_from(OrderType),
    st.sampled_from(TimeInForce),
    st.sampled_from([SelfTrade.EXPIRE_TAKER, SelfTrade.DECREMENT]),
    st.sampled_from([0, 100, 105]),
    st.sampled_from([0, 30]),
    st.sampled_from([0, 95, 105]),
    st.sampled_from([0, 6, 30]),
    st.sampled_from([0, GOOD_TILL_MAX_NS]),
    st.sampled_from([0, 700]),
)


@given(KINDS, st.sampled_from([0, 100]))
def test_whatever_is_taken_is_of_one_piece(order: PlaceOrder, last: int) -> None:
    """No field stands where it means nothing, for whatever comes through."""
    if check_kind(RULES, order, last, 0) is not None or isinstance(limit_price(RULES, order, last), Refusal):
        return
    assert order.time_in_force in TIMES[order.type]
    assert bool(order.stop_price) == order.type.waits
    assert bool(order.price) == order.type.priced
    assert bool(order.good_till) == (order.time_in_force is TimeInForce.GTD)
    assert not order.display or (order.type in (OrderType.LIMIT, OrderType.LIMIT_MAKER) and order.display < order.quantity)
    assert not order.quote_quantity or (order.type is OrderType.MARKET and not order.quantity)
    assert not order.type.waits or not last or not triggers(order.type, order.side, order.stop_price, last)


def test_the_content_of_an_old_order_is_what_it_was() -> None:
    """Rows of the release before stand in the database."""
    assert digest(PLAIN).hex() == "edf39c006bab43460dcfebf3e321ca00"


@pytest.mark.parametrize("field", ["stop_price", "display", "good_till", "quote_quantity"])
def test_every_new_word_is_part_of_the_content(field: str) -> None:
    other = msgspec.structs.replace(PLAIN, **{field: 6})
    assert len({digest(PLAIN), digest(other), digest(msgspec.structs.replace(PLAIN, **{field: 9}))}) == 3


def test_the_same_with_other_words_is_another_order() -> None:
    check("""
        fund ann 1000 USDT
        stop matching
        buy 2 @ 10 ann #x               -> held 20 USDT
        buy 2 @ 10 ann #x stop 9        -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann #x show 1        -> DUPLICATE_CLIENT_ORDER_ID
        buy 2 @ 10 ann #x               -> same
    """)


def test_a_delisted_market_takes_nothing() -> None:
    check("""
        fund ann 100 USDT
        state DELISTED BTCUSDT
        buy 1 @ 10 ann                  -> MARKET_CLOSED
        state TRADING BTCUSDT           -> MARKET_CLOSED
        buy 1 @ 10 ann                  -> MARKET_CLOSED
    """)


def test_bands_of_stops_are_measured_from_where_they_trigger() -> None:
    stop = msgspec.structs.replace(PLAIN, type=OrderType.STOP_LOSS, price=0, stop_price=200)
    assert limit_price(RULES, stop, 100) == 220 == limit_price(RULES, stop, 0)
    assert limit_price(replace(RULES, band_bps=0), stop, 100) == 210
    assert limit_price(RULES, msgspec.structs.replace(stop, side=Side.SELL), 100) == 180
