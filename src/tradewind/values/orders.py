"""The field's words for orders, and the table of an order's life."""

from enum import IntEnum


class Side(IntEnum):
    BUY = 0
    SELL = 1

    @property
    def other(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(IntEnum):
    LIMIT = 0
    MARKET = 1
    LIMIT_MAKER = 2  # post-only: never takes
    STOP_LOSS = 3  # a MARKET order once its price has come
    STOP_LOSS_LIMIT = 4  # a LIMIT order once its price has come
    TAKE_PROFIT = 5
    TAKE_PROFIT_LIMIT = 6

    @property
    def waits(self) -> bool:
        """For its stop price, outside the book."""
        return self >= OrderType.STOP_LOSS

    @property
    def priced(self) -> bool:
        """Its limit is the client's; the others get the worst price that the band allows."""
        return self not in (OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)


class TimeInForce(IntEnum):
    GTC = 0
    IOC = 1
    FOK = 2
    GTD = 3  # GTC until its `good_till`


class SelfTrade(IntEnum):
    """What happens when an order would trade with its own account's resting order."""

    NONE = 0  # they trade; only where the symbol allows it
    EXPIRE_TAKER = 1  # the rest of the incoming order expires
    EXPIRE_MAKER = 2  # the resting order expires, the incoming one goes on
    EXPIRE_BOTH = 3
    DECREMENT = 4  # the smaller one expires, the larger is reduced by as much


class OrderStatus(IntEnum):
    NEW = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELED = 3
    REJECTED = 4  # refused by matching: market not open, or a post-only order that would have taken
    EXPIRED = 5
    EXPIRED_IN_MATCH = 6  # self-trade prevention

    @property
    def ended(self) -> bool:
        return self >= OrderStatus.FILLED


class MarketState(IntEnum):
    """Enforced inside matching, at a sequence number."""

    TRADING = 0
    PRE_OPEN = 1  # cancels only; opens later
    CANCEL_ONLY = 2
    POST_ONLY = 3  # only orders that rest
    HALT = 4  # cancels only, nothing trades
    DELISTED = 5  # for ever; what still rests expires


# (status, what matching said) -> status. A missing pair is a bug, and the book-keeper dies of it.
NEXT: dict[tuple[OrderStatus, str], OrderStatus] = {
    (OrderStatus.NEW, "Armed"): OrderStatus.NEW,
    (OrderStatus.NEW, "Triggered"): OrderStatus.NEW,
    (OrderStatus.NEW, "Sized"): OrderStatus.NEW,
    (OrderStatus.NEW, "Rested"): OrderStatus.NEW,
    (OrderStatus.NEW, "Reduced"): OrderStatus.NEW,
    (OrderStatus.NEW, "Traded"): OrderStatus.PARTIALLY_FILLED,
    (OrderStatus.NEW, "Canceled"): OrderStatus.CANCELED,
    (OrderStatus.NEW, "Rejected"): OrderStatus.REJECTED,
    (OrderStatus.NEW, "Expired"): OrderStatus.EXPIRED,
    (OrderStatus.NEW, "ExpiredInMatch"): OrderStatus.EXPIRED_IN_MATCH,
    (OrderStatus.PARTIALLY_FILLED, "Rested"): OrderStatus.PARTIALLY_FILLED,
    (OrderStatus.PARTIALLY_FILLED, "Reduced"): OrderStatus.PARTIALLY_FILLED,
    (OrderStatus.PARTIALLY_FILLED, "Traded"): OrderStatus.PARTIALLY_FILLED,
    (OrderStatus.PARTIALLY_FILLED, "Filled"): OrderStatus.FILLED,
    (OrderStatus.PARTIALLY_FILLED, "Canceled"): OrderStatus.CANCELED,
    (OrderStatus.PARTIALLY_FILLED, "Expired"): OrderStatus.EXPIRED,
    (OrderStatus.PARTIALLY_FILLED, "ExpiredInMatch"): OrderStatus.EXPIRED_IN_MATCH,
}

ENDING: dict[OrderStatus, str] = {
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.REJECTED: "Rejected",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.EXPIRED_IN_MATCH: "ExpiredInMatch",
}

_STRICTNESS = (
    MarketState.TRADING,
    MarketState.POST_ONLY,
    MarketState.CANCEL_ONLY,
    MarketState.PRE_OPEN,
    MarketState.HALT,
    MarketState.DELISTED,
)


def stricter(one: MarketState, other: MarketState) -> MarketState:
    """Of two words about one market the stricter holds: nobody opens what somebody else has closed."""
    return max(one, other, key=_STRICTNESS.index)
