"""H14: an idempotent retry overwrites a finished order with NEW: asked again for an order that is over, clearing answers as it
should, and announces the order once more so that the read model surely has it.

The book must not take that for a second order (which would be another bug): it knows an echo, because an order's id is made
from the seq that accepted it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.commands import Command, PlaceOrder
from tradewind.messages.events import Entry, Event, OrderAccepted
from tradewind.messages.replies import OrderAck, Reply
from tradewind.runtime.machine import At, Outcome
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.rules import limit_price
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.order.machine import OrderMachine
from tradewind.values.ids import SHARDS_MAX
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A7",)
PROFILE = "direct"


class Announces(ClearingMachine):
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        reply = super()._place(order, at, events)
        if isinstance(reply, OrderAck) and reply.repeated and self._open.get(reply.order_id) is None:
            rules = self._symbols.for_order(order.symbol)
            assert not isinstance(rules, Refusal), rules
            price = limit_price(rules, order, self._symbols.last_price(order.symbol))
            if not isinstance(price, Refusal):
                _, accepted = self._accept(order, rules, price, 0, at)
                events.append(msgspec.structs.replace(accepted, order_id=reply.order_id))
        return reply


class KnowsEchoes(MatchingMachine):
    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        return super().apply(msgspec.structs.replace(item, events=tuple(e for e in item.events if not _echo(e, item.seq))), at)


def _echo(event: Event, seq: int) -> bool:
    return isinstance(event, OrderAccepted) and event.order_id // SHARDS_MAX != seq


class Overwrites(OrderMachine):
    def _follow(self, event: Event, at: int) -> None:
        if isinstance(event, OrderAccepted) and event.order_id in self._orders:
            self._orders.forget(event.order_id)
        super()._follow(event, at)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": Announces, "matching": KnowsEchoes, "order": Overwrites}
