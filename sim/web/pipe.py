"""One direction of a connection: in order, without loss in the middle, late by as much as the network says."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from sim.kernel.world import World

T = TypeVar("T")

WINDOW_MESSAGES = 64  # what socket buffers on both sides hold before `send` has to wait for the reader


class Pipe(Generic[T]):
    """A message sent arrives `delay()` nanoseconds later, though never before its predecessors."""

    def __init__(self, world: World, delay: Callable[[], int], window: int = WINDOW_MESSAGES) -> None:
        self._world, self._delay, self._window = world, delay, window
        self._under_way = 0
        self._last_ns = 0
        self._severed = False
        self._arrived: deque[tuple[T, int]] = deque()
        self.arrived_ns = 0  # when what was received last had arrived, however long it lay there
        self._readers = trio.lowlevel.ParkingLot()
        self._writers = trio.lowlevel.ParkingLot()

    async def send(self, message: T) -> None:
        """Send; waits while the reader is a whole window behind. Into a severed pipe it sends nothing."""
        await trio.lowlevel.checkpoint()
        while self._under_way + len(self._arrived) >= self._window and not self._severed:
            await self._writers.park()
        if not self._severed:
            self.push(message)

    def push(self, message: T, on_arrival: Callable[[], None] | None = None) -> int:
        """Send without waiting: for the ends of connections, which need no room. Returns the instant of its arrival."""
        self._under_way += 1
        self._last_ns = max(self._last_ns, self._world.now_ns + self._delay())
        self._world.at(self._last_ns, lambda: self._arrive(message, on_arrival))
        return self._last_ns

    def sever(self) -> None:
        """The reader has gone, and the writer may know: nothing waits for room any more."""
        self._severed = True
        self._writers.unpark_all()

    async def receive(self) -> T:
        """The next message, waiting for it if need be."""
        await trio.lowlevel.checkpoint()
        while not self._arrived:
            await self._readers.park()
        self._writers.unpark()
        message, self.arrived_ns = self._arrived.popleft()
        return message

    def _arrive(self, message: T, on_arrival: Callable[[], None] | None) -> None:
        self._under_way -= 1
        if on_arrival is not None:
            on_arrival()
        self._arrived.append((message, self._world.now_ns))
        self._readers.unpark()
