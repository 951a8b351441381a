"""From a recording to what clients ask: a function of the tape alone, so that an exchange and an oracle hear the same."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from tradewind.ops.lobster import FlowMessage, Kind
from tradewind.values.orders import Side


class Action(IntEnum):
    PLACE = 1  # a maker's LIMIT GTC
    AMEND = 2  # `size` is the new original quantity
    CANCEL = 3
    TAKE = 4  # a taker's LIMIT IOC


class Asked(NamedTuple):
    """One request. `name` is its order's; `side` and `price` (dollars * 10 000) are the order's own; `size` in shares.

    `recorded` is the name of the resting order that an execution hit when it was recorded.
    """

    action: Action
    name: str
    side: Side
    price: int
    size: int
    recorded: str = ""


def asked_of(messages: Iterable[FlowMessage]) -> Iterator[Asked]:
    """Names are "m<id in the recording>" for makers' orders and "t<number>" for takers'.

    A reduction is asked for as the quantity that the order would have had, were every one before it granted; one to
    nothing is a cancellation. Raises ValueError when the tape introduces an order twice.
    """
    quantities: dict[int, int] = {}
    takers = 0
    for kind, order_id, size, price, side in messages:
        name = f"m{order_id}"
        if kind is Kind.NEW:
            if order_id in quantities:
                raise ValueError(f"order {order_id} is introduced twice")
            quantities[order_id] = size
            yield Asked(Action.PLACE, name, side, price, size)
        elif kind is Kind.EXECUTE:
            takers += 1
            yield Asked(Action.TAKE, f"t{takers}", side.other, price, size, name)
        else:
            left = quantities[order_id] - size if kind is Kind.REDUCE else 0
            if left > 0:
                quantities[order_id] = left
            yield Asked(Action.AMEND if left > 0 else Action.CANCEL, name, side, price, max(left, 0))
