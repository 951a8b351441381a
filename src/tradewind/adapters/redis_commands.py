"""The writer: commands of every caller in this process leave in one pipeline, over one connection.

Callers append to a queue and park; one task sends whatever has gathered and wakes them as the answers come.
"""

from collections import deque
from collections.abc import Callable

import trio
from outcome import Error, Value

from tradewind.adapters.redis_link import BACKOFF_FIRST_S, BACKOFF_MAX_S, Broken, Link, Reply, Stale
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.runtime.wake import Wake

QUEUE_MAX = 10_000
IDLE_S = 3600.0
PIPELINE_MAX = 256
assert PIPELINE_MAX <= QUEUE_MAX


class Pending:
    """A command of a caller who waits; `task` is None once it is answered, the caller has gone, or when nobody waits."""

    __slots__ = ("count", "packed", "seen", "task")

    def __init__(
        self, packed: bytes, count: int, seen: Callable[[Reply], None] | None, task: trio.lowlevel.Task | None
    ) -> None:
        self.packed = packed
        self.count = count  # how many replies `packed` will have; the first is the caller's
        self.seen = seen  # hears the reply even if the caller has gone
        self.task = task

    def answer(self, reply: Reply) -> None:
        if self.seen is not None:
            self.seen(reply)
        if self.task is not None:
            trio.lowlevel.reschedule(self.task, Value(reply))
            self.task = None

    def fail(self, error: PortError) -> None:
        if self.task is not None:
            trio.lowlevel.reschedule(self.task, Error(error))
            self.task = None


class Commands:
    """`call` from any task while `run` runs."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._queue: deque[Pending] = deque()
        self._wake = Wake()
        self._down = "not started"
        self.tried = trio.Event()  # the first attempt to connect has ended

    async def call(self, packed: bytes, count: int = 1, seen: Callable[[Reply], None] | None = None) -> Reply:
        """The first of `count` replies, which may be a ResponseError. `seen` gets it too, in the server's order, which the
        order of waking callers is not. Raises Unavailable (not sent) or Unknown (sent, no answer).

        While the server is known to be away it fails at once: whoever tries again decides how often.
        """
        if self._down or len(self._queue) >= QUEUE_MAX:
            await trio.lowlevel.checkpoint()
            raise Unavailable(f"redis: {self._down or 'too many commands are waiting'}")
        pending = Pending(packed, count, seen, trio.lowlevel.current_task())
        self._append(pending)

        def abandon(_: object) -> trio.lowlevel.Abort:
            pending.task = pending.seen = None
            return trio.lowlevel.Abort.SUCCEEDED

        return await trio.lowlevel.wait_task_rescheduled(abandon)

    def post(self, packed: bytes) -> None:
        """Send it some time, or never: nobody hears what comes of it."""
        if len(self._queue) < QUEUE_MAX:
            self._append(Pending(packed, 1, _ignore, None))

    def _append(self, pending: Pending) -> None:
        self._queue.append(pending)
        self._wake.set()

    async def run(self) -> None:
        """Serve until cancelled. Nobody is left waiting at the end."""
        backoff_s = BACKOFF_FIRST_S
        try:
            while True:
                try:
                    await self._link.open()
                    self._down, backoff_s = "", BACKOFF_FIRST_S
                    self.tried.set()
                    while True:
                        await self._turn()
                except Stale:
                    continue  # nothing was lost: connect at once and serve those who wait
                except Broken as broken:
                    self._drop(str(broken))
                self.tried.set()
                await trio.sleep(backoff_s)
                backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
        finally:
            self._drop("stopped")
            self._link.close()

    async def _turn(self) -> None:
        batch: list[Pending] = []
        if self._queue:
            self._link.probe()
        while self._queue and len(batch) < PIPELINE_MAX:
            pending = self._queue.popleft()
            if pending.task is not None or pending.seen is not None:  # a caller who left before sending has done nothing
                batch.append(pending)
        if not batch:
            await self._wake.wait(IDLE_S)
            return
        replies: list[Reply] = []
        failure: PortError = Unknown("redis: stopped before the answer")
        try:
            packed = b"".join([pending.packed for pending in batch])
            await self._link.stream(packed, sum([pending.count for pending in batch]), self._link.timeout_s, replies)
        except Broken as broken:
            failure = (Unknown if broken.sent else Unavailable)(f"redis: {broken}")
            raise
        finally:
            _settle(batch, replies, failure)

    def _drop(self, why: str) -> None:
        self._down = why or "connection lost"
        while self._queue:
            self._queue.popleft().fail(Unavailable(f"redis: {self._down}"))


def _ignore(_: Reply) -> None:
    pass


def _settle(batch: list[Pending], replies: list[Reply], failure: PortError) -> None:
    at = 0
    for pending in batch:
        if at < len(replies):
            pending.answer(replies[at])
        else:
            pending.fail(failure)
        at += pending.count
