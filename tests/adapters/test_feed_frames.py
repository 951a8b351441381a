"""Frames of clients: whatever a well-behaved one sends arrives, however it is cut; whatever else ends with the RFC's code."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.feed_peers import QUICK, frame, joined, served
from tradewind.adapters.ws_frames import BrokenFrames, FrameReader, Heard, Opcode
from tradewind.services.gateway.frames import Frame

MAX = QUICK.message_bytes_max
CONTROLS = st.tuples(st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))
MESSAGES = st.one_of(
    st.tuples(st.just(Opcode.TEXT), st.text(max_size=400).map(str.encode)),
    st.tuples(st.just(Opcode.BINARY), st.binary(max_size=400)),
)


@given(st.lists(st.tuples(MESSAGES, st.lists(st.integers(0, 400), max_size=3), st.lists(CONTROLS, max_size=2))), st.data())
def test_messages_arrive_however_they_are_cut(
    sent: list[tuple[tuple[Opcode, bytes], list[int], list[tuple[Opcode, bytes]]]], data: st.DataObject
) -> None:
    wire, expected = b"", []
    for (opcode, payload), cuts, controls in sent:
        places = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
        pieces = [payload[a:b] for a, b in pairwise(places)]
        for number, piece in enumerate(pieces):
            wire += frame(piece, opcode if number == 0 else Opcode.CONTINUATION, final=number == len(pieces) - 1)
            if number == 0:  # control frames may come between fragments
                for control, words in controls:
                    wire += frame(words, control)
                    if len(pieces) > 1:
                        expected.append(Heard(control, words))
        expected.append(Heard(opcode, payload))
        if len(pieces) == 1:
            expected += [Heard(control, words) for control, words in controls]
    reader, heard = FrameReader(MAX), []
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        heard += reader.hear(wire[:size])
        wire = wire[size:]
    assert heard == expected


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_frames_or_broken(received: bytes, step: int) -> None:
    reader = FrameReader(64)
    try:
        for at in range(0, len(received), step):
            for heard in reader.hear(received[at : at + step]):
                assert len(heard.payload) <= 125
    except BrokenFrames as broken:
        assert broken.code in {1002, 1007, 1009}


HOSTILE = {
    "not masked": (frame(b"x", masked=False), 1002),
    "a reserved bit": (frame(b"x", reserved=0x40), 1002),
    "a reserved opcode": (frame(b"x", 0x3), 1002),
    "a reserved control opcode": (frame(b"x", 0xB), 1002),
    "a long ping": (frame(b"x" * 126, Opcode.PING), 1002),
    "a fragmented ping": (frame(b"x", Opcode.PING, final=False), 1002),
    "a fragment of nothing": (frame(b"x", Opcode.CONTINUATION), 1002),
    "a message within a message": (frame(b"x", final=False) + frame(b"y"), 1002),
    "a length that is too long for itself": (b"\x81\xfe\x00\x05" + b"mask" + b"hello", 1002),
    "an eight-byte length that is too long for itself": (b"\x81\xff" + struct.pack("!Q", 5) + b"mask" + b"hello", 1002),
    "a negative length": (b"\x81\xff" + b"\xff" * 8, 1002),
    "bad UTF-8": (frame(b"\xc3\x28"), 1007),
    "a surrogate": (frame(b"\xed\xa0\x80"), 1007),
    "bad UTF-8 over fragments": (frame(b"\xc3", final=False) + frame(b"(", Opcode.CONTINUATION), 1007),
    "too big, by its length alone": (b"\x81\xff" + struct.pack("!Q", 1 << 40), 1009),
    "too big over fragments": (frame(b"x" * 4_000, final=False) + frame(b"x" * 97, Opcode.CONTINUATION), 1009),
    "half a close code": (frame(b"\x03", Opcode.CLOSE), 1002),
    "a close code that nobody may send": (frame(struct.pack("!H", 1006), Opcode.CLOSE), 1002),
    "a close reason in bad UTF-8": (frame(struct.pack("!H", 1000) + b"\xff", Opcode.CLOSE), 1007),
    "a flood of pings": (frame(b"x", Opcode.PING) * (QUICK.controls_max + 1), 1008),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_hostile_frames_end_with_the_code_that_says_why(name: str) -> None:
    sent, code = HOSTILE[name]
    async with served() as (room, port), joined(port) as hostile, joined(port) as other:
        await hostile.send(sent)
        assert await hostile.code() == code
        assert await hostile.rest() == b""
        await other.send(frame(b"unharmed"))
        while (await other.frame())[1] != b"unharmed":
            pass
        assert room.heard == ["unharmed"]


@pytest.mark.parametrize(("payload", "code"), [(b"", 1000), (struct.pack("!H", 1001) + b"bye", 1001), (b"\x0f\xa0", 4000)])
async def test_a_close_is_answered_with_its_code(payload: bytes, code: int) -> None:
    async with served() as (room, port), joined(port) as client:
        await client.send(frame(payload, Opcode.CLOSE))
        assert await client.code() == code
        assert await client.rest() == b""
        assert room.left == 1


async def test_a_close_in_mid_message_is_obeyed() -> None:
    async with served() as (room, port), joined(port) as client:
        await client.send(frame(b"never ends", final=False), frame(b"", Opcode.CLOSE))
        assert await client.code() == 1000
        assert room.heard == []


@given(st.binary(max_size=70_000))
def test_a_server_s_frame_is_read_back(body: bytes) -> None:
    wire = Frame(body).wire
    length, at = wire[1], 2
    if length > 125:
        at = 4 if length == 126 else 10
        length = int.from_bytes(wire[2:at])
    assert (wire[0], length, wire[at:]) == (0x81, len(body), body)
