"""One connection to Redis, held by one asyncio task: packed commands out, replies in, nothing shared."""

import asyncio
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

BACKOFF_FIRST_S = 0.01
BACKOFF_MAX_S = 0.5

Reply = Any  # bytes, int, None, a list of replies, or a ResponseError


class Broken(Exception):
    """The connection is gone. `sent`: some of the commands may have reached the server."""

    def __init__(self, why: str, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Stale(Broken):
    """The connection had ended before anything was sent."""


def pack(*words: bytes) -> bytes:
    """One command in Redis' wire format (RESP arrays of bulk strings)."""
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


def bulk(word: bytes) -> bytes:
    """One word of a command, for commands that are kept half packed."""
    return b"$%d\r\n%b\r\n" % (len(word), word)


class Link:
    """All coroutines run on the asyncio side, in one task; `stall` may be called from anywhere in the thread.

    A timer per exchange would cost more than the exchange under trio-asyncio, so `deadline` is only a number that a
    watchdog compares with the clock now and then.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.deadline: float | None = None  # on the loop's clock
        self.client_id = 0
        self._pool = ConnectionPool.from_url(
            url,
            protocol=2,
            driver_info=None,
            socket_timeout=None,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._connection: AbstractConnection | None = None
        self._task: asyncio.Task[Any] | None = None
        self._stalled = False

    async def open(self) -> None:
        """Raises Broken(sent=False)."""
        connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        self._task = asyncio.current_task()
        try:
            await connection.connect()
            self._connection = connection
            (self.client_id,) = await self.exchange(pack(b"CLIENT", b"ID"), 1, self.timeout_s)
        except (OSError, RedisError, Broken) as error:
            await self.close()
            raise Broken(str(error), sent=False) from error

    async def exchange(self, packed: bytes, count: int, timeout_s: float) -> list[Reply]:
        """Send commands, return their `count` replies; refusals of the server are among them. Raises Broken."""
        replies: list[Reply] = []
        await self.stream(packed, count, timeout_s, replies)
        return replies

    async def stream(self, packed: bytes, count: int, timeout_s: float, replies: list[Reply]) -> None:
        """Like exchange; what had arrived before the connection broke stands in `replies`."""
        connection = self._connection
        if connection is None:
            raise Broken("not connected", sent=False)
        self.deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            await connection.send_packed_command(packed, check_health=False)
            while len(replies) < count:
                try:
                    replies.append(await connection.read_response(disable_decoding=True))
                except ResponseError as error:
                    replies.append(error)
        except (OSError, RedisError) as error:
            await self.close()
            raise Broken(str(error), sent=True) from error
        except asyncio.CancelledError:
            if not self._stalled or self._task is None:
                raise  # the process is stopping
            self._stalled = False
            self._task.uncancel()
            await self.close()
            raise Broken("no answer in time", sent=True) from None
        finally:
            self.deadline = None

    async def probe(self) -> None:
        """Between exchanges: raises Stale when the connection has ended meanwhile, however the peer ended it."""
        if self._connection is None or await self._connection.can_read():  # nothing was asked, so it can only be the end
            await self.close()
            raise Stale("connection lost", sent=False)

    def check(self, now: float) -> None:
        """Break off an exchange that is overdue at `now`."""
        if self.deadline is not None and now > self.deadline and self._task is not None and not self._stalled:
            self._stalled = True
            self._task.cancel()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)
