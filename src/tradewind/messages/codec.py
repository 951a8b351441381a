"""Messages as bytes. Old bytes stay readable: tests/golden holds samples of every version.

Version 1: the byte 1, msgpack. Version 2: the byte 2, CRC-32 of the rest (4 bytes, big-endian), msgpack; so a bit that flipped
on the way or on a disk makes a message Undecodable, not another message.

Every process reads both. Which one it writes is its setting, because it says what its peers of the release before must read:
expand (all read 2, still write 1), then contract (write 2). This release expands: it writes 1 unless it is told otherwise.
"""

from typing import TypeVar
from zlib import crc32

import msgspec

from tradewind.messages.base import Message
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry, Event
from tradewind.messages.replies import Answer, Answers, Reply

PLAIN, CHECKED = 1, 2
VERSIONS = (PLAIN, CHECKED)
WRITTEN = PLAIN  # by a process that is not told otherwise
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
_CRC_BYTES = 4


class Undecodable(ValueError):
    """These bytes are no message of a version that we know."""


class Output(Message, frozen=True):
    """What an input came to: the journal keeps it beside the input."""

    events: tuple[Event, ...]
    reply: Reply | None


M = TypeVar("M")
_encoder = msgspec.msgpack.Encoder()
_decoders = {shape: msgspec.msgpack.Decoder(shape) for shape in (Envelope, Entry, Batch, Answer, Answers, Output)}
_PLAIN, _CHECKED = bytes((PLAIN,)), bytes((CHECKED,))


def encode(message: Envelope | Entry | Batch | Answer | Answers | Output, version: int = WRITTEN) -> bytes:
    body = _encoder.encode(message)
    if version == PLAIN:
        return _PLAIN + body
    assert version == CHECKED, version
    return _CHECKED + crc32(body).to_bytes(_CRC_BYTES, "big") + body


def version_of(body: bytes) -> int:
    """In which version these bytes are written: for whoever must write the same bytes again. Raises Undecodable."""
    if not body or body[0] not in VERSIONS:
        raise Undecodable(f"unknown message version {body[:1]!r}")
    return body[0]


def decode(shape: type[M], body: bytes) -> M:
    """Raises Undecodable."""
    inner = memoryview(body)[1:]
    if version_of(body) == CHECKED:
        said, inner = inner[:_CRC_BYTES], inner[_CRC_BYTES:]
        if crc32(inner).to_bytes(_CRC_BYTES, "big") != said:
            raise Undecodable("these bytes are not those that were written: their checksum differs")
    try:
        return _decoders[shape].decode(inner)  # type: ignore[index,return-value]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(str(error)) from error
