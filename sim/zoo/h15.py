"""H15: the hold remembers a client's name for its order as "held"; asked for again after it was released, it says so again,
and a second order goes live with nothing behind it.

The ledger's assertions stop the shard when such an order trades or ends; A4 sees it stand without funds, whether it does or
not.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.commands import PlaceOrder
from tradewind.messages.events import Event
from tradewind.messages.replies import OrderAck, Reply
from tradewind.runtime.machine import At
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.rules import digest, limit_price, needed
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A4",)
PROFILE = "direct"


class HoldsByName(ClearingMachine):
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        over = self._client_ids.get(order.account, order.client_order_id, at.now)
        rules = self._symbols.for_order(order.symbol)
        if over is None or over.digest != digest(order) or isinstance(rules, Refusal):
            return super()._place(order, at, events)
        price = limit_price(rules, order, self._symbols.last_price(order.symbol))
        if isinstance(price, Refusal) or self._open.named(order.account, order.client_order_id) is not None:
            return super()._place(order, at, events)
        _, need = needed(rules, order.side, price, order.quantity)
        hold, accepted = self._accept(order, rules, price, need, at)
        self._open.put(hold)
        events.append(accepted)
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": HoldsByName}
