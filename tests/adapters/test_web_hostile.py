"""Byte sequences that no client of ours would send: the server lives on, and nothing of them stays."""

import os

import pytest
import trio

from tests.adapters import web_peers as peers
from tests.adapters.web_peers import GET, LAST, PATIENCE_S, POST, Site, frame, ours, reset, site, until, upgrade

ECHO = upgrade("/echo")
HOSTILE: dict[str, list[bytes | str]] = {
    "a TLS hello": [b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"],
    "binary noise": [bytes(range(256)) * 16],
    "nothing but newlines": [b"\r\n" * 5_000],
    "data after close": [LAST["connection close"] + GET],
    "pipelined": [GET * 40],
    "pipelined, then reset": [GET * 40, "reset"],
    "huge header": [b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000 + b"\r\n\r\n"],
    "ten thousand headers": [b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n"],
    "no host": [b"GET / HTTP/1.1\r\n\r\n"],
    "two hosts": [b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"],
    "bad chunk size": [POST + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n"],
    "endless chunk size": [POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000],
    "length and chunks": [POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"],
    "two lengths": [POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"],
    "negative length": [POST + b"Content-Length: -1\r\n\r\n"],
    "length of 5 000 digits": [POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n"],
    "more than its length": [POST + b"Content-Length: 3\r\n\r\nabcdefghij"],
    "less than its length": [POST + b"Content-Length: 1000\r\n\r\nabc"],
    "endless body": [POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"x" * 16_384 + b"\r\n") * 400],
    "reset in a body": [POST + b"Content-Length: 1000\r\n\r\nabc", "reset"],
    "reset in a handler": [b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n", "reset"],
    "expects 100 and leaves": [POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", "answer", "reset"],
    "CONNECT": [b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"],
    "a target that is no path": [b"GET ?a=1 HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"],
    "a path of odd bytes": [b"GET /%ff%fe%00?a=%ff HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n"],
    "HTTP/9.9": [b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"],
    "h2 with prior knowledge": [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100],
    "ws of a wrong version": [ECHO.replace(b"Version: 13", b"Version: 99")],
    "ws without a key": [ECHO.replace(b"Sec-WebSocket-Key", b"X-Key")],
    "ws over HTTP/1.0": [ECHO.replace(b"HTTP/1.1", b"HTTP/1.0")],
    "ws by POST": [ECHO.replace(b"GET", b"POST")],
    "ws to nowhere": [ECHO.replace(b"/echo", b"/nope")],
    "ws to a page": [ECHO.replace(b"/echo", b"/")],
    "ws with a header that is no ASCII": [upgrade("/echo", b"Sec-WebSocket-Protocol: \xff")],
    "ws with frames before the answer": [ECHO + frame(1, b"early")],
    "ws with a body": [upgrade("/echo", b"Content-Length: 5") + b"hello"],
    "ws noise": [ECHO, "answer", b"\xff" * 200],
    "ws unmasked": [ECHO, "answer", b"\x81\x02hi"],
    "ws bad utf-8": [ECHO, "answer", frame(1, b"\xff\xfe")],
    "ws oversized ping": [ECHO, "answer", frame(9, b"p" * 200)],
    "ws ping flood": [ECHO, "answer", frame(9, b"p") * 10_000, "reset"],
    "ws message of 20 MiB": [ECHO, "answer", b"\x81\xff" + (20 << 20).to_bytes(8, "big") + b"\0\0\0\0" + b"a" * (20 << 20)],
    "ws message in endless pieces": [ECHO, "answer", b"\x01\x80\0\0\0\0", (b"\0\xfe\x40\0\0\0\0\0" + b"a" * 16_384) * 40],
    "ws close with a bad code": [ECHO, "answer", frame(8, b"\0\1")],
    "ws two closes": [ECHO, "answer", frame(8, b"\x03\xe8") * 2],
    "ws reset": [ECHO, "answer", "reset"],
    "ws flood that is never read": [upgrade("/flood"), "answer"],
}


async def play(running: Site, steps: list[bytes | str]) -> None:
    """Do all steps, then stay until the server hangs up; the server's limits see to it that it does."""
    stream = await running.connect()
    async with stream:
        try:
            for step in steps:
                if step == "reset":
                    return reset(stream)
                if step == "answer":
                    await until(stream, b"\r\n\r\n")
                else:
                    assert isinstance(step, bytes)
                    await stream.send_all(step)
            await stream.send_eof()
        except trio.BrokenResourceError:
            return None
        return await peers.drained(stream)


class Exits(trio.abc.Instrument):
    """Wakes at every task's end, to see when the tasks of a connection are all gone."""

    def __init__(self) -> None:
        self.next = trio.Event()

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        self.next.set()

    async def until_living(self, tasks: int) -> None:
        while trio.lowlevel.current_statistics().tasks_living > tasks:
            self.next = trio.Event()
            await self.next.wait()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("fitted", [False, True], ids=["plain", "fitted"])
@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_bytes(name: str, fitted: bool) -> None:
    exits = Exits()
    trio.lowlevel.add_instrument(exits)
    before = trio.lowlevel.current_statistics().tasks_living, descriptors()
    async with site(ours, fitted=fitted) as running:
        idle = trio.lowlevel.current_statistics().tasks_living, descriptors()
        with trio.fail_after(PATIENCE_S):
            await play(running, HOSTILE[name])
        assert await running.answers()
        with trio.fail_after(PATIENCE_S):
            await exits.until_living(idle[0])
        assert descriptors() == idle[1]
        assert not running.died
    assert not running.died
    assert (trio.lowlevel.current_statistics().tasks_living, descriptors()) == before
