"""What a WebSocket client sends, sans I/O: bytes in, messages and control frames out (RFC 6455, 5 and 7.4)."""

from enum import IntEnum
from typing import NamedTuple

MASKED, FINAL, RESERVED, OPCODE, LENGTH = 0x80, 0x80, 0x70, 0x0F, 0x7F
CONTROL = 0x8
TWO_BYTES, EIGHT_BYTES = 126, 127
CONTROL_BYTES_MAX = 125
MASK_BYTES = 4

PROTOCOL_ERROR = 1002
NOT_UTF8 = 1007
TOO_BIG = 1009
NO_CODE = 1000  # what a close without a code is answered with


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class Heard(NamedTuple):
    """A whole message (TEXT or BINARY), or a control frame. Of a CLOSE `code` is what it said."""

    opcode: Opcode
    payload: bytes
    code: int = 0


class BrokenFrames(Exception):
    """What came is no WebSocket: the connection is to be closed with `code`."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class FrameReader:
    """`message_bytes_max` bounds a message over all its fragments; nothing more is kept of it."""

    def __init__(self, message_bytes_max: int) -> None:
        self._max = message_bytes_max
        self._buffer = bytearray()
        self._kind: Opcode | None = None  # of the message whose fragments are coming
        self._parts = bytearray()

    def hear(self, received: bytes) -> list[Heard]:
        """Everything that is complete now. Raises BrokenFrames; then nothing may follow."""
        self._buffer += received
        told: list[Heard] = []
        while (found := self._frame()) is not None:
            heard = self._assembled(*found)
            if heard is not None:
                told.append(heard)
        return told

    def _frame(self) -> tuple[bool, Opcode, bytes] | None:
        """(final, opcode, payload) of the next whole frame."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        final, code = bool(buffer[0] & FINAL), buffer[0] & OPCODE
        if buffer[0] & RESERVED or code not in _OPCODES:
            raise BrokenFrames(PROTOCOL_ERROR, "reserved bits or opcode")
        if not buffer[1] & MASKED:
            raise BrokenFrames(PROTOCOL_ERROR, "not masked")
        length, at = buffer[1] & LENGTH, 2
        if code & CONTROL and (length > CONTROL_BYTES_MAX or not final):
            raise BrokenFrames(PROTOCOL_ERROR, "a control frame is short and whole")
        if length > CONTROL_BYTES_MAX:
            size = 2 if length == TWO_BYTES else 8
            if len(buffer) < at + size:
                return None
            length, least, at = int.from_bytes(buffer[at : at + size]), (TWO_BYTES if size == 2 else 1 << 16), at + size
            if length < least or length >> 63:
                raise BrokenFrames(PROTOCOL_ERROR, "length")
        if length + len(self._parts) > self._max and not code & CONTROL:
            raise BrokenFrames(TOO_BIG, "message too big")
        end = at + MASK_BYTES + length
        if len(buffer) < end:
            return None
        payload = _unmasked(bytes(buffer[at : at + MASK_BYTES]), bytes(buffer[at + MASK_BYTES : end]))
        del buffer[:end]
        return final, Opcode(code), payload

    def _assembled(self, final: bool, opcode: Opcode, payload: bytes) -> Heard | None:
        if opcode & CONTROL:
            return _closing(payload) if opcode is Opcode.CLOSE else Heard(opcode, payload)
        if (opcode is Opcode.CONTINUATION) == (self._kind is None):
            raise BrokenFrames(PROTOCOL_ERROR, "a fragment out of place")
        if self._kind is None:
            self._kind = opcode
        self._parts += payload
        if not final:
            return None
        whole, kind = bytes(self._parts), self._kind
        self._parts.clear()
        self._kind = None
        if kind is Opcode.TEXT:
            _check_utf8(whole)
        return Heard(kind, whole)


_OPCODES = frozenset(Opcode)
_RESERVED_CODES = frozenset((1004, 1005, 1006, 1015))


def _closing(payload: bytes) -> Heard:
    if not payload:
        return Heard(Opcode.CLOSE, b"", NO_CODE)
    code = int.from_bytes(payload[:2])
    known = (1000 <= code < 1015 and code not in _RESERVED_CODES) or 3000 <= code < 5000
    if len(payload) == 1 or not known:
        raise BrokenFrames(PROTOCOL_ERROR, "close code")
    _check_utf8(payload[2:])
    return Heard(Opcode.CLOSE, payload[2:], code)


def _check_utf8(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise BrokenFrames(NOT_UTF8, "not UTF-8") from None


def _unmasked(mask: bytes, masked: bytes) -> bytes:
    """As one large number: a loop over bytes would cost more than everything else."""
    length = len(masked)
    if not length:
        return b""
    key = (mask * (length // MASK_BYTES + 1))[:length]
    return (int.from_bytes(masked) ^ int.from_bytes(key)).to_bytes(length)
