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
from tradewind.services.clearing.placing import Welcome, accept
from tradewind.services.clearing.rules import terms_of
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.order.machine import OrderMachine
from tradewind.values.ids import ORDERS_PER_INPUT, SHARDS_MAX
from tradewind.values.orders import MarketState
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A7",)
PROFILE = "direct"


class Announces(ClearingMachine):
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        reply = super()._place(order, at, events)
        if isinstance(reply, OrderAck) and reply.repeated and self._desk.open.get(reply.order_id) is None:
            rules = self._desk.symbols.for_order(order.symbol)
            assert not isinstance(rules, Refusal), rules
            terms = terms_of(rules, MarketState.TRADING, order, self._desk.symbols.last_price(order.symbol), at.now)
            if not isinstance(terms, Refusal):
                said: list[Event] = []
                hold = accept(self._desk, Welcome(order, rules, terms, b""), at, said, 0, 0)
                self._desk.open.remove(hold)
                events += [msgspec.structs.replace(one, order_id=reply.order_id) for one in said]
        return reply


class KnowsEchoes(MatchingMachine):
    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        return super().apply(msgspec.structs.replace(item, events=tuple(e for e in item.events if not _echo(e, item.seq))), at)


def _echo(event: Event, seq: int) -> bool:
    return isinstance(event, OrderAccepted) and event.order_id // (SHARDS_MAX * ORDERS_PER_INPUT) != seq


class Overwrites(OrderMachine):
    def _follow(self, event: Event, at: int) -> None:
        if isinstance(event, OrderAccepted) and event.order_id in self._orders:
            self._orders.forget(event.order_id)
        super()._follow(event, at)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": Announces, "matching": KnowsEchoes, "order": Overwrites}
