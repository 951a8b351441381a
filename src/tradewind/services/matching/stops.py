"""Stop orders that wait for their price, outside the book of their market."""

from bisect import bisect_left, bisect_right, insort

import msgspec

from tradewind.messages.events import OrderAccepted
from tradewind.services.matching.tables import ArmedStop
from tradewind.values.orders import OrderType, Side, TimeInForce

STOP_LOSSES = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
Key = tuple[int, int, int]  # stop price, arrival, order id


def rises(stop: ArmedStop) -> bool:
    """It triggers at its stop price or above; the others at theirs or below."""
    return (stop.side is Side.BUY) == (stop.type in STOP_LOSSES)


def is_met(stop: ArmedStop, price: int) -> bool:
    return price >= stop.stop_price if rises(stop) else price <= stop.stop_price


def as_order(stop: ArmedStop) -> OrderAccepted:
    """What it is once it has triggered."""
    at_market = not stop.type.priced
    type_ = OrderType.MARKET if at_market else OrderType.LIMIT
    force = TimeInForce.IOC if at_market else stop.time_in_force
    kind = stop.side, type_, force, stop.self_trade, stop.price, stop.quantity
    return OrderAccepted(stop.order_id, stop.account, stop.symbol, "", *kind, good_till=stop.good_till)


class Stops:
    """`due` are the ids of those whose price has come, in the order in which they trigger; the others wait by stop price."""

    __slots__ = ("_falling", "_rising", "armed", "due")

    def __init__(self) -> None:
        self.armed: dict[int, ArmedStop] = {}
        self.due: dict[int, None] = {}
        self._rising: list[Key] = []
        self._falling: list[Key] = []

    def add(self, stop: ArmedStop) -> None:
        """At load those that are due: in their order."""
        assert stop.order_id not in self.armed, stop
        self.armed[stop.order_id] = stop
        if stop.due:
            self.due[stop.order_id] = None
        else:
            insort(self._waiting(stop), _key(stop))

    def remove(self, order_id: int) -> ArmedStop | None:
        """None when no such order waits here."""
        stop = self.armed.pop(order_id, None)
        if stop is not None and stop.due:
            del self.due[order_id]
        elif stop is not None:
            waiting = self._waiting(stop)
            del waiting[bisect_left(waiting, _key(stop))]
        return stop

    def reduce(self, order_id: int, quantity: int) -> ArmedStop:
        stop = self.armed[order_id] = msgspec.structs.replace(self.armed[order_id], quantity=quantity)
        return stop

    def hit(self, low: int, high: int) -> list[ArmedStop]:
        """Take those that wait for a price in [low, high] or passed by it out of the waiting, in order of arrival."""
        rising, falling = bisect_right(self._rising, high, key=lambda key: key[0]), bisect_left(self._falling, (low,))
        keys = self._rising[:rising] + self._falling[falling:]
        del self._rising[:rising], self._falling[falling:]
        return [self.armed[order_id] for _, _, order_id in sorted(keys, key=lambda key: key[1])]

    def fall_due(self, stop: ArmedStop, place: int) -> None:
        """One that `hit` has named; `place` grows from call to call."""
        self.armed[stop.order_id] = msgspec.structs.replace(stop, due=place)
        self.due[stop.order_id] = None

    def _waiting(self, stop: ArmedStop) -> list[Key]:
        return self._rising if rises(stop) else self._falling


def _key(stop: ArmedStop) -> Key:
    return stop.stop_price, stop.arrival, stop.order_id
