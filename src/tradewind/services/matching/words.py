"""What is said of an order, whatever it is at that moment: just accepted, resting, or waiting for its price."""

from tradewind.messages.events import OrderAccepted, OrderEnded, OrderReduced, OrderRested, OrderShown
from tradewind.services.matching.book import Fate, Resting
from tradewind.services.matching.tables import ArmedStop
from tradewind.values.orders import OrderStatus


def ended(order: OrderAccepted | ArmedStop, fate: Fate, left: int) -> OrderEnded:
    """Of one that stands in no book."""
    status, reason = fate
    return OrderEnded(order.order_id, order.account, order.symbol, status, reason, order.side, order.price, left, rested=False)


def ended_resting(order: Resting, symbol: str, fate: Fate) -> OrderEnded:
    """With `left` as it stood there, 0 when it is filled."""
    status, reason = fate
    seen = order.seen()
    return OrderEnded(order.order_id, order.account, symbol, status, reason, order.side, order.price, order.left, True, seen)


def rested(order: Resting, symbol: str) -> OrderRested:
    return OrderRested(order.order_id, order.account, symbol, order.side, order.price, order.left, order.seen())


def shown(order: Resting, symbol: str) -> OrderShown:
    return OrderShown(order.order_id, order.account, symbol, order.side, order.price, order.seen())


def reduced(order: OrderAccepted | ArmedStop, quantity: int, left: int, by: int) -> OrderReduced:
    """Of one that stands in no book; `quantity` and `left` as they are now."""
    return OrderReduced(order.order_id, order.account, order.symbol, order.side, order.price, quantity, left, by, 0)


def reduced_resting(order: Resting, symbol: str, by: int, seen: int) -> OrderReduced:
    """`seen` is what everybody saw of it before."""
    shown_by = seen - order.seen() if seen >= 0 else -1
    who = order.order_id, order.account, symbol, order.side, order.price
    return OrderReduced(*who, order.quantity, order.left, by, shown_by)


def of_pair(status: OrderStatus) -> Fate:
    """How one leg of a pair ends when the other has met `status`, or has traded or triggered (FILLED)."""
    kept = status in (OrderStatus.CANCELED, OrderStatus.REJECTED)
    return (status if kept else OrderStatus.EXPIRED), "PAIR"
