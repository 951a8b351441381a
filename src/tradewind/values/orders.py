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


class TimeInForce(IntEnum):
    GTC = 0
    IOC = 1
    FOK = 2


class SelfTrade(IntEnum):
    """What happens when an order would trade with its own account's resting order."""

    NONE = 0  # they trade; only where the symbol allows it
    EXPIRE_TAKER = 1  # the rest of the incoming order expires


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


# (status, what matching said) -> status. A missing pair is a bug, and the book-keeper dies of it.
NEXT: dict[tuple[OrderStatus, str], OrderStatus] = {
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
