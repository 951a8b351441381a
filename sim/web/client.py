"""Clients of an application served in memory: requests, WebSockets, and giving up in the middle of either."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sim.kernel import draws
from sim.kernel.node import Node
from sim.kernel.world import World
from sim.web.pipe import WINDOW_MESSAGES
from sim.web.server import AsgiServer, Connection, Message

Headers = Sequence[tuple[str, str]]
LATENCY_MIN_NS, LATENCY_MAX_NS = 100_000, 500_000


class Closed(Exception):
    """The WebSocket is over. `code` is the close code, 1006 if there was no closing handshake."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Rejected(Exception):
    """The server answered the upgrade with an HTTP status; 403 if it closed before accepting."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(f"refused with {status}")
        self.status, self.body = status, body


@dataclass(frozen=True)
class Response:
    """An answer, read to its end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class AsgiClient:
    """Talks to whatever listens on `server`, from one address. `delay()` is the one-way latency of a message in nanoseconds,
    `passes()` whether a connection comes about, `breaks()` whether an answer is cut off in its middle,
    `window` how many messages wait on the way to a client that does not read."""

    def __init__(
        self,
        world: World,
        server: Node,
        address: str = "192.0.2.1",
        delay: Callable[[], int] | None = None,
        passes: Callable[[], bool] = lambda: True,
        breaks: Callable[[], bool] = lambda: False,
        window: int = WINDOW_MESSAGES,
    ) -> None:
        self._window = window
        self._world, self._server, self._address = world, server, address
        self._passes, self._breaks = passes, breaks
        source = world.draws("latency", address, server.name)
        self._delay = delay or (lambda: draws.between(source, LATENCY_MIN_NS, LATENCY_MAX_NS))

    async def request(self, method: str, target: str, headers: Headers = (), body: bytes = b"") -> Response:
        """One request on a connection of its own. Put your own timeout around it: a killed server never answers.

        Raises ConnectionRefusedError if nothing listens, ConnectionResetError if the server breaks off in the middle.
        """
        connection = self._connect("http", target, headers, method=method)
        connection.to_server.push({"type": "http.request", "body": body, "more_body": False})
        try:
            first = await _next(connection)
            if self._breaks():
                raise ConnectionResetError("broken off in the middle of the answer")
            return await _whole("http", first, connection)
        finally:
            connection.drop()  # after the answer the server no longer listens; before it, this is the disconnect

    async def websocket(self, target: str, headers: Headers = (), subprotocols: Sequence[str] = ()) -> "WebSocket":
        """An accepted WebSocket; raises Rejected, or as `request` does."""
        connection = self._connect("websocket", target, headers, subprotocols=list(subprotocols))
        connection.to_server.push({"type": "websocket.connect"})
        try:
            first = await _next(connection)
            if first["type"] == "websocket.http.response.start":
                refusal = await _whole("websocket.http", first, connection)
                raise Rejected(refusal.status, refusal.body)
            if first["type"] != "websocket.accept":
                raise Rejected(403)
        except BaseException:
            connection.drop()
            raise
        return WebSocket(connection, first.get("subprotocol"))

    def _connect(self, kind: str, target: str, headers: Headers, **rest: object) -> Connection:
        parts = urlsplit(target)
        scheme = "https" if kind == "http" else "wss"
        named = [("host", self._server.name), *headers]
        scope: Message = {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode("ascii"),
            "query_string": parts.query.encode("ascii"),
            "root_path": "",
            "headers": [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in named],
            "client": (self._address, 50_000),
            "server": (self._server.name, 443),
            "state": {},
            "extensions": {"websocket.http.response": {}} if kind == "websocket" else {},
            **rest,
        }
        connection = Connection(self._world, scope, self._delay, self._window)
        self._world.after(self._delay(), lambda: self._arrive(connection))
        return connection

    def _arrive(self, connection: Connection) -> None:
        if not self._passes():
            return
        server = self._server.endpoint
        if isinstance(server, AsgiServer):
            server.accept(connection)
        else:
            connection.to_client.push({"type": "refused"})


class WebSocket:
    """The client's end of an accepted WebSocket."""

    def __init__(self, connection: Connection, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._connection = connection
        self._closed: int | None = None

    async def send(self, message: str | bytes) -> None:
        """Send a message; waits while the server is a whole window behind. Raises Closed."""
        if self._closed is not None:
            raise Closed(self._closed)
        text, binary = (message, None) if isinstance(message, str) else (None, message)
        await self._connection.to_server.send({"type": "websocket.receive", "text": text, "bytes": binary})

    @property
    def arrived_ns(self) -> int:
        """When the message that was received last had come in."""
        return self._connection.to_client.arrived_ns

    async def receive(self) -> str | bytes:
        """The next message. Raises Closed; for ever silent if the server was killed."""
        if self._closed is not None:
            raise Closed(self._closed)
        message = await self._connection.to_client.receive()
        if message["type"] == "websocket.send":
            text: str | None = message.get("text")
            binary: bytes | None = message.get("bytes")
            return text if text is not None else binary or b""
        self._closed = int(message.get("code", 1006))
        self._connection.drop()
        raise Closed(self._closed)

    def close(self) -> None:
        """Hang up. Waits for nothing; whatever was still to come is lost."""
        if self._closed is None:
            self._closed = 1000
            self._connection.drop()


async def _next(connection: Connection) -> Message:
    message = await connection.to_client.receive()
    if message["type"] == "refused":
        raise ConnectionRefusedError("nothing listens there")
    if message["type"] == "reset":
        raise ConnectionResetError("the server broke off")
    return message


async def _whole(prefix: str, start: Message, connection: Connection) -> Response:
    assert start["type"] == f"{prefix}.response.start", start
    body = bytearray()
    while True:
        part = await _next(connection)
        assert part["type"] == f"{prefix}.response.body", part
        body += part.get("body", b"")
        if not part.get("more_body", False):
            named = tuple((name.decode("latin1"), value.decode("latin1")) for name, value in start.get("headers", []))
            return Response(int(start["status"]), named, bytes(body))
