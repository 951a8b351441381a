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
from tradewind.services.clearing.placing import Welcome, accept
from tradewind.services.clearing.rules import digest, terms_of
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A4",)
PROFILE = "direct"


class HoldsByName(ClearingMachine):
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        over = self._desk.client_ids.get(order.account, order.client_order_id, at.now)
        rules = self._desk.symbols.for_order(order.symbol)
        if over is None or over.digest != digest(order) or isinstance(rules, Refusal):
            return super()._place(order, at, events)
        last, state = self._desk.symbols.last_price(order.symbol), self._desk.symbols.state(order.symbol)
        terms = terms_of(rules, state, order, last, at.now)
        if isinstance(terms, Refusal) or self._desk.open.named(order.account, order.client_order_id) is not None:
            return super()._place(order, at, events)
        hold = accept(self._desk, Welcome(order, rules, terms, digest(order)), at, events, 0, terms.need)
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": HoldsByName}
