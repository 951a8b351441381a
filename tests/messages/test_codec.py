"""Messages there and back, bytes of old, and bytes that are none."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.golden import files, home
from tests.messages.made import COMMANDS, EVENTS, REPLIES, any_of, samples, wrapped
from tradewind.messages.base import Message
from tradewind.messages.codec import CHECKED, PLAIN, VERSIONS, WRITTEN, Output, Undecodable, decode, encode, version_of
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry
from tradewind.messages.replies import Answer, Answers

SHAPES = (Envelope, Entry, Batch, Answer, Answers, Output)
SAMPLES = samples()


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS, *REPLIES], ids=lambda kind: kind.__name__)
@given(choice=st.data())
def test_every_message_comes_back(kind: type, choice: Any) -> None:
    message = wrapped(choice.draw(any_of(kind)))
    for version in VERSIONS:
        body = encode(message, version)
        assert version_of(body) == version and decode(type(message), body) == message


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@given(choice=st.data())
def test_every_shape_comes_back(shape: Any, choice: Any) -> None:
    message = choice.draw(any_of(shape))
    assert decode(shape, encode(message)) == message


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SAMPLES)
def test_old_bytes_stay_readable_and_new_ones_are_the_newest_golden(name: str, version: int) -> None:
    message, old = SAMPLES[name], files(name, version)
    assert old, "python -m tests.messages.golden writes it"
    for path in old:
        assert decode(type(message), bytes.fromhex(path.read_text())) == message, path.name
    assert encode(message, version).hex() == old[-1].read_text().strip()


def test_no_golden_file_is_without_a_message() -> None:
    """A message that is no longer said must still be read: its type stays."""
    for version in VERSIONS:
        assert {path.name.split(".")[0] for path in home(version).iterdir()} == set(SAMPLES)


def test_each_message_has_its_own_tag_and_none_is_forgotten() -> None:
    kinds = [*COMMANDS, *EVENTS, *REPLIES]
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
    assert {kind for kind in Message.__subclasses__() if kind.__module__.startswith("tradewind.")} == {*kinds, *SHAPES}


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS, *REPLIES], ids=lambda kind: kind.__name__)
def test_fields_with_a_default_come_last(kind: type) -> None:
    needed = [field.required for field in msgspec.structs.fields(kind)]
    assert needed == sorted(needed, reverse=True)


GOOD = encode(SAMPLES["PlaceOrder"])
CHECKED_GOOD = encode(SAMPLES["PlaceOrder"], CHECKED)
VERSION = bytes((PLAIN,))
RUBBISH = {
    "nothing": b"",
    "version only": VERSION,
    "version of the future": b"\x03" + GOOD[1:],
    "the other version's": b"\x02" + GOOD[1:],
    "checksum only": CHECKED_GOOD[:5],
    "half a checksum": CHECKED_GOOD[:3],
    "checked, and cut short": CHECKED_GOOD[:-1],
    "checked, and more behind": CHECKED_GOOD + b"\x00",
    "checked, and another shape": encode(SAMPLES["OrderAck"], CHECKED),
    "no version": GOOD[1:],
    "cut short": GOOD[:-1],
    "more behind": GOOD + b"\x00",
    "another shape": encode(SAMPLES["OrderAck"]),
    "not msgpack": VERSION + b"\xc1",
    "text": b"{}",
    "a map": VERSION + msgspec.msgpack.encode({"shape": "Envelope"}),
    "unknown body": VERSION + msgspec.msgpack.encode(["Envelope", b"x", "r", 1, "m", ["NoSuch", 1]]),
    "wrong type": VERSION + msgspec.msgpack.encode(["Envelope", b"x", "r", "1", "m", ["CancelAll", 1, "X"]]),
    "float for int": VERSION + msgspec.msgpack.encode(["Envelope", b"x", "r", 1.5, "m", ["CancelAll", 1, "X"]]),
    "field missing": VERSION + msgspec.msgpack.encode(["Envelope", b"x", "r", 1, "m", ["CancelAll", 1]]),
    "bad unicode": GOOD.replace(b"request-1", b"request\xff1"),
    "no such side": msgspec.msgpack.encode(["PlaceOrder", 1, "X", "", 7, 0, 0, 0, 1, 1]).join(
        [VERSION + msgspec.msgpack.encode(["Envelope", b"x", "r", 1, "m", 0])[:-1], b""]
    ),
    "a well without bottom": VERSION + b"\x98" + GOOD[2:] + b"\x91" * 100_000 + b"\x00",
}


@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(Envelope, body)


@given(st.binary(max_size=200), st.sampled_from(SHAPES))
def test_any_bytes_are_a_message_or_undecodable(body: bytes, shape: Any) -> None:
    for candidate in (body, VERSION + body):
        with contextlib.suppress(Undecodable):
            decode(shape, candidate)


@given(st.integers(1, len(GOOD) - 1), st.integers(0, 255))
def test_one_wrong_byte_is_another_message_or_undecodable(place: int, byte: int) -> None:
    body = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    try:
        message = decode(Envelope, body)
    except Undecodable:
        return
    assert encode(message)[:1] == VERSION


@given(st.integers(0, len(CHECKED_GOOD) - 1), st.integers(1, 255))
def test_one_wrong_byte_in_a_checked_message_is_noticed(place: int, flipped: int) -> None:
    body = CHECKED_GOOD[:place] + bytes([CHECKED_GOOD[place] ^ flipped]) + CHECKED_GOOD[place + 1 :]
    with pytest.raises(Undecodable):
        decode(Envelope, body)


def test_this_release_writes_what_the_one_before_reads() -> None:
    """Expand, then contract: until every process reads version 2, none may write it unasked."""
    assert WRITTEN == PLAIN == version_of(GOOD)
