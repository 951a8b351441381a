"""A WebSocket client that is cheap beside the server it measures: frames built by hand, masked with zeros, a bare socket."""

from collections import deque
from collections.abc import Sequence
from struct import Struct

import trio

from benchmarks.http_load import RECEIVE_BYTES, connect, send

_TEXT = 0x81
_CLOSE, _PING, _PONG = 0x88, 0x89, 0x8A
_MASKED = 0x80
_SHORT, _LONG = Struct(">BBH"), Struct(">BBQ")
_NO_MASK = b"\0\0\0\0"  # a mask like any other, and free


def framed(payload: bytes, kind: int = _TEXT) -> bytes:
    """One client's frame."""
    length = len(payload)
    if length < 126:
        head = bytes((kind, _MASKED | length))
    elif length < 65_536:
        head = _SHORT.pack(kind, _MASKED | 126, length)
    else:
        head = _LONG.pack(kind, _MASKED | 127, length)
    return head + _NO_MASK + payload


class BareSocket:
    """Text messages both ways. One task sends, one receives."""

    def __init__(self, sock: trio.socket.SocketType) -> None:
        self._sock = sock
        self._heard = bytearray()
        self._found: deque[bytes] = deque()

    async def send(self, frame: bytes) -> None:
        await send(self._sock, frame)

    async def receive(self) -> bytes:
        """The next message. Raises ConnectionError when the server ends the connection."""
        while not self._found:
            piece = await self._sock.recv(RECEIVE_BYTES)
            if not piece:
                raise ConnectionError("the server hung up")
            self._heard += piece
            await self._parse()
        return self._found.popleft()

    async def _parse(self) -> None:
        heard, at = self._heard, 0
        while len(heard) - at >= 2:
            kind, length, start = heard[at], heard[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(heard[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(heard[at + 2 : at + 10], "big"), at + 10
            if len(heard) < start + length:
                break
            payload = bytes(heard[start : start + length])
            at = start + length
            if kind == _TEXT:
                self._found.append(payload)
            elif kind == _PING:
                await self.send(framed(payload, _PONG))
            elif kind == _CLOSE:
                raise ConnectionError(f"the server said goodbye: {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}")
            else:
                assert kind == _PONG, f"a frame of kind {kind:#x}"
        del heard[:at]

    def close(self) -> None:
        self._sock.close()


async def open_bare(host: str, port: int, target: str, headers: Sequence[tuple[str, str]] = ()) -> BareSocket:
    """An upgraded connection. Raises ConnectionError."""
    sock = await connect(host, port)
    sock.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
    head = f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    await send(sock, f"{head}\r\n".encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = await sock.recv(RECEIVE_BYTES)
        if not piece:
            raise ConnectionError(f"no upgrade: {heard!r}")
        heard += piece
    answer, rest = heard.split(b"\r\n\r\n", 1)
    if not answer.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(f"no upgrade: {heard!r}")
    bare = BareSocket(sock)
    bare._heard += rest
    await bare._parse()
    return bare
