"""The careful way through a book: for orders that meet icebergs, or that know more about self-trade than to end there."""

from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from tradewind.messages.events import OrderAccepted
from tradewind.services.matching.book import (
    BUY,
    CLOSED,
    EXPIRE_TAKER,
    FILLED,
    FOK,
    GTC,
    GTD,
    LIMIT_MAKER,
    MARKET,
    NO_LIQUIDITY,
    POST_ONLY,
    REMAINDER,
    SELF_TRADE,
    TOO_MANY_FILLS,
    TRADING,
    UNFILLABLE,
    WOULD_TAKE,
    Book,
    Fate,
    Ladder,
    Resting,
)
from tradewind.services.matching.icebergs import Iceberg
from tradewind.values.orders import SelfTrade


class What(IntEnum):
    TRADED = 0  # `quantity` of the maker
    SHOWN = 1  # the maker's next slice
    EXPIRED = 2  # the maker, by self-trade prevention; its `left` is as it was
    MAKER_REDUCED = 3  # by `quantity`, by self-trade prevention
    TAKER_REDUCED = 4


class Step(NamedTuple):
    """Told while the book stands as the step has left it; `seen` of the maker before it."""

    what: What
    maker: Resting
    quantity: int
    seen: int


def opposite(book: Book, order: OrderAccepted) -> tuple[Ladder, int]:
    """The side that `order` trades with, and the key down to which it may."""
    return (book.asks, -order.price) if order.side is BUY else (book.bids, order.price)


def rests(order: OrderAccepted) -> bool:
    return order.type is LIMIT_MAKER or (order.time_in_force in (GTC, GTD) and order.type is not MARKET)


def takes(book: Book, order: OrderAccepted) -> bool:
    theirs, bound = opposite(book, order)
    return bool(theirs.keys) and theirs.keys[-1] >= bound


def refused(book: Book, order: OrderAccepted) -> Fate | None:
    """Why the order may not even try."""
    crosses = takes(book, order)
    if book.state is not TRADING and (book.state is not POST_ONLY or crosses or not rests(order)):
        return CLOSED[book.state]
    if order.type is LIMIT_MAKER and crosses:
        return WOULD_TAKE
    if order.time_in_force is FOK and sum(quantity for _, quantity in reach(book, order)) < order.quantity:
        return UNFILLABLE
    return None


def remainder(order: OrderAccepted) -> Fate:
    """How what could not trade ends, when it may not rest."""
    return UNFILLABLE if order.time_in_force is FOK else NO_LIQUIDITY if order.type is MARKET else REMAINDER


def reach(book: Book, order: OrderAccepted) -> Iterator[tuple[int, int]]:
    """What `order` would trade with if there were no end of it: (price, quantity), meeting by meeting, as far as there is room.

    An own order is passed where it would expire, else it is the end. Touches nothing.
    """
    theirs, bound = opposite(book, order)
    room, mode = book.room, order.self_trade
    for key in reversed(theirs.keys):
        if key < bound:
            return
        maker, queue = theirs.levels[key].head, deque[tuple[int, int, int, int]]()
        while maker is not None:
            queue.append((maker.account, maker.within_reach(), maker.left, maker.display))
            maker = maker.after
        while queue:
            if not room:
                return
            room -= 1
            account, quantity, left, display = queue.popleft()
            if account == order.account and mode is not SelfTrade.NONE:
                if mode is not SelfTrade.EXPIRE_MAKER:
                    return
                continue
            yield abs(key), quantity
            if left > quantity:
                queue.append((account, min(display, left - quantity), left - quantity, display))


def sized(book: Book, order: OrderAccepted, base_precision: int, lot: int, quantity_max: int) -> int:
    """What the amount of `order` comes to in whole lots, in the book as it stands; 0 = in less than one."""
    units, total = order.quote_quantity * 10**base_precision, 0
    for price, quantity in reach(book, order):
        most = units // price
        total += min(quantity, most)
        if quantity >= most:
            break
        units -= price * quantity
    return min(total, quantity_max) // lot * lot


class Sweep:
    """One order going through the book. Iterate, and tell each step at once; then `left`, `quantity` and `fate` are its own.

    `fate` None: what is left may rest, or is a remainder.
    """

    def __init__(self, book: Book, order: OrderAccepted) -> None:
        self.left = order.quantity
        self.quantity = order.quantity
        self.fate: Fate | None = None
        self.meetings = 0
        self._book = book
        self._order = order

    def __iter__(self) -> Iterator[Step]:
        theirs, bound = opposite(self._book, self._order)
        while self.left and theirs.keys and theirs.keys[-1] >= bound and self.fate is None:
            if self.meetings == self._book.room:
                self.fate = TOO_MANY_FILLS
                return
            maker = theirs.levels[theirs.keys[-1]].head
            assert maker is not None, theirs.keys[-1]
            own = maker.account == self._order.account and self._order.self_trade is not SelfTrade.NONE
            if own and self._order.self_trade is EXPIRE_TAKER:
                self.fate = SELF_TRADE
                return
            self.meetings += 1
            yield from self._prevent(maker) if own else self._trade(theirs, maker)
        if not self.left:
            self.fate = FILLED

    def _trade(self, theirs: Ladder, maker: Resting) -> Iterator[Step]:
        seen, quantity = maker.seen(), min(self.left, maker.within_reach())
        self.left -= quantity
        if isinstance(maker, Iceberg):
            maker.take(quantity)
        else:
            maker.left -= quantity
        if not maker.left:
            self._book.cancel(maker.order_id)
        yield Step(What.TRADED, maker, quantity, seen)
        if isinstance(maker, Iceberg) and maker.left and not maker.shown:
            maker.show()
            theirs.requeue(maker)
            yield Step(What.SHOWN, maker, maker.shown, 0)

    def _prevent(self, maker: Resting) -> Iterator[Step]:
        """Of a maker and a taker with one owner: what is left of the taker stays above zero."""
        mode, by, seen = self._order.self_trade, min(maker.left, self.left), maker.seen()
        if mode is SelfTrade.EXPIRE_BOTH or (mode is SelfTrade.DECREMENT and by == self.left):
            self.fate = SELF_TRADE
        if mode is SelfTrade.DECREMENT and maker.left > by:
            self._book.reduce(maker, maker.quantity - by)
            yield Step(What.MAKER_REDUCED, maker, by, seen)
            return
        self._book.cancel(maker.order_id)
        yield Step(What.EXPIRED, maker, maker.left, seen)
        if mode is SelfTrade.DECREMENT and self.fate is None:
            self.left -= by
            self.quantity -= by
            yield Step(What.TAKER_REDUCED, maker, by, 0)
