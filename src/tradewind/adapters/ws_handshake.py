"""The upgrade of a connection to a WebSocket: the request as h11 reads it, and the answers (RFC 6455, 4.2)."""

import base64
import binascii
import hashlib
from http import HTTPStatus
from typing import NamedTuple

import h11

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY_BYTES = 16
VERSION = b"13"


class Upgrade(NamedTuple):
    """Header names are lower-case bytes; of a repeated header the last one counts. `peer` is the other end's address."""

    path: bytes
    query: bytes
    headers: dict[bytes, bytes]
    peer: str


class Refused(Exception):
    """The request is answered with `status` and the connection closed. `body` is JSON."""

    def __init__(self, status: int, body: bytes = b"{}", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


class Handshake:
    """`hear` bytes until there is a request."""

    def __init__(self, peer: str, head_bytes_max: int) -> None:
        self._peer = peer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=head_bytes_max)

    def hear(self, received: bytes) -> Upgrade | None:
        """None while more is needed. Raises Refused."""
        try:
            self._http.receive_data(received)
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise Refused(error.error_status_hint) from None
        if event is h11.NEED_DATA:
            return None
        if not isinstance(event, h11.Request):
            raise Refused(400)
        if self._http.trailing_data[0]:
            raise Refused(400)  # a client waits for the answer; whoever does not may mean another server behind us
        return self._checked(event)

    def _checked(self, request: h11.Request) -> Upgrade:
        headers = {bytes(name): bytes(value) for name, value in request.headers}
        path, _, query = bytes(request.target).partition(b"?")
        if request.http_version != b"1.1" or not path.startswith(b"/"):
            raise Refused(400)
        if headers.get(b"upgrade", b"").lower() != b"websocket" or not _says(headers, b"connection", b"upgrade"):
            raise Refused(426, headers=(("Upgrade", "websocket"), ("Connection", "Upgrade")))
        if request.method != b"GET" or b"content-length" in headers or b"transfer-encoding" in headers:
            raise Refused(400)
        if headers.get(b"sec-websocket-version") != VERSION:
            raise Refused(426, headers=(("Sec-WebSocket-Version", VERSION.decode()),))
        if not _is_key(headers.get(b"sec-websocket-key", b"")):
            raise Refused(400)
        return Upgrade(path, query, headers, self._peer)


def _says(headers: dict[bytes, bytes], name: bytes, word: bytes) -> bool:
    return word in [part.strip().lower() for part in headers.get(name, b"").split(b",")]


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def accepted(upgrade: Upgrade) -> bytes:
    """The answer after which frames follow. No extension is ever agreed to, nor a subprotocol."""
    digest = base64.b64encode(hashlib.sha1(upgrade.headers[b"sec-websocket-key"] + GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
        % digest
    )


def refusal(refused: Refused) -> bytes:
    lines = [
        f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(refused.body)}",
        *(f"{name}: {value}" for name, value in refused.headers),
    ]
    if not any(name == "Connection" for name, _ in refused.headers):
        lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + refused.body
