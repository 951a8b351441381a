"""The machine against a book too slow to be wrong, and a machine that restarts against one that does not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.matching.feeding import SYMBOL, Feeding
from tradewind.audit.naive_book import NaiveBook
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Event,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    OrderRested,
    Traded,
)
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

OPS_MIN = 10_000
ENDINGS = {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.EXPIRED_IN_MATCH}


class Step(NamedTuple):
    """`what`: mostly an order; else cancel or reduce the `pick`-th order ever sent, or change the market's state."""

    what: str
    pick: int
    account: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    state: MarketState


# The market is open most of the time, and most orders are plain: otherwise nothing would rest for long enough to meet anything.
STEPS = st.builds(
    Step,
    st.sampled_from(["order"] * 15 + ["cancel"] * 3 + ["reduce"] * 2 + ["state"]),
    st.integers(0, 12),
    st.integers(1, 4),
    st.sampled_from(Side),
    st.sampled_from([OrderType.LIMIT] * 4 + [OrderType.MARKET, OrderType.LIMIT_MAKER]),
    st.sampled_from([TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK]),
    st.sampled_from(SelfTrade),
    st.integers(96, 104),
    st.integers(1, 12),
    st.sampled_from([MarketState.TRADING] * 12 + list(MarketState)),
)


@dataclass
class Twins:
    """Both books, and which of their behaviours have been seen."""

    seen: Counter[str]
    feeding: Feeding = field(default_factory=Feeding)
    naive: NaiveBook = field(default_factory=NaiveBook)
    sent: list[OrderAccepted] = field(default_factory=list)
    quantities: dict[int, int] = field(default_factory=dict)

    def step(self, step: Step) -> None:
        self.seen["ops"] += 1
        if step.what == "state":
            self.feeding.hear(MarketStateSet(SYMBOL, step.state, ""))
            self.naive.state = step.state
        elif step.what == "order" or not self.sent:
            self._order(to_order(len(self.sent) + 1, step))
        else:
            order = self.sent[-1 - step.pick % len(self.sent)]
            (self._cancel if step.what == "cancel" else self._reduce)(order, step.quantity)
        self._compare()

    def _order(self, order: OrderAccepted) -> None:
        self.sent.append(order)
        self.quantities[order.order_id] = order.quantity
        state = self.naive.state.name
        said = self.feeding.hear(order)
        kind = (order.side, order.type, order.time_in_force, order.self_trade, order.price, order.quantity)
        expected = self.naive.place(order.order_id, order.account, *kind)
        assert [(trade.maker_order, trade.price, trade.quantity) for trade in said if isinstance(trade, Traded)] == expected
        left = order.quantity - sum(traded for _, _, traded in expected)
        last = said[-1]
        assert isinstance(last, OrderRested | OrderEnded) and (last.order_id, last.left) == (order.order_id, left)
        assert isinstance(last, OrderRested) == (order.order_id in self.naive.orders)
        ended = [event.order_id for event in said if isinstance(event, OrderEnded)]
        gone = [maker for maker, _, _ in expected if maker not in self.naive.orders]
        assert ended == gone + [order.order_id] * isinstance(last, OrderEnded)
        fate = last.status.name if isinstance(last, OrderEnded) else "RESTS"
        assert (fate == "FILLED") == (left == 0)
        names = f"{order.type.name} {order.time_in_force.name} {order.self_trade.name}"
        self.seen.update([names, fate, state, f"{order.type.name} {fate}", f"{order.time_in_force.name} {fate}"])

    def _cancel(self, order: OrderAccepted, _: int) -> None:
        (said,) = self.feeding.hear(CancelRequested(order.order_id, order.account, SYMBOL))
        assert isinstance(said, OrderEnded) == self.naive.cancel(order.order_id)

    def _reduce(self, order: OrderAccepted, quantity: int) -> None:
        (said,) = self.feeding.hear(AmendRequested(order.order_id, order.account, SYMBOL, quantity))
        open_ = self.naive.orders[order.order_id][3] if order.order_id in self.naive.orders else 0
        by = self.quantities[order.order_id] - quantity
        assert isinstance(said, OrderReduced) == (0 < by < open_)
        if isinstance(said, OrderReduced):
            self.seen["reduced"] += 1
            self.quantities[order.order_id] = quantity
            self.naive.reduce(order.order_id, by)
            assert (said.quantity, said.left, said.by) == (quantity, open_ - by, by)

    def _compare(self) -> None:
        """The same orders stand, in the same order, with the same rest; no level is empty, nothing is crossed."""
        book = self.feeding.machine.book(SYMBOL)
        assert not book.crossed
        for ladder, taker, worst, sign in ((book.asks, Side.BUY, 10**6, -1), (book.bids, Side.SELL, 0, 1)):
            stands = [(order.order_id, order.left) for order in ladder]
            assert stands == [(order_id, order[3]) for order_id, order in self.naive.matching(taker, worst)]
            assert ladder.keys == sorted(ladder.levels)
            assert set(ladder.keys) == {sign * book.orders[order_id].price for order_id, _ in stands}
        assert book.orders.keys() == self.naive.orders.keys()


