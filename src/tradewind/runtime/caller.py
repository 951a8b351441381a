"""Asking a shard to do something, and learning what came of it, through a bus that may lose either way."""

from collections.abc import Callable

import trio

from tradewind.messages.codec import Undecodable, decode, encode
from tradewind.messages.commands import Command, Envelope
from tradewind.messages.replies import Answer, Answers, Refused
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.ports.world import World
from tradewind.runtime.host import COMMAND_PATH
from tradewind.runtime.inbox import Waiter
from tradewind.runtime.limits import Limits
from tradewind.values.refusals import Refusal

# That the deadline has passed one writer says by its own clock, and it is written down nowhere. Another copy of the command may
# still lie in the inbox, or be under way, when a successor takes over whose clock is behind, and that one does it. So whoever
# asked learns that nobody knows, not that it was not done. It costs nothing: where clocks agree, he has given up by then.
_LATE = Refused(Refusal.DEADLINE_PASSED)


class Caller:
    """One per process that sends commands. `name` is unique among living processes."""

    def __init__(self, name: str, world: World, limits: Limits) -> None:
        self.bus_works = True
        self._mailbox = f"caller/{name}"
        self._name = name
        self._world = world
        self._limits = limits
        self._asked = 0
        self._waiting: dict[str, Waiter] = {}

    async def run(self) -> None:
        """Take answers in, until cancelled."""
        after = 0  # the name is new, so the mailbox holds nothing but answers to us
        while True:
            try:
                arrived = await self._world.bus.receive(self._mailbox, after, self._limits.read_wait_s)
            except Unavailable:
                self.bus_works = False
                await trio.sleep(self._limits.retry_s)
                continue
            self.bus_works = True
            for position, body in arrived:
                after = position
                try:
                    for answer in decode(Answers, body).answers:
                        self._resolve(answer)
                except Undecodable:
                    self._world.tally.count("answer undecodable")

    def _resolve(self, body: bytes) -> None:
        """Raises Undecodable."""
        answer = decode(Answer, body)
        waiter = self._waiting.get(answer.request)
        if waiter is not None:
            waiter.resolve(body)

    async def ask(
        self,
        shard: str,
        command: Command,
        command_id: bytes,
        timeout_s: float,
        trace: str = "",
        handed: Callable[[], None] | None = None,
    ) -> Answer:
        """What `shard` answered. `handed` is called once the command is where no later one can overtake it.

        Raises Unavailable (surely not done) or Unknown (no answer within `timeout_s`, or the shard found it late).

        The command id makes asking twice harmless, so an answer that is slow to come is asked for again over the network.
        """
        self._asked += 1
        request = f"{self._name}-{self._asked}"
        deadline = self._world.clock.now() + int(timeout_s * 1e9)
        envelope = Envelope(command_id, request, deadline, self._mailbox, command, trace)
        body = encode(envelope, self._world.writes)
        waiter = self._waiting[request] = Waiter()
        try:
            with trio.move_on_after(timeout_s):
                answer = decode(Answer, await self._ask(shard, body, waiter, timeout_s, handed))
                if answer.reply == _LATE:
                    raise Unknown(f"{shard} said that the deadline has passed, by its clock")
                return answer
        finally:
            del self._waiting[request]
        self._world.tally.count("answer did not come")
        raise Unknown(f"{shard} did not answer within {timeout_s} s")

    async def _ask(self, shard: str, body: bytes, waiter: Waiter, timeout_s: float, handed: Callable[[], None] | None) -> bytes:
        """The answer's bytes; for ever when none comes. Raises Unavailable only when nobody can have received the command."""
        received = False  # by somebody who may carry it out
        near = self._world.network.near(COMMAND_PATH + shard)
        if near is not None:
            if handed is not None:
                handed()  # it enters the inbox before whoever hears this runs again
            try:
                with trio.move_on_after(self._limits.hedge_s):
                    return await near(body)
                received = True
            except Unavailable:
                self._world.tally.count("shard of this process does not run")
        try:
            await self._world.bus.send(f"inbox/{shard}", body)
            received = True
            if handed is not None:
                handed()
            with trio.move_on_after(self._limits.hedge_s):
                return await waiter.wait()
        except Unknown:
            received = True
        except Unavailable:
            self._world.tally.count("bus did not take a command")
        return await self._ask_over_network(shard, body, waiter, timeout_s, received)

    async def _ask_over_network(self, shard: str, body: bytes, waiter: Waiter, timeout_s: float, received: bool) -> bytes:
        """The answer to a call, or the one that the bus brings after all: whichever comes first."""
        self._world.tally.count("command sent over the network")
        nobody: list[Unavailable] = []

        async def call() -> None:
            try:
                waiter.resolve(await self._call(shard, body, timeout_s, received))
            except Unavailable as error:
                nobody.append(error)
                nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await waiter.wait()
            nursery.cancel_scope.cancel()
        if waiter.answer is None:
            raise nobody[0]
        return waiter.answer

    async def _call(self, shard: str, body: bytes, timeout_s: float, received: bool) -> bytes:
        # Each call is given up early: who was called may be paused, or have lost the shard to another meanwhile.
        patience_s = min(timeout_s, 2 * self._limits.hedge_s)
        while True:
            try:
                address = await self._address(shard)
                answer = await self._world.network.call(address, COMMAND_PATH + shard, body, patience_s)
                decode(Answer, answer)
                return answer
            except Unavailable:
                # What nobody took is surely not done, but some patience saves the client a retry.
                if not received and trio.current_effective_deadline() - trio.current_time() < timeout_s / 2:
                    raise
            except (PortError, Undecodable):
                received = True
            await trio.sleep(self._limits.retry_s)

    async def _address(self, shard: str) -> str:
        heads = await self._world.store.heads()
        if shard not in heads or not heads[shard].address:
            raise Unavailable(f"nobody serves {shard}")
        return heads[shard].address
