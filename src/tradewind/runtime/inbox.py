"""A shard's inbox: commands from the bus, and while the bus is down from the network. At least once, in doubt twice."""

from collections import deque
from typing import NamedTuple

import trio

from tradewind.ports.errors import Unavailable
from tradewind.ports.world import World
from tradewind.runtime.limits import Limits
from tradewind.runtime.wake import Wake


class Waiter:
    """Somebody in this process who waits for an answer's bytes."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        self._done = trio.Event()

    def resolve(self, answer: bytes) -> None:
        self.answer = answer
        self._done.set()

    async def wait(self) -> bytes:
        await self._done.wait()
        assert self.answer is not None
        return self.answer


class Delivery(NamedTuple):
    """Encoded Envelope. `position` in the mailbox; 0 when it came over the network, and then `waiter` gets the answer."""

    position: int
    body: bytes
    waiter: Waiter | None = None


class Inbox:
    def __init__(self, mailbox: str, after: int, world: World, limits: Limits, wake: Wake) -> None:
        self.position = after  # of the last delivery popped
        self.read_at = trio.current_time()
        self.bus_works = True
        self._after = after
        self._mailbox = mailbox
        self._world = world
        self._limits = limits
        self._wake = wake
        self._deliveries: deque[Delivery] = deque()
        self._room = Wake()

    def __len__(self) -> int:
        return len(self._deliveries)

    def pop(self) -> Delivery:
        delivery = self._deliveries.popleft()
        if delivery.waiter is None:
            self.position = delivery.position
        if len(self._deliveries) < self._limits.inbox_buffer_max // 2:
            self._room.set()
        return delivery

    async def submit(self, body: bytes) -> bytes:
        """Handle a command that came over the network; its answer's bytes. Raises Unavailable when the inbox is full."""
        if len(self._deliveries) >= self._limits.inbox_buffer_max:
            raise Unavailable(f"{self._mailbox} is full")
        waiter = Waiter()
        self._deliveries.append(Delivery(0, body, waiter))
        self._wake.set()
        return await waiter.wait()

    async def run(self) -> None:
        while True:
            try:
                arrived = await self._world.bus.receive(self._mailbox, self._after, self._limits.read_wait_s)
            except Unavailable:
                self.bus_works = False
                await trio.sleep(self._limits.retry_s)
                continue
            self.bus_works = True
            self.read_at = trio.current_time()
            for position, body in arrived:
                self._after = position  # may go backwards: the bus has lost its memory and numbers anew
                self._deliveries.append(Delivery(position, body))
            if arrived:
                self._wake.set()
            while len(self._deliveries) >= self._limits.inbox_buffer_max:
                await self._room.wait(self._limits.read_wait_s)
