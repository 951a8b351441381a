"""Cancelling all orders of an account walks over a set of their names: its order is that of the strings' hashes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.tables import Hold

STORY = __doc__
BY = "hashes"
CAUGHT_BY = ("hashes",)
PROFILE = "direct"


def _of(self: OpenOrders, account: int) -> list[Hold]:
    names = {self._holds[order_id].client_order_id for order_id in self._by_account.get(account, ())}
    return [self._holds[self._by_name[account, name]] for name in names]


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(OpenOrders, "of", _of):
        yield MACHINES
