"""What the feed server's tests share: an application that is told what it hears, and a raw client that sends any bytes."""

import base64
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trio

from tradewind.adapters.ws_frames import Opcode
from tradewind.adapters.ws_handshake import Refused, Upgrade
from tradewind.adapters.ws_link import Link, LinkLimits
from tradewind.adapters.ws_server import serve_feed
from tradewind.services.gateway.frames import Frame

PATIENCE_S = 20.0  # generous for a loaded machine; no test passes by waiting it out
KEY = base64.b64encode(b"0123456789abcdef").decode()
QUICK = LinkLimits(
    connections_max=40, handshake_s=0.4, message_bytes_max=4_096, frames_max=200, buffer_bytes_max=400_000, flush_frames=8,
    controls_max=20, look_s=0.05, ping_s=0.2, silence_s=0.6, close_s=0.4, grace_s=0.5,
)  # fmt: skip


@dataclass
class Room:
    """An application: echoes, remembers its peers, and refuses whom it is asked to."""

    links: dict[Link, str] = field(default_factory=dict)
    heard: list[str | bytes] = field(default_factory=list)
    left: int = 0
    admitted: int = 0
    gone: int = 0

    async def admit(self, upgrade: Upgrade) -> "Guest":
        if upgrade.path == b"/refused":
            raise Refused(403, b'{"code":"FORBIDDEN"}', (("X-Request-ID", "r"),))
        self.admitted += 1
        return Guest(self, upgrade.path.decode())

    def tell(self, body: bytes) -> None:
        frame = Frame(body)
        for link in list(self.links):
            link.offer(frame)


@dataclass
class Guest:
    room: Room
    path: str

    def peer(self, link: Link) -> "Peer":
        self.room.links[link] = self.path
        return Peer(self.room, link)

    def leave(self) -> None:
        self.room.gone += 1


@dataclass
class Peer:
    room: Room
    link: Link

    def hear(self, message: str | bytes) -> None:
        if message == "die":
            raise AssertionError("planted")
        self.room.heard.append(message)
        self.link.offer(Frame(message.encode() if isinstance(message, str) else message))

    def leave(self) -> None:
        del self.room.links[self.link]
        self.room.left += 1


@asynccontextmanager
async def served(limits: LinkLimits = QUICK) -> AsyncIterator[tuple[Room, int]]:
    """(the application, its port)."""
    room, stop = Room(), trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:

            async def serve(task_status: Any) -> None:
                await serve_feed(room.admit, "127.0.0.1:0", shutdown=stop, limits=limits, task_status=task_status)

            address = await nursery.start(serve)
            yield room, int(address.rpartition(":")[2])
            stop.set()
    assert not room.links and room.gone == room.admitted


def request(path: str = "/ws", *, drop: str = "", **headers: str) -> bytes:
    lines = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines.pop(drop, None)
    return f"GET {path} HTTP/1.1\r\n".encode() + "".join(f"{n}: {v}\r\n" for n, v in lines.items()).encode() + b"\r\n"


def frame(payload: bytes, opcode: int = Opcode.TEXT, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([mask_bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


class Raw:
    """A client of bytes."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._buffer = b""

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            await self.stream.send_all(piece)

    async def answer(self) -> bytes:
        """The head of an HTTP answer."""
        while b"\r\n\r\n" not in self._buffer:
            more = await self.stream.receive_some(65_536)
            if not more:
                break
            self._buffer += more
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    async def rest(self) -> bytes:
        """All that still comes."""
        got, self._buffer = self._buffer, b""
        try:
            while more := await self.stream.receive_some(65_536):
                got += more
        except trio.BrokenResourceError:
            pass
        return got

    async def frame(self) -> tuple[int, bytes]:
        """(opcode, payload). Raises ConnectionError at the end."""
        head = await self._exactly(2)
        length = head[1]
        assert length < 128 and head[0] & 0xF0 == 0x80, "a server's frames are unmasked and whole"
        if length == 126:
            length = int.from_bytes(await self._exactly(2))
        elif length == 127:
            length = int.from_bytes(await self._exactly(8))
        return head[0] & 0x0F, await self._exactly(length)

    async def code(self) -> int:
        """The code of the close frame, whatever comes before it."""
        while True:
            opcode, payload = await self.frame()
            if opcode == Opcode.CLOSE:
                return int.from_bytes(payload[:2])

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            more = await self.stream.receive_some(65_536)
            if not more:
                raise ConnectionError("the end")
            self._buffer += more
        got, self._buffer = self._buffer[:count], self._buffer[count:]
        return got


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[Raw]:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        yield Raw(stream)


@asynccontextmanager
async def joined(port: int, path: str = "/ws") -> AsyncIterator[Raw]:
    async with raw(port) as client:
        await client.send(request(path))
        assert b"101" in (await client.answer()).split(b"\r\n")[0]
        yield client
