"""Bytes to and from a Redis server, on trio itself: no asyncio loop, and one wait per exchange.

A plain socket is tried before it is waited for, because it nearly always takes a command at once. TLS goes through trio's own
stream.
"""

import select
import socket
import ssl
from typing import Any, Protocol

import trio
from redis.connection import parse_url

RECEIVE_BYTES = 262_144
PORT = 6_379


class Wire(Protocol):
    """Every method raises OSError or trio.BrokenResourceError when the connection is gone."""

    async def send(self, packed: bytes) -> None: ...

    async def receive(self) -> bytes:
        """At least one byte; none when the server has hung up."""
        ...

    def ended(self) -> bool:
        """Whether an idle connection has ended, or says what nobody has asked for."""
        ...

    def close(self) -> None: ...


class PlainWire:
    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._poll = select.poll()
        self._poll.register(sock.fileno(), select.POLLIN)

    async def send(self, packed: bytes) -> None:
        left = memoryview(packed)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._socket)

    async def receive(self) -> bytes:
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return self._socket.recv(RECEIVE_BYTES)
            except BlockingIOError:
                pass  # woken for nothing

    def ended(self) -> bool:
        return bool(self._poll.poll(0))

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()


class TlsWire:
    def __init__(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        self._stream = stream
        self._sock = stream.transport_stream.socket

    async def send(self, packed: bytes) -> None:
        await self._stream.send_all(packed)

    async def receive(self) -> bytes:
        return bytes(await self._stream.receive_some(RECEIVE_BYTES))

    def ended(self) -> bool:
        """Records without content (tickets) make it look ended; then it is only made anew."""
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        self._sock.close()


class Address:
    """Where a server is, and who we are there: from redis://, rediss:// or unix://. Raises ValueError."""

    def __init__(self, url: str) -> None:
        words: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._path: str = words.get("path", "")
        self._host: str = words.get("host", "localhost")
        self._port: int = words.get("port", PORT)
        self._tls = url.startswith("rediss:")
        user, password, number = words.get("username"), words.get("password"), words.get("db", 0)
        self.greeting: list[tuple[bytes, ...]] = []  # commands that come before all others
        if password:
            self.greeting.append((b"AUTH", *([user.encode()] if user else []), password.encode()))
        if number:
            self.greeting.append((b"SELECT", b"%d" % number))

    async def connect(self) -> Wire:
        """Raises OSError and trio.BrokenResourceError."""
        if self._path:
            stream = await trio.open_unix_socket(self._path)
            return PlainWire(_taken(stream))
        stream = await trio.open_tcp_stream(self._host, self._port)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if not self._tls:
            return PlainWire(_taken(stream))
        secured = trio.SSLStream(stream, ssl.create_default_context(), server_hostname=self._host)
        try:
            await secured.do_handshake()
        except BaseException:
            stream.socket.close()
            raise
        return TlsWire(secured)


def _taken(stream: trio.SocketStream) -> socket.socket:
    """The bare socket under a stream, which gives it up."""
    family, kind, protocol = stream.socket.family, stream.socket.type, stream.socket.proto
    return socket.socket(family, kind, protocol, fileno=stream.socket.detach())