def to_order(order_id: int, step: Step) -> OrderAccepted:
    # Clearing lets only GTC through for LIMIT_MAKER.
    time_in_force = TimeInForce.GTC if step.type is OrderType.LIMIT_MAKER else step.time_in_force
    kind = (step.side, step.type, time_in_force, step.self_trade)
    return OrderAccepted(order_id, step.account, SYMBOL, "", *kind, step.price, step.quantity)


def test_the_machine_agrees_with_the_naive_book_operation_by_operation() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=140, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=90, max_size=130))
    def play(steps: list[Step]) -> None:
        twins = Twins(seen)
        twins.feeding.list_symbol()
        for step in steps:
            twins.step(step)

    play()
    wanted = {"reduced", *(state.name for state in MarketState), *(status.name for status in ENDINGS - {OrderStatus.CANCELED})}
    for self_trade in SelfTrade:
        wanted.add(f"LIMIT_MAKER GTC {self_trade.name}")
        wanted |= {f"{kind} {force.name} {self_trade.name}" for kind in ("LIMIT", "MARKET") for force in TimeInForce}
    wanted |= {"LIMIT_MAKER REJECTED", "LIMIT_MAKER RESTS", "FOK EXPIRED", "FOK FILLED", "IOC EXPIRED_IN_MATCH", "IOC FILLED"}
    assert seen["ops"] >= OPS_MIN and not wanted - seen.keys(), (seen["ops"], wanted - seen.keys())


def heard(steps: list[Step]) -> list[Event]:
    events: list[Event] = []
    for number, step in enumerate(steps):
        order = to_order(number + 1, step)
        past = max(1, number - step.pick)
        choices: dict[str, Event] = {
            "order": order,
            "state": MarketStateSet(SYMBOL, step.state, ""),
            "cancel": CancelRequested(past, steps[past - 1].account, SYMBOL),
            "reduce": AmendRequested(past, steps[past - 1].account, SYMBOL, step.quantity),
        }
        events.append(choices[step.what])
    return events


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=60), st.data())
def test_a_reload_at_any_point_changes_nothing_of_what_follows(steps: list[Step], data: st.DataObject) -> None:
    events = heard(steps)
    points = data.draw(st.sets(st.integers(0, len(events)), min_size=1, max_size=5), label="reloads before")
    steady, restarted = Feeding(), Feeding()
    for feeding in (steady, restarted):
        feeding.list_symbol()
    for number, event in enumerate(events):
        if number in points:
            restarted.reload()
        assert restarted.hear(event) == steady.hear(event)
    steady.commit()
    restarted.commit()
    assert restarted.rows == steady.rows
