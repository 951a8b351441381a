"""A WebSocket client that sends what it is told, right or wrong, and reads what comes."""

import base64
import json
import socket
from contextlib import suppress
from typing import Any, NamedTuple

from tests.hostile.siege import Siege, everything
from tradewind.adapters.ws_frames import BrokenFrames, FrameReader, Opcode

KEY = base64.b64encode(b"0123456789abcdef").decode()
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")
MESSAGE_BYTES_MAX = 262_144


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    first, mask = (0x80 if final else 0) | reserved | opcode, 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 1 << 16:
        head = bytes([first, mask | 126]) + size.to_bytes(2)
    else:
        head = bytes([first, mask | 127]) + size.to_bytes(8)
    return head + (b"\0\0\0\0" if masked else b"") + payload


class Said(NamedTuple):
    """All messages of the other side, and the code with which it closed: 0 when it only hung up."""

    messages: list[Any]
    code: int


def said(heard: bytes) -> Said:
    messages: list[Any] = []
    while len(heard) >= 2:
        opcode, size, at = heard[0] & 0xF, heard[1] & 0x7F, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(heard[2:at])
        payload, heard = heard[at : at + size], heard[at + size :]
        if opcode == Opcode.CLOSE:
            return Said(messages, int.from_bytes(payload[:2]) or 1000)
        if opcode == Opcode.TEXT and len(payload) == size:
            messages.append(json.loads(payload))
    return Said(messages, 0)


class Door(NamedTuple):
    """Where a socket is opened. `signed`: as the demo account."""

    port: int
    target: str
    signed: bool = False

    def open(self, siege: Siege) -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", self.port), 30.0)
        lines = [line.encode() for line in UPGRADE]
        plain = b"\r\n".join([f"GET {self.target} HTTP/1.1".encode(), b"Host: x", *lines]) + b"\r\n\r\n"
        peer.sendall(siege.signed("GET", self.target, b"", *lines) if self.signed else plain)
        head = b""
        while b"\r\n\r\n" not in head:
            more = peer.recv(1)
            assert more, head
            head += more
        assert head.startswith(b"HTTP/1.1 101"), head
        return peer


def doors(siege: Siege) -> dict[str, Door]:
    feed = int(siege.child.demo.urls["feed"].rpartition(":")[2].partition("/")[0])
    return {
        "private": Door(siege.child.port, "/ws/private", signed=True),
        "order entry": Door(siege.child.port, "/ws/private?updates=none&cancelOnDisconnect=true", signed=True),
        "requests": Door(siege.child.port, "/ws-api/v3"),
        "public": Door(siege.child.port, "/ws"),
        "feed": Door(feed, "/ws"),
        "feed of streams": Door(feed, "/stream?streams=btcusdt@depth/btcusdt@trade"),
    }


def talk(siege: Siege, door: Door, sent: bytes) -> Said:
    """Everything that is said to `sent`, until the other side hangs up."""
    with door.open(siege) as peer:
        with suppress(OSError):  # it has heard enough
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)  # half a frame at the end would be waited for
        return said(everything(peer))


def broken(sent: bytes) -> int:
    """The close code that these frames deserve, 0 when they are well made."""
    try:
        FrameReader(MESSAGE_BYTES_MAX).hear(sent)
    except BrokenFrames as found:
        return found.code
    return 0
