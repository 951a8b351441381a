"""A wire between a client and PostgreSQL that can be cut at the one instant that matters: around COMMIT."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

import trio
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK = 1 << 16
COMMIT = b"COMMIT\0"  # in the client's Parse message, and in the server's CommandComplete when it stands


class Cut(Enum):
    NEVER = "never"
    NOW = "now"  # nothing passes, nobody gets through
    BEFORE_COMMIT = "before the server hears COMMIT"
    AFTER_COMMIT = "after the server has committed, before the client hears of it"


class Proxy:
    """Listens on a port of its own; `cut` says what happens to the connections that pass through."""

    def __init__(self, conninfo: str, port: int) -> None:
        params = conninfo_to_dict(conninfo)
        self._target = f"{params['host']}/.s.PGSQL.{params['port']}"
        self.conninfo = make_conninfo(conninfo, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")
        self.cut = Cut.NEVER
        self.cuts = 0
        self._streams: list[trio.abc.Stream] = []

    async def cut_now(self) -> None:
        self.cut = Cut.NOW
        for stream in self._streams:
            await trio.aclose_forcefully(stream)

    async def serve(self, client: trio.SocketStream) -> None:
        if self.cut is Cut.NOW:
            return
        server = await trio.open_unix_socket(self._target)
        self._streams += [client, server]
        async with client, server, trio.open_nursery() as nursery:

            async def carry(source: trio.abc.Stream, sink: trio.abc.Stream, fatal: Cut) -> None:
                before = b""
                try:
                    async for chunk in source:
                        # The word may lie across two chunks.
                        if self.cut is fatal and COMMIT in before + chunk:
                            self.cuts += 1
                            break
                        before = bytes(chunk[-len(COMMIT) :])
                        await sink.send_all(chunk)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    pass  # the other side was cut
                nursery.cancel_scope.cancel()

            nursery.start_soon(carry, client, server, Cut.BEFORE_COMMIT)
            nursery.start_soon(carry, server, client, Cut.AFTER_COMMIT)


@asynccontextmanager
async def open_proxy(conninfo: str) -> AsyncIterator[Proxy]:
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        proxy = Proxy(conninfo, listener.socket.getsockname()[1])
        nursery.start_soon(trio.serve_listeners, proxy.serve, [listener])
        yield proxy
        nursery.cancel_scope.cancel()
