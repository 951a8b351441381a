"""Many in one request: each stands or falls by itself, in its order, and later ones see what earlier ones have taken."""

import pytest

from tests.services.clearing.drawing import Drawing, check
from tradewind.messages import commands
from tradewind.messages.commands import ORDERS_PER_BATCH_MAX, CancelOrder, CancelOrders, PlaceOrder, PlaceOrders
from tradewind.messages.events import OrderAccepted
from tradewind.messages.replies import Outcomes, Refused
from tradewind.services.clearing.tables import BALANCES, HOLDS
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal


def test_an_order_of_a_batch_that_lacks_funds_hurts_no_other() -> None:
    check("""
        fund ann 100 USDT
        batch ann buy 6 @ 10 ann #a | buy 5 @ 10 ann #b | buy 4 @ 10 ann #c -> held 60 USDT |
            INSUFFICIENT_BALANCE | held 40 USDT
        ann                                     -> 0+100 USDT
        cancels ann #a | #b | #c                -> asked | UNKNOWN_ORDER | asked; a canceled 6, c canceled 4
        ann                                     -> 100+0 USDT
    """)


def test_orders_of_a_batch_meet_in_their_order() -> None:
    check(
        """
        fund ann 100 USDT
        fund ann 9 BTC
        fund bob 9 BTC
        sell 2 @ 10 bob #x
        batch ann buy 2 @ 10 ann #a | buy 1 @ 10 ann #a | buy 2 @ 10 ann #a | sell 1 @ 30 ann #b -> held 20 USDT |
            DUPLICATE_CLIENT_ORDER_ID | same | held 1 BTC; x filled, a filled,
            bob sells 2 for 20, ann buys 2 for 20
        batch ann buy 2 @ 10 ann #a | buy 1 @ 9 ann in NOSUCH   -> same | UNKNOWN_SYMBOL
    """
    )


def order(account: int, name: str, quantity: int = 1) -> PlaceOrder:
    kind = Side.BUY, OrderType.LIMIT, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER
    return PlaceOrder(account, "BTCUSDT", name, *kind, 10, quantity)


def drawing() -> Drawing:
    made = Drawing(1, "asset BTC 0, asset USDT 0", "list BTCUSDT BTC USDT")
    made.play("fund ann 10000 USDT")
    return made


def test_a_whole_batch_is_one_entry_with_ids_in_its_order() -> None:
    made = drawing()
    node = made.venue.clearing_of(1)
    reply, events = made.venue.ask(node, PlaceOrders(1, tuple(order(1, f"n{one}") for one in range(ORDERS_PER_BATCH_MAX))))
    accepted = [event.order_id for event in events if isinstance(event, OrderAccepted)]
    assert isinstance(reply, Outcomes) and len(accepted) == ORDERS_PER_BATCH_MAX == len(reply.outcomes)
    assert accepted == sorted(accepted) == [getattr(one, "order_id", 0) for one in reply.outcomes]
    assert min(
        event.order_id for event in made.venue.ask(node, order(1, "later"))[1] if isinstance(event, OrderAccepted)
    ) > max(accepted)


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (PlaceOrders(1, ()), Refusal.BAD_REQUEST),
        (PlaceOrders(1, (order(1, "a"), order(2, "b"))), Refusal.BAD_REQUEST),
        (PlaceOrders(1, (order(1, ""),) * (ORDERS_PER_BATCH_MAX + 1)), Refusal.BATCH_TOO_LARGE),
        (CancelOrders(1, ()), Refusal.BAD_REQUEST),
        (CancelOrders(1, (CancelOrder(2, "BTCUSDT", 1),)), Refusal.BAD_REQUEST),
        (CancelOrders(1, (CancelOrder(1, "BTCUSDT", 1),) * (ORDERS_PER_BATCH_MAX + 1)), Refusal.BATCH_TOO_LARGE),
        (commands.TestOrder(1, order(2, "a")), Refusal.BAD_REQUEST),
        (PlaceOrders(-1, (order(-1, "a"),)), Refusal.UNKNOWN_ACCOUNT),
    ],
)
def test_what_is_no_batch_is_refused_whole(batch: PlaceOrders | CancelOrders | commands.TestOrder, code: Refusal) -> None:
    made = drawing()
    reply, events = made.venue.ask(made.venue.clearing_of(1), batch)
    assert isinstance(reply, Refused) and reply.code is code and not events


def test_a_test_says_what_the_order_would_hear_and_leaves_no_trace() -> None:
    made = drawing()
    (node,) = made.venue.of("clearing")
    before = node.kept.of(BALANCES)
    for _ in range(2):
        assert made.play("test buy 5 @ 10 ann #x") == "ok"
    assert made.play("test buy 5000 @ 10 ann #x") == "INSUFFICIENT_BALANCE"
    assert made.play("test buy 5 @ 10 ann show 9") == "ICEBERG_INVALID"
    assert (node.kept.of(BALANCES), node.kept.of(HOLDS)) == (before, [])
    assert made.play("buy 5 @ 10 ann #x") == "held 50 USDT", "the name is still free"
    assert made.play("test buy 5 @ 10 ann #x") == "ok", "it would be the same order"
    assert made.play("test buy 6 @ 10 ann #x") == "DUPLICATE_CLIENT_ORDER_ID"
