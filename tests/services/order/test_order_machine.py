"""The book-keeper against tapes of a toy exchange: sums, lifecycle, numbering, and going on after a crash."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.kept import Run, run
from tests.services.toy import OPERATIONS, ToyExchange, exchange, heard
from tradewind.messages import events as ev
from tradewind.services.order import rules
from tradewind.services.order.machine import OrderMachine
from tradewind.services.order.tables import FILLS, ORDERS, PRIVATE_FEEDS, Order
from tradewind.values.orders import NEXT, MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

GTC, IOC = TimeInForce.GTC, TimeInForce.IOC
B, S = Side.BUY, Side.SELL
LIMIT = OrderType.LIMIT


def tape_of(operations: list[tuple[Any, ...]]) -> list[ev.Entry]:
    return heard(exchange(operations).tape, OrderMachine.hears)


def events_of(tape: list[ev.Entry], kind: type) -> list[Any]:
    return [event for entry in tape for event in entry.events if type(event) is kind]


@given(OPERATIONS)
def test_orders_are_the_sums_of_their_trades(operations: list[tuple[Any, ...]]) -> None:
    tape = tape_of(operations)
    book = run(OrderMachine, tape)
    trades, ends = events_of(tape, ev.Traded), {end.order_id: end for end in events_of(tape, ev.OrderEnded)}
    accepted = events_of(tape, ev.OrderAccepted)
    rows = {order.order_id: order for order in book.kept.of(ORDERS)}
    assert list(rows) == [order.order_id for order in accepted]
    for first in accepted:
        mine = [trade for trade in trades if first.order_id in (trade.maker_order, trade.taker_order)]
        cuts = sum(cut.by for cut in events_of(tape, ev.OrderReduced) if cut.order_id == first.order_id)
        row: Order = rows[first.order_id]
        assert row.executed == sum(trade.quantity for trade in mine) <= row.quantity == first.quantity - cuts
        assert row.quote_executed * 100 == sum(trade.quantity * trade.price for trade in mine)
        open_status = OrderStatus.PARTIALLY_FILLED if mine else OrderStatus.NEW
        assert row.status == (ends[first.order_id].status if first.order_id in ends else open_status)
        assert row.created_at <= row.updated_at


@given(OPERATIONS)
def test_private_feeds_are_contiguous_and_show_the_own_side_only(operations: list[tuple[Any, ...]]) -> None:
    tape = tape_of(operations)
    book = run(OrderMachine, tape)
    last: dict[int, int] = {}
    for said in book.said:
        assert isinstance(said, ev.OrderUpdated | ev.FillBooked | ev.BalanceUpdated)
        assert said.account > 0 and said.account_seq == last.get(said.account, 0) + 1
        last[said.account] = said.account_seq
        if isinstance(said, ev.FillBooked):
            assert said.fill.account == said.account
    assert {feed.account: feed.account_seq for feed in book.kept.of(PRIVATE_FEEDS)} == last
    assert [said.fill for said in book.said if isinstance(said, ev.FillBooked)] == events_of(tape, ev.LegSettled)
    assert len(book.kept.of(FILLS)) == len(events_of(tape, ev.LegSettled))


@given(OPERATIONS)
def test_status_never_moves_off_its_table(operations: list[tuple[Any, ...]]) -> None:
    steps = {(before, after) for (before, _), after in NEXT.items()}
    status: dict[int, OrderStatus] = {}
    for said in run(OrderMachine, tape_of(operations)).said:
        if isinstance(said, ev.OrderUpdated):
            if said.order_id in status:
                assert (status[said.order_id], said.status) in steps
            else:
                assert (said.status, said.executed) == (OrderStatus.NEW, 0)
            status[said.order_id] = said.status


@given(OPERATIONS, st.frozensets(st.integers(0, 80)))
def test_a_reload_changes_nothing(operations: list[tuple[Any, ...]], crashes: frozenset[int]) -> None:
    tape = tape_of(operations)
    calm, crashed = run(OrderMachine, tape), run(OrderMachine, tape, crashes)
    assert crashed.said == calm.said
    assert crashed.kept.rows == calm.kept.rows


def test_a_reload_after_each_commit_in_turn_changes_nothing() -> None:
    tape = tape_of(STORY)
    calm = run(OrderMachine, tape)
    for number in range(len(tape)):
        crashed = run(OrderMachine, tape, frozenset([number]))
        assert (crashed.said, crashed.kept.rows) == (calm.said, calm.kept.rows), number


STORY: list[tuple[Any, ...]] = [
    ("place", 1, "BTCUSDT", S, 10, 5, GTC, False),  # rests
    ("place", 2, "BTCUSDT", B, 10, 2, GTC, False),  # fills whole
    ("amend", "BTCUSDT", 0, 1),
    ("place", 3, "BTCUSDT", B, 10, 6, GTC, False),  # fills in part, then rests
    ("settle", 9),
    ("amend", "BTCUSDT", 0, 1),
    ("place", 4, "BTCUSDT", S, 10, 1, IOC, False),
    ("cancel", "BTCUSDT", 0, OrderStatus.CANCELED),
    ("settle", 9),
]


def test_partly_filled_then_rested_keeps_what_it_had() -> None:
    """H3, H14, H18."""
    tape = tape_of(STORY)
    book = Run(OrderMachine)
    updates = [said for entry in tape for said in book.hear(entry) if isinstance(said, ev.OrderUpdated)]
    third = [(said.status.name, said.quantity, said.executed) for said in updates if said.account == 3]
    assert third == [
        ("NEW", 6, 0),
        ("PARTIALLY_FILLED", 6, 2),
        ("PARTIALLY_FILLED", 6, 2),  # rested
        ("PARTIALLY_FILLED", 5, 2),  # amended
        ("PARTIALLY_FILLED", 5, 3),
        ("CANCELED", 5, 3),
    ]


def test_a_leg_may_be_settled_before_its_trade_is_heard_and_after_its_order_is_over() -> None:
    tape = tape_of(STORY)
    early = sorted(tape, key=lambda entry: not any(isinstance(event, ev.LegSettled) for event in entry.events))
    book = run(OrderMachine, early)
    calm = run(OrderMachine, tape)
    booked = [fill.trade_id for fill in book.kept.of(FILLS)]
    assert booked == [fill.trade_id for fill in calm.kept.of(FILLS)]
    assert book.kept.of(ORDERS) == calm.kept.of(ORDERS)


def lone(symbol: str = "BTCUSDT", quantity: int = 5) -> tuple[Run, ev.OrderAccepted]:
    """A book-keeper that has heard of one order, NEW."""
    toy = ToyExchange()
    toy.place(1, symbol, S, 10, quantity, GTC, False)
    book = Run(OrderMachine)
    tape = heard(toy.tape, OrderMachine.hears)
    for entry in tape[:-1]:
        book.hear(entry)
    return book, events_of(tape, ev.OrderAccepted)[0]


def accept_taker(book: Run, order_id: int = 999) -> None:
    book.hear(entry(ev.OrderAccepted(order_id, 2, "BTCUSDT", "", B, LIMIT, GTC, SelfTrade.NONE, 1000, 5)))


def entry(*events: ev.Event) -> ev.Entry:
    return ev.Entry("matching/0", 1, 10**15, "inbox", 1, events)


def word_event(word: str, order: ev.OrderAccepted, executed: int) -> ev.Event:
    left = order.quantity - executed
    who = (order.order_id, order.account, order.symbol)
    if word == "Rested":
        return ev.OrderRested(*who, order.side, order.price, left)
    if word == "Reduced":
        return ev.OrderReduced(*who, order.side, order.price, order.quantity - 1, left - 1, 1)
    if word == "Traded":
        return ev.Traded("BTCUSDT", 9, 1000, 1, B, order.order_id, 1, left - 1, 999, 2, 5 - executed - 1)
    status = {"Filled": 2, "Canceled": 3, "Rejected": 4, "Expired": 5, "ExpiredInMatch": 6}[word]
    return ev.OrderEnded(*who, OrderStatus(status), "why", order.side, order.price, left, False)


WORDS = ("Rested", "Reduced", "Traded", "Filled", "Canceled", "Rejected", "Expired", "ExpiredInMatch")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("status", [OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED])
def test_every_pair_of_the_table_and_no_other(status: OrderStatus, word: str) -> None:
    book, order = lone()
    accept_taker(book)
    executed = 0
    if status is OrderStatus.PARTIALLY_FILLED:
        executed = 5 if word == "Filled" else 1
        left = order.quantity - executed
        book.hear(entry(ev.Traded("BTCUSDT", 8, 1000, executed, B, order.order_id, 1, left, 999, 2, left)))
    event = word_event(word, order, executed)
    if (status, word) not in NEXT:
        with pytest.raises(AssertionError):
            book.hear(entry(event))
        return
    first = book.hear(entry(event))[0]
    assert isinstance(first, ev.OrderUpdated)
    assert (first.order_id, first.status) == (order.order_id, NEXT[status, word])


def test_an_order_that_is_over_hears_nothing_more() -> None:
    for word in WORDS:
        book, order = lone()
        accept_taker(book)
        book.hear(entry(word_event("Canceled", order, 0)))
        with pytest.raises(AssertionError):
            book.hear(entry(word_event(word, order, 0)))


@pytest.mark.parametrize(
    "lie",
    [
        ev.OrderEnded(64, 1, "BTCUSDT", OrderStatus.FILLED, "", S, 1000, 0, True),  # nothing was executed
        ev.OrderEnded(64, 1, "BTCUSDT", OrderStatus.CANCELED, "", S, 1000, 4, True),  # 5 are open
        ev.OrderEnded(64, 1, "BTCUSDT", OrderStatus.NEW, "", S, 1000, 5, True),  # no end at all
        ev.OrderRested(64, 1, "BTCUSDT", S, 1000, 4),
        ev.OrderReduced(64, 1, "BTCUSDT", S, 1000, 4, 3, 1),
        ev.OrderReduced(64, 1, "BTCUSDT", S, 1000, 0, 0, 5),
        ev.Traded("BTCUSDT", 1, 1000, 1, B, 64, 1, 3, 999, 2, 4),
        ev.Traded("BTCUSDT", 1, 1000, 6, B, 64, 1, -1, 999, 2, -1),
        ev.Traded("NOSUCH", 1, 1000, 1, B, 64, 1, 4, 999, 2, 4),
        ev.OrderAccepted(64, 1, "BTCUSDT", "", S, LIMIT, GTC, SelfTrade.NONE, 1000, 5),  # known already
        ev.MarketStateChanged("BTCUSDT", MarketState.HALT, ""),  # not its business
    ],
)
def test_a_contradiction_kills_the_machine(lie: ev.Event) -> None:
    book, order = lone()
    assert order.order_id == 64
    accept_taker(book)
    with pytest.raises(AssertionError):
        book.hear(entry(lie))


def stop_order(**given: Any) -> ev.OrderAccepted:
    what = B, OrderType.STOP_LOSS_LIMIT, GTC, SelfTrade.DECREMENT, 1000, 5
    return ev.OrderAccepted(999, 2, "BTCUSDT", "mine", *what, **given)


def test_a_row_keeps_every_word_of_the_order_and_that_it_was_triggered() -> None:
    book, _ = lone()
    words = {"stop_price": 900, "display": 2, "good_till": 77, "quote_quantity": 0, "list_id": 64}
    book.hear(entry(stop_order(**words)))
    book.hear(entry(ev.OrderArmed(999, 2, "BTCUSDT")))
    (said,) = book.hear(entry(ev.OrderTriggered(999, 2, "BTCUSDT", 900)))
    assert isinstance(said, ev.OrderUpdated) and said.triggered and said.status is OrderStatus.NEW
    row = next(row for row in book.kept.of(ORDERS) if row.order_id == 999)
    for name, value in (words | {"triggered": True, "self_trade": SelfTrade.DECREMENT}).items():
        assert getattr(row, name) == getattr(said, name) == value
    with pytest.raises(AssertionError):
        book.hear(entry(ev.OrderTriggered(999, 2, "BTCUSDT", 900)))


def test_only_a_stop_triggers_and_only_an_amount_is_sized() -> None:
    for lie in (ev.OrderTriggered(64, 1, "BTCUSDT", 900), ev.OrderSized(64, 1, "BTCUSDT", 5)):
        book, _ = lone()
        with pytest.raises(AssertionError):
            book.hear(entry(lie))


def test_an_amount_learns_its_quantity_before_it_trades() -> None:
    book, order = lone()
    taker = ev.OrderAccepted(999, 2, "BTCUSDT", "", B, OrderType.MARKET, IOC, SelfTrade.NONE, 1000, 3, quote_quantity=60)
    book.hear(entry(taker))
    (said,) = book.hear(entry(ev.OrderSized(999, 2, "BTCUSDT", 5)))
    assert isinstance(said, ev.OrderUpdated) and (said.quantity, said.status) == (5, OrderStatus.NEW)
    book.hear(entry(ev.Traded("BTCUSDT", 1, 1000, 5, B, order.order_id, 1, 0, 999, 2, 0)))
    with pytest.raises(AssertionError):
        book.hear(entry(ev.OrderSized(999, 2, "BTCUSDT", 6)))


def test_fill_ids_grow_and_never_collide() -> None:
    assert rules.fill_id(1, rules.FILLS_PER_ENTRY_MAX - 1) < rules.fill_id(2, 0)
    with pytest.raises(AssertionError):
        rules.fill_id(1, rules.FILLS_PER_ENTRY_MAX)
    assert rules.fill_id(2, 0) > 2**12 * 2, "those that the first release gave were smaller"
    assert rules.fill_id(2**37 - 1, rules.FILLS_PER_ENTRY_MAX - 1) < 2**53
