"""One connection to Redis, held by one task: packed commands out, replies in, nothing shared."""

from typing import Any

import hiredis
import trio

from tradewind.adapters.redis_wire import Address, Wire

BACKOFF_FIRST_S = 0.01
BACKOFF_MAX_S = 0.5

Reply = Any  # bytes, int, None, a list of replies, or a refusal (an exception, not raised)


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
    """Used by one task."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.client_id = 0
        self._address = Address(url)
        self._wire: Wire | None = None
        self._reader = hiredis.Reader(notEnoughData=Ellipsis)

    async def open(self) -> None:
        """Raises Broken(sent=False)."""
        try:
            with trio.fail_after(self.timeout_s):
                self._wire = await self._address.connect()
            self._reader = hiredis.Reader(notEnoughData=Ellipsis)
            asked = [*self._address.greeting, (b"CLIENT", b"ID")]
            replies = await self.exchange(b"".join([pack(*words) for words in asked]), len(asked), self.timeout_s)
        except (OSError, trio.BrokenResourceError, trio.TooSlowError, Broken) as error:
            self.close()
            raise Broken(str(error) or "no answer in time", sent=False) from error
        for reply in replies:
            if isinstance(reply, Exception):
                self.close()
                raise Broken(str(reply), sent=False)
        self.client_id = replies[-1]

    async def exchange(self, packed: bytes, count: int, timeout_s: float) -> list[Reply]:
        """Send commands, return their `count` replies; refusals of the server are among them. Raises Broken."""
        replies: list[Reply] = []
        await self.stream(packed, count, timeout_s, replies)
        return replies

    async def stream(self, packed: bytes, count: int, timeout_s: float, replies: list[Reply]) -> None:
        """Like exchange; what had arrived before the connection broke stands in `replies`."""
        wire, reader = self._wire, self._reader
        if wire is None:
            raise Broken("not connected", sent=False)
        whole = False
        try:
            with trio.move_on_after(timeout_s):
                await wire.send(packed)
                while True:
                    reply = reader.gets()
                    if reply is not Ellipsis:
                        replies.append(reply)
                        if len(replies) == count:
                            whole = True
                            return
                        continue
                    received = await wire.receive()
                    if not received:
                        raise Broken("closed by the server", sent=True)
                    reader.feed(received)
            raise Broken("no answer in time", sent=True)
        except (OSError, trio.BrokenResourceError, hiredis.ProtocolError) as error:
            raise Broken(str(error), sent=True) from error
        finally:
            if not whole:  # half a conversation: nobody could tell whose the next reply is
                self.close()

    def probe(self) -> None:
        """Between exchanges: raises Stale when the connection has ended meanwhile, however the peer ended it."""
        if self._wire is None or self._wire.ended():  # nothing was asked, so it can only be the end
            self.close()
            raise Stale("connection lost", sent=False)

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
