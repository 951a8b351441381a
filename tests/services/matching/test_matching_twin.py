"""The machine against a book too slow to be wrong, restarts at any point: the same words for the same story."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.matching.feeding import SYMBOL, Feeding
from tests.services.matching.steps import CALM, NERVOUS, NS, STEPS, Step, heard
from tradewind.audit.naive_book import NaiveBook
from tradewind.messages.events import Event, MarketStateSet, OrderAccepted, OrderEnded, SymbolCreated
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.tables import ARMED, RESTING
from tradewind.values.entries import EntryLimits
from tradewind.values.orders import MarketState, Side
from tradewind.values.symbols import SymbolRules

OPS_MIN = 10_000
SMALL = EntryLimits(fills=6, cascade_fills=3, cascade_stops=3, ended=3)
LIMITS = st.sampled_from([SMALL, EntryLimits()])


class Small(MatchingMachine):
    limits = SMALL


@dataclass
class Twins:
    """Both books, and which of their words have been heard."""

    seen: Counter[str]
    limits: EntryLimits
    rules: SymbolRules
    now: int = NS
    sent: list[OrderAccepted] = field(default_factory=list)

    def __post_init__(self) -> None:
        kind = Small if self.limits is SMALL else MatchingMachine
        self.feeding, self.naive = Feeding(kind), NaiveBook(limits=self.limits)
        self.hear(SymbolCreated(self.rules))

    def step(self, step: Step) -> None:
        self.seen["ops"] += 1
        self.now += step.wait
        self.tick()
        events = heard(step, self.sent, self.now)
        if events:
            self.hear(*events)

    def tick(self) -> None:
        """As the runtime does, before anything else is heard."""
        while 0 < self.feeding.machine.alarm() <= self.now:
            said = self.feeding.tick(self.now)
            assert said == self.naive.begin(self.now, tick=True)
            self.note(said)
            self.compare()

    def hear(self, *events: Event) -> None:
        self.sent += [event for event in events if isinstance(event, OrderAccepted)]
        said = self.feeding.hear(*events, now=self.now)
        expected = list(self.naive.begin(self.now))
        for event in events:
            expected += self.naive.hear(event)
        assert said == expected, (events, said, expected)
        self.note(said)
        self.compare()

    def note(self, said: list[Event]) -> None:
        for event in said:
            self.seen[type(event).__name__] += 1
            if isinstance(event, OrderEnded):
                self.seen[f"{event.status.name} {event.reason}".rstrip()] += 1

    def compare(self) -> None:
        """The same orders stand, in the same order, with the same rest; no level is empty, nothing is crossed."""
        machine, naive = self.feeding.machine, self.naive
        book = machine.book(SYMBOL)
        assert not book.crossed and machine.alarm() == naive.alarm() and book.state is naive.state
        for ladder, taker, worst, sign in ((book.asks, Side.BUY, 10**6, -1), (book.bids, Side.SELL, 0, 1)):
            stands = [(order.order_id, order.left, order.seen()) for order in ladder]
            assert stands == [(order.order_id, order.left, order.seen) for order in naive.matching(taker, worst)]
            assert ladder.keys == sorted(ladder.levels)
            assert set(ladder.keys) == {sign * book.orders[order_id].price for order_id, _, _ in stands}
        assert book.orders.keys() == {order.order_id for order in naive.orders.values() if not order.waits}


WORDS = {
    "Traded",
    "OrderRested",
    "OrderArmed",
    "OrderTriggered",
    "OrderSized",
    "OrderShown",
    "OrderReduced",
    "RequestRefused",
    "MarketStateChanged",
    "FILLED",
    "CANCELED",
    "CANCELED asked",
    "CANCELED PAIR",
    "REJECTED PAIR",
    "REJECTED POST_ONLY_WOULD_TAKE",
    "REJECTED PRICE_OUT_OF_BAND",
    "REJECTED MARKET_HALT",
    "REJECTED MARKET_POST_ONLY",
    "EXPIRED IOC_REMAINDER",
    "EXPIRED FOK_UNFILLABLE",
    "EXPIRED NO_LIQUIDITY",
    "EXPIRED PAIR",
    "EXPIRED GOOD_TILL",
    "EXPIRED DELISTED",
    "EXPIRED TOO_MANY_FILLS",
    "EXPIRED_IN_MATCH SELF_TRADE",
}


def test_the_machine_says_what_the_naive_book_says() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=140, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=70, max_size=110), LIMITS, st.sampled_from([CALM, NERVOUS]))
    def play(steps: list[Step], limits: EntryLimits, rules: SymbolRules) -> None:
        twins = Twins(seen, limits, rules)
        for step in steps:
            twins.step(step)
        twins.hear(MarketStateSet(SYMBOL, MarketState.DELISTED, "over"))
        for _ in range(200):
            twins.now += NS
            twins.tick()
        assert not twins.naive.orders

    play()
    assert seen["ops"] >= OPS_MIN and not WORDS - seen.keys(), (seen["ops"], WORDS - seen.keys())


def tick_both(steady: Feeding, restarted: Feeding, now: int) -> None:
    assert restarted.machine.alarm() == steady.machine.alarm()
    while 0 < steady.machine.alarm() <= now:
        assert restarted.tick(now) == steady.tick(now)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=20, max_size=80), LIMITS, st.data())
def test_a_reload_at_any_point_changes_nothing(steps: list[Step], limits: EntryLimits, data: st.DataObject) -> None:
    points = data.draw(st.sets(st.integers(0, len(steps) + 1), min_size=1, max_size=8), label="reloads before")
    kind = Small if limits is SMALL else MatchingMachine
    steady, restarted = Feeding(kind), Feeding(kind)
    sent: list[OrderAccepted] = []
    story: list[Step | Event] = [SymbolCreated(NERVOUS), *steps, MarketStateSet(SYMBOL, MarketState.DELISTED, "over")]
    now = NS
    for number, told in enumerate(story):
        now += told.wait if isinstance(told, Step) else 1
        events = heard(told, sent, now) if isinstance(told, Step) else [told]
        sent += [event for event in events if isinstance(event, OrderAccepted)]
        if number in points:
            restarted.reload()
        tick_both(steady, restarted, now)
        if events:
            assert restarted.hear(*events, now=now) == steady.hear(*events, now=now)
    while steady.machine.alarm():
        now += NS
        restarted.reload()  # in the middle of the delisting
        tick_both(steady, restarted, now)
    steady.commit()
    restarted.commit()
    assert restarted.rows == steady.rows
    assert not any(rows for table, rows in steady.rows.items() if table in (RESTING, ARMED))
