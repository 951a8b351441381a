"""Drawn frames at every socket: each is answered, or closed with a code that says why; nobody else notices.

About 25 s; `./x hostile` draws many more.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.siege import GATEWAY, Siege
from tests.hostile.wire import broken, doors, frame, talk
from tradewind.adapters.ws_frames import Opcode

EXAMPLES = int(os.environ.get("TRADEWIND_HOSTILE_EXAMPLES", "100"))
SEED = int(os.environ.get("TRADEWIND_HOSTILE_SEED", "1"))
GOODBYE = frame(Opcode.CLOSE, b"\x03\xe8")
# Codes of ours for what is well made: gone, too much, too fast, too slow.
OURS = {1000, 1001, 1008, 1009, 1013}
BROKEN = {1002, 1007, 1009}
WORDS = [
    *("id", "method", "params", "op", "channel", "symbol", "side", "orders", "streams", "subscribe", "SUBSCRIBE", "ping"),
    *("order.place", "order.cancel", "batch.place", "session.logon", "time", "depth", "order.status", "cancelAfter", "apiKey"),
    *("market.BTCUSDT.book", "btcusdt@depth", "BTCUSDT", "$.side", "__proto__", "\ud83d\ude00", "\0", "signature", "timestamp"),
]
GOOD: list[dict[str, Any]] = [
    {"op": "subscribe", "channel": "market.BTCUSDT.book"},
    {"op": "unsubscribe", "channel": "market.BTCUSDT.book"},
    {"op": "ping"},
    {"method": "SUBSCRIBE", "params": ["btcusdt@depth", "btcusdt@kline_1m"], "id": 1},
    {"method": "LIST_SUBSCRIPTIONS", "id": 2},
    {"id": 3, "method": "ping"},
    {"id": 4, "method": "order.status", "params": {"symbol": "BTCUSDT", "orderId": 1}},
    {"id": 5, "method": "batch.place", "params": {"orders": [{"symbol": "BTCUSDT"}, 5, None]}},
    {"id": "6", "method": "time"},
    {"id": 7, "method": "session.cancelOnDisconnect", "params": {"enabled": True}},
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(WORDS) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)


@st.composite
def _changed(draw: st.DrawFn) -> str:
    """A good message with some of its fields replaced, given twice, or written in another way."""
    message = dict(draw(st.sampled_from(GOOD)))
    for name in draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        message[name] = draw(ANYTHING)
    text = json.dumps(message)
    match draw(st.integers(0, 5)):
        case 0:
            return text[:-1] + ", " + text[1:]
        case 1:
            return text.replace('"', '"\\ud800', 1)
        case 2:
            return text.replace(":", ": " + "[" * 40, 1)
        case 3:
            return text[: draw(st.integers(0, len(text)))]
        case _:
            return text


TEXT = _changed() | ANYTHING.map(json.dumps) | st.sampled_from(["[]" * 33 + '"' + '\\"' * 5_000, "{" * 5_000, "1" * 5_000])


@st.composite
def _message(draw: st.DrawFn) -> bytes:
    """Whole, or in fragments with control frames in between; as text or as bytes."""
    payload = draw(TEXT).encode()
    opcode = draw(st.sampled_from([Opcode.TEXT, Opcode.TEXT, Opcode.BINARY]))
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
    sent = b""
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(payload)], strict=True)):
        sent += frame(Opcode.CONTINUATION if number else opcode, payload[start:end], final=number == len(cuts))
        if draw(st.booleans()):
            sent += frame(Opcode.PING, b"p" * draw(st.integers(0, 125)))
    return sent


WRONG = st.sampled_from([
    frame(Opcode.TEXT, b"hi", masked=False),
    frame(Opcode.TEXT, b"\xff\xfe"),
    frame(Opcode.TEXT, b"\xed\xa0\x80"),
    frame(Opcode.TEXT, b"hi", reserved=0x40),
    frame(3, b"hi"),
    frame(0xB, b"hi"),
    frame(Opcode.CONTINUATION, b"hi"),
    frame(Opcode.TEXT, b"{", final=False) + frame(Opcode.TEXT, b"}"),
    frame(Opcode.PING, b"p" * 126),
    frame(Opcode.PING, b"p", final=False),
    frame(Opcode.CLOSE, b"\3"),
    frame(Opcode.CLOSE, b"\0\1"),
    frame(Opcode.CLOSE, b"\x03\xed"),
    frame(Opcode.CLOSE, b"\x03\xe8\xff"),
    b"\x81\xff" + (1 << 62).to_bytes(8) + b"\0\0\0\0",
    b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0",
    b"\x81\xfe\0\x05\0\0\0\0hello",
    frame(Opcode.TEXT, b'"' + b"x" * 300_000 + b'"'),
])  # fmt: skip
STEPS = st.lists(_message() | _message() | WRONG | st.binary(max_size=40), max_size=8).map(b"".join)


@pytest.mark.parametrize("name", ["private", "order entry", "requests", "public", "feed", "feed of streams"])
def test_drawn_frames(siege: Siege, name: str) -> None:
    door = doors(siege)[name]

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def talked(sent: bytes) -> None:
        deserved = broken(sent + GOODBYE)
        heard = talk(siege, door, sent + GOODBYE)
        if deserved:
            assert heard.code in BROKEN | OURS, (deserved, heard)
        else:
            assert heard.code in OURS | _closes(sent), heard

    talked()


def _closes(sent: bytes) -> set[int]:
    """A close in the middle is answered with its own code; half a frame at the end swallows our goodbye, and is none."""
    return {0, *(int.from_bytes(sent[place : place + 2]) for place in range(len(sent) - 1))} if sent else set()


FLOODS: dict[str, bytes] = {
    "pings": frame(Opcode.PING, b"p" * 125) * 3_000,
    "pongs": frame(Opcode.PONG, b"p" * 125) * 3_000,
    "empty messages": frame(Opcode.TEXT, b"") * 3_000,
    "empty fragments": frame(Opcode.TEXT, b"", final=False) + frame(Opcode.CONTINUATION, b"", final=False) * 20_000,
    "mistakes": frame(Opcode.TEXT, b"{") * 3_000,
    "subscriptions": (
        frame(Opcode.TEXT, json.dumps(GOOD[0]).encode()) + frame(Opcode.TEXT, json.dumps(GOOD[1]).encode())
    ) * 1_000,
    "requests": frame(Opcode.TEXT, json.dumps(GOOD[6]).encode()) * 2_000,
    "long messages": frame(Opcode.TEXT, b'{"id":1,"method":"' + b"x" * 60_000 + b'"}') * 30,
}  # fmt: skip
ROUNDS = 3
GROWTH_KIB_MAX = 24 * 1024  # of an interpreter that has been warmed up by one round: arenas, not what anybody left behind


def _descriptors(siege: Siege) -> int:
    return len(list(Path(f"/proc/{siege.child.processes[GATEWAY]}/fd").iterdir()))


def test_floods_leave_nothing_behind(siege: Siege) -> None:
    """A peer that reads nothing and hangs up in the middle, many times over."""
    grown = []
    for _ in range(1 + ROUNDS):
        for door in doors(siege).values():
            for flood in FLOODS.values():
                with door.open(siege) as peer:
                    peer.settimeout(0.2)
                    with suppress(OSError):  # told, dropped, or no longer heard: all are right
                        peer.sendall(flood)
        siege.check()
        grown.append(siege.resident_kib())
    assert grown[-1] - grown[0] < GROWTH_KIB_MAX, grown
    assert _descriptors(siege) < 100, "a descriptor for each of hundreds of connections would be more"
