"""HTTP/1.1 and nothing else: Hypercorn's h11 protocol without its ways into HTTP/2, and with one write per answer."""

import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol.events import Request
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.trio.task_group import TaskGroup, _handle
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, H11SendableEvent, Scope

from tradewind.adapters.web_websocket import WebSocketStream

SPOKEN = (b"1.0", b"1.1")
# RFC 9112 3.2 wants other hosts refused; Quart fails on some of them. A name, an address, or nothing at all; and a port.
HOST = re.compile(rb"(?:[\w-]{1,63}(?:\.[\w-]{1,63})*\.?|\[[0-9A-Fa-f:.]{2,45}\])?(?::[0-9]{0,5})?", re.ASCII)
HOST_BYTES_MAX = 255


class BodyTooLong(Exception):
    """A peer sent more body than a request may have. Ends its connection."""


class Mailbox:
    """What the peer says, on its way to the app: bounded, and no scheduler pass while there is room.

    Upstream's memory channel yields at each of three puts and three gets per request.
    """

    def __init__(self, room: int, body_bytes_max: int) -> None:
        self._room = room
        self._body_left_bytes = body_bytes_max
        self._messages: deque[ASGIReceiveEvent] = deque()
        self._arrived = trio.Event()
        self._taken = trio.Event()

    async def put(self, message: ASGIReceiveEvent) -> None:
        """Return when there was room. Raises BodyTooLong."""
        if message["type"] == "http.request":
            self._body_left_bytes -= len(message["body"])
            if self._body_left_bytes < 0:
                raise BodyTooLong
        while len(self._messages) >= self._room:
            self._taken = trio.Event()
            await self._taken.wait()
        self._messages.append(message)
        self._arrived.set()

    async def get(self) -> ASGIReceiveEvent:
        while not self._messages:
            self._arrived = trio.Event()
            await self._arrived.wait()
        self._taken.set()
        return self._messages.popleft()


class Tasks(TaskGroup):
    """The tasks of one connection, with our mailbox between the reader and the app."""

    def __init__(self, body_bytes_max: int) -> None:
        super().__init__()
        self.body_bytes_max = body_bytes_max

    async def spawn_app(
        self, app: AppWrapper, config: Config, scope: Scope, send: Callable[[ASGISendEvent | None], Awaitable[None]]
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        mailbox = Mailbox(config.max_app_queue_size, self.body_bytes_max)
        self.spawn(_handle, app, config, scope, mailbox.get, send, trio.to_thread.run_sync, trio.from_thread.run)
        return mailbox.put


class Http1(H11Protocol):
    """One connection's protocol. `requests` counts the requests that it has begun."""

    head = b""

    @property
    def requests(self) -> int:
        return self.keep_alive_requests

    @property
    def their_state(self) -> Any:
        """h11's state of the peer (its sentinels are classes of their own); None once the connection carries a WebSocket."""
        return self.connection.their_state

    @property
    def websocket(self) -> WSStream | None:
        """The WebSocket on this connection once the app has accepted it, else None."""
        stream = self.stream
        return stream if isinstance(stream, WSStream) and stream.handshake.accepted else None

    @property
    def upgraded(self) -> bool:
        return isinstance(self.connection, H11WSConnection)

    async def handle(self, event: Event) -> None:
        if isinstance(event, RawData) and event.data and self.upgraded and self.websocket is None:
            await self.send(Closed())  # frames before the handshake is answered, as above
        else:
            await super().handle(event)

    async def _check_protocol(self, event: h11.Request) -> None:
        # Upstream switches to HTTP/2 here (h2c upgrade, prior knowledge). An upgrade that we don't speak is ignored, as
        # RFC 9110 7.8 allows; "PRI * HTTP/2.0" is an unknown version and refused below.
        return

    async def _create_stream(self, request: h11.Request) -> None:
        asked = _Head(request)
        assert isinstance(self.task_group, Tasks)
        refusal = asked.refusal(self.task_group.body_bytes_max)
        if self.connection.trailing_data[0] and asked.upgrade:
            # RFC 6455 4.1: a client waits for the answer. Upstream answers 400 and 101 both, and fails in between.
            refusal = 400
        if refusal:
            await self._send_error_response(refusal)
            await self.send(Closed())
            return
        kind = WebSocketStream if asked.websocket else HTTPStream
        self.stream = kind(
            *(self.app, self.config, self.context, self.task_group, self.ssl),
            *(self.client, self.server, self.stream_send, STREAM_ID),
        )
        if asked.websocket:
            assert isinstance(self.connection, h11.Connection)
            self.connection = H11WSConnection(self.connection)
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=asked.headers,
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii"),  # upstream says "GET" to the app for "get", whatever was signed
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1
        await self.context.mark_request()

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        # Headers wait for the first piece of body: one system call and one segment per answer, not two; and the
        # end of a counted body, which is no bytes at all, is no call.
        try:
            written = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self.head = written
            return
        written, self.head = self.head + written, b""
        if written:
            await self.send(RawData(data=written))


class _Head:
    """What a request's head asks of us. `upgrade`: it names WebSocket; `websocket`: it asks for one as it should."""

    def __init__(self, request: h11.Request) -> None:
        self._request = request
        # Without WebSocket extensions: 64 KiB of permessage-deflate inflate to 64 MiB before any limit sees them.
        self.headers = [(name, value) for name, value in request.headers if name != b"sec-websocket-extensions"]
        self._length = -1
        self._host = b""
        self._chunked = self.upgrade = False
        tokens = b""
        for name, value in self.headers:
            if name == b"upgrade":
                self.upgrade = value.strip().lower() == b"websocket"
            elif name == b"host":
                self._host = value
            elif name == b"connection":
                tokens += b"," + value.lower()
            elif name == b"content-length":
                self._length = int(value)  # h11 has seen that it is a number of at most 20 digits
            elif name == b"transfer-encoding":
                self._chunked = True
        wanted = self.upgrade and request.method == b"GET"
        self.websocket = wanted and any(token.strip() == b"upgrade" for token in tokens.split(b","))

    def refusal(self, body_bytes_max: int) -> int:
        """The status with which to refuse, 0 = none."""
        version, target = self._request.http_version, self._request.target
        if version not in SPOKEN:
            return 505
        if not target.startswith(b"/") or target.startswith(b"//"):
            # "*", "host:port", "?a" and whole URLs are for proxies; frameworks fail on some of them, and take "//a" for "/a".
            return 400
        if not self._request.method.isupper() or len(self._host) > HOST_BYTES_MAX or not HOST.fullmatch(self._host):
            return 400
        if self._chunked and (self._length >= 0 or version != b"1.1"):
            # RFC 9112 6.1: where does it end? A proxy may think otherwise, and then what it let through is another request.
            return 400
        return 413 if self._length > body_bytes_max else 0
