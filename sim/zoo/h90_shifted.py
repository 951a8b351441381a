"""H90: of a batch of which some orders are refused, the answers come sorted: first what stands, then what does not."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import PlaceOrders
from tradewind.messages.events import Event
from tradewind.messages.replies import Outcomes, Refused, Reply
from tradewind.runtime.machine import At
from tradewind.services.clearing import placing
from tradewind.services.clearing.desk import Desk

STORY = __doc__
CAUGHT_BY = ("A10",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    place_batch = placing.place_batch

    def sorted_out(desk: Desk, batch: PlaceOrders, at: At, events: list[Event]) -> Reply:
        reply = place_batch(desk, batch, at, events)
        if not isinstance(reply, Outcomes):
            return reply
        return Outcomes(tuple(sorted(reply.outcomes, key=lambda outcome: isinstance(outcome, Refused))))

    with patched(placing, "place_batch", sorted_out):
        yield MACHINES
