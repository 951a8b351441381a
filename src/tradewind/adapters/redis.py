"""The bus on Redis streams (or Valkey; commands of Redis 7.0), on trio itself; hiredis parses.

A feed is a stream whose ids are `<seq>-0`, so Redis itself refuses repeats. A mailbox is a stream with ids of the server's
clock; a position in it is `milliseconds << 20 | counter`.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import trio

from tradewind.adapters.redis_commands import Commands
from tradewind.adapters.redis_link import Link, Reply, pack
from tradewind.adapters.redis_streams import Streams
from tradewind.ports.errors import Unavailable, Unknown

FEED_ENTRIES_MAX = 10_000
MAILBOX_ENTRIES_MAX = 100_000
CALLER_TTL_S = 600  # a reply box outlives its caller by this
CALLER_PREFIX = "caller/"
EXPIRIES_MAX = 10_000


class RedisBus:
    """Implements ports.bus.Bus. Calls end within `timeout_s` (plus the wait asked for); `run` must be running."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "tradewind:",
        timeout_s: float = 2.0,
        feed_entries: int = FEED_ENTRIES_MAX,
        mailbox_entries: int = MAILBOX_ENTRIES_MAX,
    ) -> None:
        """`url`: redis://, rediss:// or unix://. `prefix` comes before every key. Limits are approximate, in entries."""
        self._feeds = f"{prefix}feed:"
        self._mailboxes = f"{prefix}mailbox:"
        self._onces = f"{prefix}once:"
        self._counts = f"{prefix}count:"
        self._timeout_s = timeout_s
        self._feed_limit = b"%d" % feed_entries
        self._mailbox_limit = b"%d" % mailbox_entries
        self._links = (Link(url, timeout_s), Link(url, timeout_s))
        self._commands = Commands(self._links[0])
        self._streams = Streams(self._links[1], self._commands)
        self._expires: dict[bytes, float] = {}  # reply boxes whose expiry is fresh until then

    async def run(self, task_status: trio.TaskStatus["RedisBus"] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep the connections until cancelled. Started once both have been tried."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._commands.run)
            nursery.start_soon(self._streams.run)
            await self._commands.tried.wait()
            await self._streams.tried.wait()
            task_status.started(self)

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        assert seq > 0, seq
        key = (self._feeds + feed).encode()
        packed = pack(b"XADD", key, b"MAXLEN", b"~", self._feed_limit, b"%d-0" % seq, b"b", body)
        reply = await self._commands.call(packed, seen=self._streams.listener(key, seq, body))
        if isinstance(reply, Exception) and "equal or smaller" in str(reply):
            return  # it has it already
        _accepted(reply)

    async def last(self, feed: str) -> int:
        with _surely():
            return await self._streams.last_of_feed((self._feeds + feed).encode())

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        """With `wait_s` 0: what has already come to this process."""
        assert after >= 0, after
        channel = self._streams.channel((self._feeds + feed).encode(), numbered=True)
        with _surely():
            return await self._streams.read(channel, after, trio.current_time() + wait_s)

    async def send(self, mailbox: str, body: bytes) -> None:
        key = (self._mailboxes + mailbox).encode()
        packed = pack(b"XADD", key, b"MAXLEN", b"~", self._mailbox_limit, b"*", b"b", body)
        if mailbox.startswith(CALLER_PREFIX) and self._must_expire(key):
            packed += pack(b"EXPIRE", key, b"%d" % CALLER_TTL_S)
            _accepted(await self._commands.call(packed, 2))
        else:
            _accepted(await self._commands.call(packed))

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        channel = self._streams.channel((self._mailboxes + mailbox).encode(), numbered=False)
        deadline = trio.current_time() + wait_s
        with _surely():
            if after < 0:
                return await self._streams.read(channel, await self._streams.last(channel), deadline)
            found = await self._streams.read(channel, after, deadline)
            if not found and wait_s > 0 and await self._streams.last(channel) < after:
                found = await self._streams.restart(channel, deadline)
            return found

    async def once(self, key: str, ttl_s: float) -> bool:
        assert ttl_s > 0, ttl_s
        name = (self._onces + key).encode()
        with _surely():
            reply = await self._commands.call(pack(b"SET", name, b"1", b"NX", b"PX", b"%d" % max(1, int(ttl_s * 1_000))))
        return _accepted(reply) is not None

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        assert ttl_s > 0, ttl_s
        name = (self._counts + key).encode()
        packed = pack(b"INCRBY", name, b"%d" % units) + pack(b"PEXPIRE", name, b"%d" % max(1, int(ttl_s * 1_000)))
        with _surely():
            return int(_accepted(await self._commands.call(packed, 2)))

    def _must_expire(self, key: bytes) -> bool:
        """Whether it is time to move a reply box's expiry; not with every send, that would double the commands."""
        now = trio.current_time()
        if self._expires.get(key, 0.0) > now:
            return False
        if len(self._expires) >= EXPIRIES_MAX:
            self._expires.clear()
        self._expires[key] = now + CALLER_TTL_S / 10
        return True


def _accepted(reply: Reply) -> Reply:
    if isinstance(reply, Exception):
        raise Unavailable(f"redis: {reply}")  # the server refused it, so nothing was done
    return reply


@contextmanager
def _surely() -> Iterator[None]:
    """For calls that change nothing that anybody could miss: no answer means no effect."""
    try:
        yield
    except Unknown as error:
        raise Unavailable(str(error)) from error


@asynccontextmanager
async def open_bus(
    url: str, *, prefix: str = "tradewind:", timeout_s: float = 2.0, feed_entries: int = FEED_ENTRIES_MAX
) -> AsyncIterator[RedisBus]:
    """A running bus. It opens whether or not the server is there: the calls say so."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(RedisBus(url, prefix=prefix, timeout_s=timeout_s, feed_entries=feed_entries).run)
        nursery.cancel_scope.cancel()
