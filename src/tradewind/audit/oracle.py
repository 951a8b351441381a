"""What matching must say: the naive books of one shard, which hear what it hears at the same instants.

A book here keeps its queues sorted, else whole days would take days to judge; what it decides, it decides as the naive one. A
market whose matching has once said another word is lost: it is judged no further, so one wrong word is one finding.
"""

from bisect import bisect_left, insort
from dataclasses import replace
from typing import Any

from tradewind.audit.naive_book import NaiveBook
from tradewind.audit.naive_orders import Fate, Order
from tradewind.messages.events import MarketStateChanged, SymbolCreated, Traded
from tradewind.values.entries import ENTRY_LIMITS, EntryLimits
from tradewind.values.money import BPS, UNITS_MAX
from tradewind.values.orders import OrderStatus, SelfTrade, Side
from tradewind.values.symbols import SymbolRules

GOOD_TILL: Fate = (OrderStatus.EXPIRED, "GOOD_TILL")
Key = tuple[int, int, int]  # better price first, then earlier arrival; and the order's id


class Oracle(NaiveBook):
    """`lost`: matching has said something else."""

    def __init__(self, rules: SymbolRules, limits: EntryLimits = ENTRY_LIMITS) -> None:
        super().__init__(rules, limits)
        self.lost = False
        self._queues: dict[Side, list[Key]] = {Side.BUY: [], Side.SELL: []}
        self._stops: dict[int, Order] = {}
        self.ending: dict[int, Order] = {}  # those with an instant at which they end

    def start(self, now: int, room: int) -> None:
        self.now, self.room, self.triggers, self.said = now, room, 0, []

    def over(self) -> list[Order]:
        over = [order for order in self.ending.values() if order.good_till <= self.now]
        return sorted(over, key=lambda order: (order.good_till, order.order_id))

    def waiting(self) -> list[Order]:
        return list(self._stops.values())

    def knows(self, order_id: int) -> bool:
        """Of one that stands, or is half of a pair whose other half comes next."""
        return order_id in self.orders or (self.first_leg is not None and self.first_leg.order_id == order_id)

    def matching(self, side: Side, price: int) -> list[Order]:
        """The first of them; nobody here asks for more."""
        queue, sign = self._queues[side.other], 1 if side is Side.BUY else -1
        first = self.orders[queue[0][2]] if queue else None
        return [first] if first is not None and sign * first.price <= sign * price else []

    def rest(self, order: Order) -> None:
        self._leave(order)
        super().rest(order)
        if order.good_till:
            self.ending[order.order_id] = order
        if order.waits:
            self._stops[order.order_id] = order
        else:
            insort(self._queues[order.side], self._key(order))

    def end(self, order: Order, fate: Fate) -> None:
        self._leave(order)
        super().end(order, fate)

    def trigger(self, stop: Order) -> None:
        self._leave(stop)
        super().trigger(stop)

    def _leave(self, order: Order) -> None:
        self.ending.pop(order.order_id, None)
        if order.order_id in self.orders and self._stops.pop(order.order_id, None) is None:
            queue = self._queues[order.side]
            place = bisect_left(queue, self._key(order))
            assert queue[place][2] == order.order_id, order
            del queue[place]

    @staticmethod
    def _key(order: Order) -> Key:
        return (-order.price if order.side is Side.BUY else order.price, order.place, order.order_id)

    def reach(self, order: Order) -> list[tuple[int, int]]:
        """What it would trade with if it were endless: done, in a copy of the side that it meets."""
        twin, endless = Oracle(self.rules, self.limits), replace(order, quantity=UNITS_MAX * BPS, left=UNITS_MAX * BPS)
        twin.start(self.now, self.room)
        for _, _, order_id in self._queues[order.side.other]:
            maker = self.orders[order_id]
            if order.sign * maker.price > order.sign * order.price:
                break
            twin.rest(replace(maker, other=0))
        if order.self_trade in (SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT):
            endless.self_trade = SelfTrade.EXPIRE_TAKER
        twin.sweep(endless)
        return [(said.price, said.quantity) for said in twin.said if isinstance(said, Traded)]

    def resting(self) -> list[Order]:
        """In the order of their places in the queue."""
        return sorted((order for order in self.orders.values() if not order.waits), key=lambda order: order.place)


class Oracles:
    """One shard's markets: they share the instant, and how much may come of one input."""

    def __init__(self, limits: EntryLimits = ENTRY_LIMITS) -> None:
        self.books: dict[str, Oracle] = {}
        self._limits = limits
        self._room = 0
        self._triggers = 0

    def begin(self, now: int, tick: bool) -> list[Any]:
        """What must be said before anything else at `now`: the ends of orders of all markets first, as their instants come."""
        said: list[Any] = []
        self._room, self._triggers = self._limits.fills, 0
        for book in self.books.values():
            book.start(now, self._room)
        over = sorted((order.good_till, order.order_id, symbol) for symbol, book in self.books.items() for order in book.over())
        for _, order_id, symbol in over:
            book = self.books[symbol]
            if order_id in book.orders:
                if tick and len(said) + 2 > self._limits.ended:
                    return said
                book.said = []
                book.end(book.orders[order_id], GOOD_TILL)
                said += book.said
        for symbol in sorted(self.books):
            said += self._with(self.books[symbol], lambda book: book.wake())
        return said

    def hear(self, symbol: str, heard: Any) -> list[Any]:
        """What must be said of it. A market that is lost hears nothing more: what stands there is not what it thinks."""
        if isinstance(heard, SymbolCreated):
            self.books[symbol] = Oracle(heard.rules, self._limits)
            return [MarketStateChanged(symbol, self.books[symbol].state, "LISTED")]
        book = self.books.get(symbol)
        return [] if book is None or book.lost else self._with(book, lambda one: one.hear(heard))

    def _with(self, book: Oracle, does: Any) -> list[Any]:
        book.room, book.triggers, book.said = self._room, self._triggers, []
        does(book)
        self._room, self._triggers = book.room, book.triggers
        return book.said
