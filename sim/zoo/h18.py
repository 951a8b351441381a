"""H18: recovered orders forget what they had executed, and their quantities become relative: an order of 5 that had executed 3
goes on as an order of 2.

Matching says what is left and never what is executed, so the recovery that can forget it is the book-keeper's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.ports.tables import Table
from tradewind.services.order.machine import OrderMachine
from tradewind.services.order.tables import ORDERS, Order

STORY = __doc__
CAUGHT_BY = ("A6",)
PROFILE = "direct"


class Forgets(OrderMachine):
    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        super().load({**rows, ORDERS: [_relative(order) for order in rows.get(ORDERS, [])]})


def _relative(order: Order) -> Order:
    return msgspec.structs.replace(order, quantity=order.quantity - order.executed, executed=0, quote_executed=0)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "order": Forgets}
