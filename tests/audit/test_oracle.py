"""The auditors' oracle against the book too slow to be wrong; and what it says of a queue that was jumped."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audit.exchange import Exchange
from tests.audit.forging import Forgery
from tests.services.matching.feeding import SYMBOL
from tests.services.matching.steps import CALM, NERVOUS, NS, STEPS, Step, heard
from tradewind.audit.naive_book import NaiveBook
from tradewind.audit.oracle import Oracles
from tradewind.messages import events as ev
from tradewind.values.entries import EntryLimits
from tradewind.values.orders import Side
from tradewind.values.symbols import SymbolRules

SMALL = EntryLimits(fills=6, cascade_fills=3, cascade_stops=3, ended=3)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(STEPS, min_size=40, max_size=100),
    st.sampled_from([SMALL, EntryLimits()]),
    st.sampled_from([CALM, NERVOUS]),
)
def test_the_oracle_agrees_with_the_naive_book(steps: list[Step], limits: EntryLimits, rules: SymbolRules) -> None:
    naive, oracles, now = NaiveBook(limits=limits), Oracles(limits), NS
    sent: list[ev.OrderAccepted] = []

    def both(tick: bool, *events: ev.Event) -> None:
        assert oracles.begin(now, tick) == list(naive.begin(now, tick))
        for event in events:
            assert oracles.hear(SYMBOL, event) == naive.hear(event)
            sent.extend([event] if isinstance(event, ev.OrderAccepted) else [])

    both(False, ev.SymbolCreated(rules))
    for step in steps:
        now += step.wait
        while 0 < naive.alarm() <= now:
            both(True)
        events = heard(step, sent, now)
        if events:
            both(False, *events)
        book = oracles.books[SYMBOL]
        assert {order.order_id: order.left for order in book.orders.values()} == {
            order.order_id: order.left for order in naive.orders.values()
        }


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
