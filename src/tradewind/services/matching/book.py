"""The order book of one market: price, then time. Pure and hot: nothing here waits, and little of it allocates.

Each side is a ladder of levels, each level a queue of orders linked to their neighbours, so that a cancel costs the same
wherever the order stands, and an order that left is reachable from nowhere. Prices are sorted lists with the best at the end:
most of what happens to a ladder happens there. Removed orders leave no reference cycles, for machines run without the cyclic
garbage collector.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from tradewind.values.entries import ENTRY_LIMITS
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce

BUY: Final = Side.BUY
MARKET: Final = OrderType.MARKET
LIMIT_MAKER: Final = OrderType.LIMIT_MAKER
GTC: Final = TimeInForce.GTC
GTD: Final = TimeInForce.GTD
FOK: Final = TimeInForce.FOK
EXPIRE_TAKER: Final = SelfTrade.EXPIRE_TAKER
TRADING: Final = MarketState.TRADING
POST_ONLY: Final = MarketState.POST_ONLY

NOBODY: Final = -(2**63)  # no account has this number


class Level:
    """Orders at one price, oldest first. It is never empty while a ladder knows it."""

    __slots__ = ("head", "key", "tail")

    def __init__(self, key: int, only: "Resting") -> None:
        self.key = key
        self.head: Resting | None = only
        self.tail: Resting | None = only


class Resting:
    """An order that stands in the book. `quantity` is the original one, so `quantity - left` is executed."""

    __slots__ = (
        "account",
        "after",
        "before",
        "left",
        "level",
        "order_id",
        "price",
        "priority",
        "quantity",
        "self_trade",
        "side",
    )

    def __init__(
        self,
        order_id: int,
        account: int,
        side: Side,
        price: int,
        quantity: int,
        left: int,
        priority: int,
        self_trade: SelfTrade,
    ) -> None:
        self.order_id = order_id
        self.account = account
        self.side = side
        self.price = price
        self.quantity = quantity
        self.left = left
        self.priority = priority
        self.self_trade = self_trade
        self.level: Level | None = None
        self.before: Resting | None = None
        self.after: Resting | None = None

    @property
    def display(self) -> int:
        """The slice that an iceberg shows at a time; 0 = everybody sees all of it."""
        return 0

    def seen(self) -> int:
        """How much of `left` everybody sees; below 0 = all."""
        return -1

    def within_reach(self) -> int:
        """How much of it an incoming order can take before the next order at this price."""
        return self.left

    def lose(self, quantity: int) -> None:
        """To a trade, or because its owner (or self-trade prevention) took so much away."""
        self.left -= quantity


Fill = tuple[Resting, int]  # the maker, with `left` as it is after the fill, and the quantity; at the maker's price
Fate = tuple[OrderStatus, str]  # how an order ended, and why
Placed = tuple[list[Fill], int, Fate | None]  # fills, what is left of the incoming order, its fate; None = it rests

FILLED: Final[Fate] = (OrderStatus.FILLED, "")
WOULD_TAKE: Final[Fate] = (OrderStatus.REJECTED, "POST_ONLY_WOULD_TAKE")
TOO_MANY_FILLS: Final[Fate] = (OrderStatus.EXPIRED, "TOO_MANY_FILLS")
UNFILLABLE: Final[Fate] = (OrderStatus.EXPIRED, "FOK_UNFILLABLE")
REMAINDER: Final[Fate] = (OrderStatus.EXPIRED, "IOC_REMAINDER")
NO_LIQUIDITY: Final[Fate] = (OrderStatus.EXPIRED, "NO_LIQUIDITY")
SELF_TRADE: Final[Fate] = (OrderStatus.EXPIRED_IN_MATCH, "SELF_TRADE")
CLOSED: Final[dict[MarketState, Fate]] = {
    state: (OrderStatus.REJECTED, f"MARKET_{state.name}") for state in MarketState if state is not TRADING
}


class Ladder:
    """One side. `keys` ascend to the best: a key is the price for bids, minus the price for asks.

    `icebergs` are the ids of those that stand here: as long as there is none, what an order shows is all of it.
    """

    __slots__ = ("icebergs", "keys", "levels")

    def __init__(self) -> None:
        self.icebergs: set[int] = set()
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def append(self, key: int, order: Resting) -> None:
        """Behind everybody else at its price."""
        level = self.levels.get(key)
        if level is None:
            self.levels[key] = order.level = Level(key, order)
            insort(self.keys, key)
            return
        order.level = level
        order.before = tail = level.tail
        assert tail is not None, key
        tail.after = level.tail = order

    def unlink(self, order: Resting) -> None:
        level, before, after = order.level, order.before, order.after
        assert level is not None, order.order_id
        if before is not None:
            before.after = after
        else:
            level.head = after
        if after is not None:
            after.before = before
        else:
            level.tail = before
            if before is None:
                del self.levels[level.key]
                del self.keys[bisect_left(self.keys, level.key)]

    def requeue(self, order: Resting) -> None:
        """Behind everybody else at its price."""
        level = order.level
        assert level is not None, order.order_id
        self.unlink(order)
        order.before = order.after = None
        self.append(level.key, order)

    def __iter__(self) -> Iterator[Resting]:
        """Orders in the order in which they would trade."""
        for key in reversed(self.keys):
            order = self.levels[key].head
            while order is not None:
                yield order
                order = order.after


class Book:
    """`room`: with so many orders the next incoming one may trade."""

    def __init__(self, state: MarketState = TRADING) -> None:
        self.state = state
        self.room = ENTRY_LIMITS.fills
        self.orders: dict[int, Resting] = {}
        self.bids = Ladder()
        self.asks = Ladder()

    def place(
        self,
        order_id: int,
        account: int,
        side: Side,
        type_: OrderType,
        time_in_force: TimeInForce,
        self_trade: SelfTrade,
        price: int,
        quantity: int,
        priority: int,
    ) -> Placed:
        """Match an order, then let the rest of it stand or end; `price` is its limit, of a MARKET order the worst it may get.
        MARKET never rests, LIMIT_MAKER always would. `priority` must grow. Icebergs and other self-trade go through a Sweep."""
        if side is BUY:
            theirs, bound = self.asks, -price
        else:
            theirs, bound = self.bids, price
        keys = theirs.keys
        crosses = bool(keys) and keys[-1] >= bound
        rests = type_ is LIMIT_MAKER or ((time_in_force is GTC or time_in_force is GTD) and type_ is not MARKET)
        if self.state is not TRADING and (self.state is not POST_ONLY or crosses or not rests):
            return [], quantity, CLOSED[self.state]
        fills: list[Fill] = []
        left = quantity
        if crosses:
            if type_ is LIMIT_MAKER:
                return fills, quantity, WOULD_TAKE
            barred = account if self_trade is EXPIRE_TAKER else NOBODY
            if time_in_force is FOK and not _fillable(theirs, bound, quantity, barred, self.room):
                return fills, quantity, UNFILLABLE
            if not self.room:
                return fills, quantity, TOO_MANY_FILLS
            left, stopped = self._take(theirs, bound, quantity, barred, fills)
            if not left:
                return fills, 0, FILLED
            if len(fills) == self.room and keys and keys[-1] >= bound:
                return fills, left, TOO_MANY_FILLS
            if stopped:
                return fills, left, SELF_TRADE
        if rests:
            order = Resting(order_id, account, side, price, quantity, left, priority, self_trade)
            self.orders[order_id] = order
            if side is BUY:
                self.bids.append(price, order)
            else:
                self.asks.append(-price, order)
            return fills, left, None
        return fills, left, UNFILLABLE if time_in_force is FOK else NO_LIQUIDITY if type_ is MARKET else REMAINDER

    def _take(self, theirs: Ladder, bound: int, left: int, barred: int, fills: list[Fill]) -> tuple[int, bool]:
        """Trade with whatever is at `bound` or better; returns what is left, and whether an order stopped it: one
        of `barred`, or the first that is too many."""
        room = self.room
        keys, levels, orders = theirs.keys, theirs.levels, self.orders
        while keys and keys[-1] >= bound:
            level = levels[keys[-1]]
            maker = level.head
            while maker is not None and left and maker.account != barred:
                open_ = maker.left
                if open_ > left:
                    maker.left = open_ - left
                    fills.append((maker, left))
                    left = 0
                    break
                left -= open_
                maker.left = 0
                fills.append((maker, open_))
                del orders[maker.order_id]
                after = maker.after
                maker.after = None  # with the next line: no cycle of orders that are gone
                maker = after
                room -= 1
                if not room:
                    break
            level.head = maker
            if maker is not None:
                maker.before = None
                return left, left > 0
            level.tail = None
            del levels[keys.pop()]
            if not left or not room:
                break
        return left, False

    def cancel(self, order_id: int) -> Resting | None:
        """Take an order out; None when it does not rest here."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            ladder = self.bids if order.side is BUY else self.asks
            ladder.unlink(order)
            if ladder.icebergs:
                ladder.icebergs.discard(order_id)
        return order

    def reduce(self, order: Resting, quantity: int) -> int:
        """Make `quantity` the order's new original quantity; it keeps its place. Returns how much went away."""
        executed = order.quantity - order.left
        assert executed < quantity < order.quantity, (order.order_id, executed, quantity)
        by = order.quantity - quantity
        order.quantity = quantity
        order.lose(by)
        return by

    def stand(self, order: Resting) -> None:
        """Let an order rest, behind all others at its price. After a restart: call in the order of priorities."""
        assert 0 < order.left <= order.quantity and order.order_id not in self.orders, order.order_id
        self.orders[order.order_id] = order
        ladder, key = (self.bids, order.price) if order.side is BUY else (self.asks, -order.price)
        ladder.append(key, order)
        if order.display:
            ladder.icebergs.add(order.order_id)

    @property
    def crossed(self) -> bool:
        return bool(self.bids.keys and self.asks.keys) and self.bids.keys[-1] >= -self.asks.keys[-1]


def _fillable(theirs: Ladder, bound: int, quantity: int, barred: int, room: int) -> bool:
    """Whether `quantity` can trade at `bound` or better, with `room` orders, before one of `barred` is met. Touches nothing."""
    left = quantity
    for maker in theirs:
        level = maker.level
        assert level is not None, maker.order_id
        if level.key < bound or maker.account == barred or not room:
            return False
        room -= 1
        left -= maker.left
        if left <= 0:
            return True
    return False
