"""A toy exchange that says legal streams: clearing, matching and admin feeds, as slow and plain as can be."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tradewind.messages import events as ev
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

SYMBOLS = ("BTCUSDT", "ETHUSDT")
RULES = {name: SymbolRules(name, name[:3], "USDT", 2, 2, 100, 1, 0, 10**9, 0, 1000, 2000, False) for name in SYMBOLS}
SECOND_NS = 1_000_000_000


@dataclass
class Resting:
    order: ev.OrderAccepted
    left: int
    quantity: int


@dataclass
class ToyExchange:
    """Feeds its operations' entries to `tape`, in an order that the runtime could deliver; settlements lag behind."""

    tape: list[ev.Entry] = field(default_factory=list)
    books: dict[str, list[Resting]] = field(default_factory=lambda: {name: [] for name in SYMBOLS})
    accepted: int = 0
    trades: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SYMBOLS, 0))
    unsettled: deque[ev.Traded] = field(default_factory=deque)
    seqs: dict[str, int] = field(default_factory=dict)
    now: int = 0

    def __post_init__(self) -> None:
        for name in SYMBOLS:
            self.say("admin/0", ev.SymbolCreated(RULES[name]))

    def say(self, feed: str, *events: ev.Event) -> None:
        self.seqs[feed] = self.seqs.get(feed, 0) + 1
        self.now += 7 * SECOND_NS
        self.tape.append(ev.Entry(feed, self.seqs[feed], self.now, "inbox", self.seqs[feed], events))

    def run(self, operation: tuple[Any, ...]) -> None:
        verb, *words = operation
        getattr(self, verb)(*words)

    def place(self, account: int, symbol: str, side: Side, price: int, quantity: int, tif: TimeInForce, maker: bool) -> None:
        self.accepted += 1
        kind = OrderType.LIMIT_MAKER if maker else OrderType.LIMIT
        order = ev.OrderAccepted(
            self.accepted * 64, account, symbol, "", side, kind, tif, SelfTrade.EXPIRE_TAKER, price * 100, quantity
        )
        self.say("clearing/0", order, ev.BalanceChanged(account, "USDT", 5, 5))
        self.say("matching/0", *self.match(order))

    def crossing(self, order: ev.OrderAccepted) -> list[Resting]:
        sign = 1 if order.side is Side.BUY else -1
        book = [
            rest
            for rest in self.books[order.symbol]
            if rest.order.side is not order.side and sign * (order.price - rest.order.price) >= 0
        ]
        return sorted(book, key=lambda rest: (sign * rest.order.price, rest.order.order_id))

    def match(self, order: ev.OrderAccepted) -> list[ev.Event]:
        said: list[ev.Event] = []
        crossing = self.crossing(order)
        left, status, reason = order.quantity, OrderStatus.EXPIRED, ""
        if order.type is OrderType.LIMIT_MAKER and crossing:
            return [end(order, OrderStatus.REJECTED, "would take", left, False)]
        for rest in crossing:
            if not left:
                break
            if rest.order.account == order.account:
                return [*said, end(order, OrderStatus.EXPIRED_IN_MATCH, "self-trade", left, False)]
            quantity = min(left, rest.left)
            left, rest.left = left - quantity, rest.left - quantity
            self.trades[order.symbol] += 1
            trade = ev.Traded(
                order.symbol, self.trades[order.symbol], rest.order.price, quantity, order.side,
                rest.order.order_id, rest.order.account, rest.left, order.order_id, order.account, left,
            )  # fmt: skip
            said.append(trade)
            self.unsettled.append(trade)
            if not rest.left:
                self.books[order.symbol].remove(rest)
                said.append(end(rest.order, OrderStatus.FILLED, "", 0, True))
        if not left:
            return [*said, end(order, OrderStatus.FILLED, "", 0, False)]
        if order.time_in_force is not TimeInForce.GTC:
            return [*said, end(order, status, reason, left, False)]
        self.books[order.symbol].append(Resting(order, left, order.quantity))
        return [*said, ev.OrderRested(order.order_id, order.account, order.symbol, order.side, order.price, left)]

    def cancel(self, symbol: str, place: int, status: OrderStatus) -> None:
        if book := self.books[symbol]:
            rest = book.pop(place % len(book))
            self.say("matching/0", end(rest.order, status, "asked", rest.left, True))

    def amend(self, symbol: str, place: int, by: int) -> None:
        if (book := self.books[symbol]) and (rest := book[place % len(book)]).left > by:
            rest.left, rest.quantity = rest.left - by, rest.quantity - by
            o = rest.order
            self.say(
                "matching/0",
                ev.OrderReduced(o.order_id, o.account, symbol, o.side, o.price, rest.quantity, rest.left, by),
            )

    def settle(self, trades: int) -> None:
        """One entry of clearing: both legs of the oldest trades, and balances, the house's too."""
        for _ in range(min(trades, len(self.unsettled))):
            self.say("clearing/0", *legs(self.unsettled.popleft()), ev.BalanceChanged(-2, "USDT", 1, 0))

    def state(self, symbol: str, state: MarketState) -> None:
        self.say("matching/0", ev.MarketStateChanged(symbol, state, "asked"))


def end(order: ev.OrderAccepted, status: OrderStatus, reason: str, left: int, rested: bool) -> ev.OrderEnded:
    return ev.OrderEnded(order.order_id, order.account, order.symbol, status, reason, order.side, order.price, left, rested)


def legs(trade: ev.Traded) -> list[ev.Event]:
    said: list[ev.Event] = []
    for maker in (True, False):
        order, account = (trade.maker_order, trade.maker_account) if maker else (trade.taker_order, trade.taker_account)
        side = trade.taker_side.other if maker else trade.taker_side
        notional = trade.price * trade.quantity // 100
        said.append(
            ev.LegSettled(
                trade.symbol, trade.trade_id, order, account, side, maker, trade.price, trade.quantity, notional, 0, "USDT"
            )
        )
        said.append(ev.BalanceChanged(account, "USDT", notional, 0))
    return said


def heard(tape: list[ev.Entry], hears: frozenset[type]) -> list[ev.Entry]:
    """What the runtime delivers: entries with only what the machine hears, none that have nothing of it."""
    kept = [(entry, tuple(event for event in entry.events if type(event) in hears)) for entry in tape]
    return [ev.Entry(e.feed, e.seq, e.at, e.source, e.source_seq, events) for e, events in kept if events]


def exchange(operations: list[tuple[Any, ...]]) -> ToyExchange:
    toy = ToyExchange()
    for operation in operations:
        toy.run(operation)
    return toy


_symbol = st.sampled_from(SYMBOLS)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("place"), st.integers(1, 4), _symbol, st.sampled_from(Side), st.integers(9, 12), st.integers(1, 6),
            st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC]), st.booleans(),
        ),
        st.tuples(
            st.just("cancel"), _symbol, st.integers(0, 9),
            st.sampled_from([OrderStatus.CANCELED, OrderStatus.EXPIRED]),
        ),
        st.tuples(st.just("amend"), _symbol, st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("settle"), st.integers(1, 3)),
        st.tuples(st.just("state"), _symbol, st.sampled_from(MarketState)),
    ),
    max_size=40,
)  # fmt: skip
