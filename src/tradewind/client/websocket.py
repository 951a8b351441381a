"""One WebSocket on trio, text messages both ways. wsproto speaks the protocol; sockets and deadlines are ours."""

from contextlib import suppress
from urllib.parse import urlsplit

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, RejectConnection, RejectData, Request, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tradewind.client.failures import NoAnswer

RECEIVE_BYTES = 262_144
CLOSE_S = 2.0


class Rejected(Exception):
    """The upgrade was answered by an ordinary response: `status` and its `body`."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status} {body[:200]!r}")
        self.status = status
        self.body = body


class SocketClosed(Exception):
    """The peer has said goodbye with `code`, or has gone without a word (1006)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    """Made by `open_socket`. One task may receive while others send."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._sending = trio.Lock()
        self._messages: list[str] = []
        self._parts: list[str] = []
        self._goodbye: SocketClosed | None = None

    async def shake_hands(self, host: str, target: str, headers: list[tuple[str, str]]) -> None:
        extra = [(name.encode(), value.encode()) for name, value in headers]
        await self._stream.send_all(self._wire.send(Request(host=host, target=target, extra_headers=extra)))
        status, refusal = 0, b""
        while True:
            for event in self._wire.events():
                if isinstance(event, AcceptConnection):
                    return
                if isinstance(event, RejectConnection):
                    status = event.status_code
                    if not event.has_body:
                        raise Rejected(status, b"")
                elif isinstance(event, RejectData):
                    refusal += bytes(event.data)
                    if event.body_finished:
                        raise Rejected(status, refusal)
            received = await self._stream.receive_some(RECEIVE_BYTES)
            if not received:
                raise trio.BrokenResourceError("closed in the handshake")
            self._wire.receive_data(received)

    async def send(self, text: str) -> None:
        """Return when the system has it. Raises SocketClosed."""
        try:
            framed = self._wire.send(TextMessage(data=text))
            async with self._sending:
                await self._stream.send_all(framed)
        except (LocalProtocolError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise SocketClosed(1006, repr(error)) from error

    async def receive(self) -> list[str]:
        """All messages that have come, at least one. Raises SocketClosed."""
        while True:
            try:
                for event in self._wire.events():
                    await self._note(event)
                if self._messages:
                    found, self._messages = self._messages, []
                    return found
                if self._goodbye is not None:
                    raise self._goodbye
                self._wire.receive_data(await self._stream.receive_some(RECEIVE_BYTES) or None)
            except (trio.BrokenResourceError, trio.ClosedResourceError, RemoteProtocolError, LocalProtocolError) as error:
                raise SocketClosed(1006, repr(error)) from error

    async def _note(self, event: object) -> None:
        if isinstance(event, TextMessage):
            self._parts.append(event.data)
            if event.message_finished:
                self._messages.append("".join(self._parts))
                self._parts = []
        elif isinstance(event, Ping):
            async with self._sending:
                await self._stream.send_all(self._wire.send(event.response()))
        elif isinstance(event, CloseConnection):
            self._goodbye = SocketClosed(event.code, event.reason or "")  # after what came before it

    async def aclose(self) -> None:
        """Say goodbye, if the peer still listens."""
        with trio.move_on_after(CLOSE_S, shield=True):
            with suppress(LocalProtocolError, trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
                await self._stream.send_all(self._wire.send(CloseConnection(code=1000)))
        await trio.aclose_forcefully(self._stream)


async def open_socket(url: str, target: str, headers: list[tuple[str, str]], timeout_s: float) -> WebSocket:
    """`url`: ws://host:port; `target`: path and query. Raises NoAnswer (nothing was asked yet) and Rejected."""
    address = urlsplit(url)
    assert address.hostname is not None, url
    try:
        with trio.fail_after(timeout_s):
            stream = await trio.open_tcp_stream(address.hostname, address.port or 80)
            stream.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
            socket = WebSocket(stream)
            try:
                await socket.shake_hands(address.netloc, target, headers)
            except BaseException:
                await trio.aclose_forcefully(stream)
                raise
            return socket
    except (OSError, trio.BrokenResourceError, trio.TooSlowError, RemoteProtocolError) as error:
        raise NoAnswer(repr(error), sent=False) from error
