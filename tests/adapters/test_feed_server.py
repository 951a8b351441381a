"""The feed's own server over real sockets: the upgrade, whom it keeps out, heartbeats, slow readers, many at once."""

import base64
import hashlib
from dataclasses import replace

import pytest
import trio

from tests.adapters.feed_peers import KEY, QUICK, Raw, frame, joined, raw, request, served
from tradewind.adapters.ws_frames import Opcode

CALM = replace(QUICK, look_s=5.0, ping_s=20.0, silence_s=60.0)


async def test_the_upgrade_is_answered_as_the_rfc_says() -> None:
    async with served() as (_, port), raw(port) as client:
        await client.send(request())
        head = await client.answer()
        digest = hashlib.sha1(KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Accept: " + base64.b64encode(digest) in head.split(b"\r\n")
        await client.send(frame(b"hello"))
        assert await client.frame() == (Opcode.TEXT, b"hello")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(drop="Upgrade"), 426),
        (request(drop="Connection"), 426),
        (request(Sec_WebSocket_Version="8"), 426),
        (request(drop="Sec-WebSocket-Key"), 400),
        (request(Sec_WebSocket_Key="short"), 400),
        (request(Content_Length="5") + b"12345", 400),
        (request().replace(b"GET", b"POST"), 400),
        (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (request("http://elsewhere/ws"), 400),
        (request() + frame(b"early"), 400),  # a client waits for the answer
        (request("/refused"), 403),
        (b"\x16\x03\x01 what TLS begins with\r\n\r\n", 400),
        (b"GET /ws HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 20_000, 431),
    ],
)
async def test_what_is_no_upgrade_is_answered_and_closed(asked: bytes, status: int) -> None:
    async with served() as (room, port), raw(port) as client:
        await client.send(asked)
        assert (await client.answer()).startswith(f"HTTP/1.1 {status} ".encode())
        await client.rest()
        assert room.admitted == 0


async def test_a_handshake_has_a_deadline_however_it_trickles_in() -> None:
    async with served() as (room, port), raw(port) as silent, raw(port) as slow, joined(port) as honest:

        async def trickle() -> None:
            for byte in request() * 100:
                try:
                    await slow.send(bytes([byte]))
                except trio.BrokenResourceError:
                    return
                await trio.sleep(0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trickle)
            assert await silent.rest() == b""
            assert await slow.rest() == b""
            nursery.cancel_scope.cancel()
        await honest.send(frame(b"still here"))
        while (await honest.frame())[1] != b"still here":
            pass
        assert room.admitted == 1


async def test_one_connection_too_many_is_told_so() -> None:
    async with served(replace(CALM, connections_max=2)) as (room, port), joined(port) as one, joined(port):
        async with raw(port) as third:
            assert (await third.answer()).startswith(b"HTTP/1.1 503 ")
        await one.send(frame(b"", Opcode.CLOSE))
        await one.rest()
        async with joined(port):
            assert len(room.links) == 2


async def test_the_silent_are_asked_and_the_dead_are_dropped() -> None:
    async with served() as (room, port), joined(port) as alive, joined(port) as dead:
        for _ in range(6):
            opcode, payload = await alive.frame()
            assert opcode == Opcode.PING
            await alive.send(frame(payload, Opcode.PONG))
        assert await dead.code() == 1001
        assert await dead.rest() == b""
        assert list(room.links.values()) == ["/ws"]


async def test_a_ping_is_answered_with_its_words() -> None:
    async with served(CALM) as (_, port), joined(port) as client:
        await client.send(frame(b"are you there", Opcode.PING))
        assert await client.frame() == (Opcode.PONG, b"are you there")


async def test_r1_7_a_slow_reader_is_told_and_the_others_go_on() -> None:
    async with served(CALM) as (room, port), joined(port) as slow, joined(port) as quick:
        body = b"%06d" + b"x" * 10_000
        seen, number = 0, 0
        while len(room.links) == 2 and not any(link.ending for link in room.links):
            number += 1
            room.tell(body % number)
            assert int((await quick.frame())[1][:6]) == number
        room.tell(body % (number + 1))
        assert int((await quick.frame())[1][:6]) == number + 1
        # What the slow one was sent has no gap, and its end is that it is told.
        while True:
            opcode, payload = await slow.frame()
            if opcode == Opcode.CLOSE:
                break
            seen += 1
            assert int(payload[:6]) == seen
        assert int.from_bytes(payload[:2]) == 1013 and payload[2:] == b"too slow: resync"
        assert 0 < seen < number


async def test_a_burst_within_one_pass_reaches_who_reads() -> None:
    """More frames than may wait: what the socket takes at once does not wait."""
    async with served(CALM) as (room, port), joined(port) as client:
        for number in range(5 * CALM.frames_max):
            room.tell(b"%d" % number)
        for number in range(5 * CALM.frames_max):
            assert await client.frame() == (Opcode.TEXT, b"%d" % number)


async def test_a_peer_that_hangs_up_is_nobody_else_s_trouble() -> None:
    async with served(CALM) as (room, port), joined(port) as stays:
        for _ in range(20):
            async with joined(port) as goes:
                room.tell(b"one for all")
                assert (await stays.frame())[1] == b"one for all"
                del goes
        room.tell(b"the end")
        assert (await stays.frame())[1] == b"the end"


async def test_a_bug_of_the_application_ends_one_connection() -> None:
    async with served(CALM) as (_, port), joined(port) as unlucky, joined(port) as other:
        await unlucky.send(frame(b"die"))
        assert await unlucky.code() == 1011
        await other.send(frame(b"fine"))
        assert (await other.frame())[1] == b"fine"


async def test_everybody_is_told_when_it_shuts_down() -> None:
    async with served(CALM) as (_, port):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        client = Raw(stream)
        await client.send(request())
        await client.answer()
    assert await client.code() == 1001
    await stream.aclose()
