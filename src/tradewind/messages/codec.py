"""Messages as bytes: one version byte, then msgpack. Old bytes stay readable: tests/golden holds samples of every version."""

from typing import TypeVar

import msgspec

from tradewind.messages.base import Message
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry, Event
from tradewind.messages.replies import Answer, Answers, Reply

VERSION = b"\x01"
MESSAGE_BYTES_MAX = 8 * 1024 * 1024


class Undecodable(ValueError):
    """These bytes are no message of a version that we know."""


class Output(Message, frozen=True):
    """What an input came to: the journal keeps it beside the input."""

    events: tuple[Event, ...]
    reply: Reply | None


M = TypeVar("M")
_encoder = msgspec.msgpack.Encoder()
_decoders = {shape: msgspec.msgpack.Decoder(shape) for shape in (Envelope, Entry, Batch, Answer, Answers, Output)}


def encode(message: Envelope | Entry | Batch | Answer | Answers | Output) -> bytes:
    return VERSION + _encoder.encode(message)


def decode(shape: type[M], body: bytes) -> M:
    """Raises Undecodable."""
    if body[:1] != VERSION:
        raise Undecodable(f"unknown message version {body[:1]!r}")
    try:
        return _decoders[shape].decode(memoryview(body)[1:])  # type: ignore[index,return-value]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(str(error)) from error
