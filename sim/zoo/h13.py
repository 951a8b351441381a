"""H13: an order is placed inside its client's request; when the client disconnects, the request is cancelled after the funds
were held, and with it both the order and the compensation.

No request reaches into a shard of ours: commands lie in an inbox and each has its effect in one commit. Here clearing looks
whether the caller has hung up when it has done half of the work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from sim.zoo.per_run import PerRun
from tradewind.machines import MACHINES
from tradewind.messages.commands import Command, Envelope, PlaceOrder
from tradewind.messages.events import Event
from tradewind.messages.replies import Answer, OrderAck, Refused, Reply
from tradewind.runtime.caller import Caller
from tradewind.runtime.machine import At
from tradewind.runtime.shard import Shard
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.values.refusals import Refusal

STORY = __doc__
CAUGHT_BY = ("A15", "A4")
PROFILE = "direct"


class InsideTheRequest(ClearingMachine):
    caller_is_gone = False

    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        reply = super()._place(order, at, events)
        if not self.caller_is_gone or not isinstance(reply, OrderAck) or reply.repeated:
            return reply
        self._desk.open.remove(self._desk.open[reply.order_id])
        events.clear()
        return Refused(Refusal.DEADLINE_PASSED)


@contextmanager
def plant() -> Iterator[Machines]:
    ask, do = Caller.ask, Shard._do
    hung_up = PerRun(dict[bytes, None])

    async def asked(self: Caller, shard: str, command: Command, command_id: bytes, *rest: Any) -> Answer:
        try:
            return await ask(self, shard, command, command_id, *rest)
        except trio.Cancelled:
            hung_up.of(self._world)[command_id] = None
            raise

    def interrupted(self: Shard, envelope: Envelope, *rest: Any) -> bytes:
        if isinstance(self._machine, InsideTheRequest):
            self._machine.caller_is_gone = envelope.command_id in hung_up.of(self._world)
        return do(self, envelope, *rest)

    with patched(Caller, "ask", asked), patched(Shard, "_do", interrupted):
        yield {**MACHINES, "clearing": InsideTheRequest}
