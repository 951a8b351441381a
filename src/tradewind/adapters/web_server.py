"""Serves an ASGI app over HTTP/1.1 and WebSocket on Hypercorn's protocol classes, with an accept loop of our own.

`hypercorn.trio.serve` is not used: one bad request ends it (see web_connection). TLS is the reverse proxy's.
"""

import errno
import logging
from collections.abc import Sequence
from contextlib import suppress

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, LifespanState
from hypercorn.utils import repr_socket_addr

from tradewind.adapters.web_connection import Connection
from tradewind.adapters.web_limits import ServerLimits

__all__ = ["ServerLimits", "serve"]

FULL = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n"
EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))
EXHAUSTED_RETRY_S = 0.1
log = logging.getLogger("tradewind.web")


async def serve(
    app: ASGIFramework,
    binds: Sequence[str],
    *,
    shutdown: trio.Event,
    limits: ServerLimits | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `shutdown` is set, then return within `limits.shutdown_s`.

    `binds` are "host:port" ("[::1]:8000" for IPv6); port 0 takes a free one. `task_status` is started with the
    addresses really bound, once connections are accepted. Raises OSError when an address can't be bound, and
    Hypercorn's LifespanFailureError or LifespanTimeoutError when the app refuses to start.
    """
    server = _Server(app, limits or ServerLimits())
    lifespan = Lifespan(server.app, server.config, server.state)
    async with trio.open_nursery() as nursery:
        await nursery.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        await server.run(binds, shutdown, task_status)
        await lifespan.wait_for_shutdown()
        nursery.cancel_scope.cancel()


class _Server:
    def __init__(self, app: ASGIFramework, limits: ServerLimits) -> None:
        self.app = ASGIWrapper(app)
        self.limits = limits
        self.config = _config(limits)
        self.context = WorkerContext(None)
        self.state: LifespanState = LifespanState({})
        self.open: set[Connection] = set()

    async def run(self, binds: Sequence[str], shutdown: trio.Event, task_status: trio.TaskStatus[list[str]]) -> None:
        listeners: list[trio.SocketListener] = []
        try:
            for bind in binds:
                listeners += await _listen(bind, self.limits.backlog_max)
            async with trio.open_nursery() as connections:
                async with trio.open_nursery() as accepting:
                    for listener in listeners:
                        accepting.start_soon(self._accept, listener, connections)
                    task_status.started([_address(listener) for listener in listeners])
                    await shutdown.wait()
                    accepting.cancel_scope.cancel()
                _close(listeners)  # a new connection is refused from here on, not left in the backlog
                await self.context.terminated.set()
                for connection in self.open:
                    connection.wind_down()
                connections.cancel_scope.deadline = trio.current_time() + self.limits.grace_s
        finally:
            _close(listeners)

    async def _accept(self, listener: trio.SocketListener, connections: trio.Nursery) -> None:
        while True:
            try:
                stream = await listener.accept()
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                log.error("cannot accept: %s", error)
                await trio.sleep(EXHAUSTED_RETRY_S)
                continue
            if len(self.open) < self.limits.connections_max:
                connection = Connection(self.app, self.config, self.context, self.state, stream, limits=self.limits)
                self.open.add(connection)
                connections.start_soon(self._attend, connection)
            else:
                await _refuse(stream)

    async def _attend(self, connection: Connection) -> None:
        try:
            await connection.run()
        finally:
            self.open.discard(connection)


async def _listen(bind: str, backlog: int) -> list[trio.SocketListener]:
    """Listeners with SO_REUSEADDR, so that a restarted server gets its port back from sockets in TIME_WAIT."""
    host, colon, port = bind.rpartition(":")
    assert colon and port.isascii() and port.isdigit(), f"not host:port: {bind!r}"
    return list(await trio.open_tcp_listeners(int(port), host=host.strip("[]"), backlog=backlog))


def _address(listener: trio.SocketListener) -> str:
    return str(repr_socket_addr(listener.socket.family, listener.socket.getsockname()))


def _close(listeners: list[trio.SocketListener]) -> None:
    for listener in listeners:
        listener.socket.close()


async def _refuse(stream: trio.SocketStream) -> None:
    # A fresh socket has room for this, so it does not hold up the loop that accepts.
    with trio.move_on_after(EXHAUSTED_RETRY_S), suppress(trio.BrokenResourceError):
        await stream.send_all(FULL)
    await trio.aclose_forcefully(stream)


def _config(limits: ServerLimits) -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = log
    config.include_server_header = False
    config.alpn_protocols = ["http/1.1"]
    config.h11_max_incomplete_size = limits.head_bytes_max
    config.keep_alive_max_requests = limits.keep_alive_requests_max
    config.max_app_queue_size = limits.app_queue_max
    config.websocket_max_message_size = limits.message_bytes_max
    config.websocket_ping_interval = None  # the reader pings (Connection._ask_for_life); upstream's task outlives its socket
    config.startup_timeout = config.shutdown_timeout = limits.lifespan_s
    return config
