"""The auditors' oracle against a book too slow to be wrong; and what it says of a queue that was jumped."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.exchange import Exchange
from tests.audit.forging import Forgery
from tests.services.matching.feeding import SYMBOL, Feeding
from tests.services.matching.test_matching_twin import STEPS, Step, to_order
from tradewind.audit.naive_book import NaiveBook
from tradewind.audit.oracle import Oracle, gist
from tradewind.messages import events as ev
from tradewind.values.orders import MarketState, Side


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=40, max_size=100))
def test_the_oracle_agrees_with_the_naive_book(steps: list[Step]) -> None:
    feeding, naive, oracle = Feeding(), NaiveBook(), Oracle(SYMBOL)
    feeding.list_symbol()
    for number, step in enumerate(steps, 1):
        if step.what == "state":
            feeding.hear(ev.MarketStateSet(SYMBOL, step.state, ""))
            naive.state = oracle.state = step.state
            continue
        order = to_order(number, step)
        foretold = oracle.placed(order)
        kind = (order.side, order.type, order.time_in_force, order.self_trade, order.price, order.quantity)
        fills = naive.place(order.order_id, order.account, *kind)
        assert [(word[6], word[3], word[4]) for word in foretold if word[0] == "Traded"] == fills
        assert (foretold[-1][0] == "OrderRested") == (order.order_id in naive.orders)
        for said in feeding.hear(order):
            assert oracle.follow(said, order.quantity) is None
        assert {order_id: standing.left for order_id, standing in oracle.orders.items()} == {
            order_id: standing[3] for order_id, standing in naive.orders.items()
        }


def test_facts_are_told_and_words_for_people_are_not() -> None:
    changed = ev.MarketStateChanged("BTCUSDT", MarketState.HALT, "maintenance")
    assert gist(changed) == ("MarketStateChanged", "BTCUSDT", MarketState.HALT)


def test_last_in_first_out_is_found() -> None:
    exchange = Exchange(1)
    exchange.open()
    price, quantity = 100_000_000, 50_000
    first = exchange.place(1, "BTCUSDT", Side.SELL, price, quantity)
    exchange.settle()
    second = exchange.place(2, "BTCUSDT", Side.SELL, price, quantity)
    exchange.settle()
    exchange.place(3, "BTCUSDT", Side.BUY, price, quantity)
    exchange.settle()
    forgery = Forgery(exchange.books())
    (trade,) = forgery.places("matching", ev.Traded)
    assert trade.event.maker_order == first
    forgery.say(trade, msgspec.structs.replace(trade.event, maker_order=second, maker_account=2))
    found = [str(finding) for finding in forgery.findings() if finding.auditor == "A9"]
    assert len(found) == 1 and str(first) in found[0], found
