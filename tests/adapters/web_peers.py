"""What the web server's tests share: the app that is served, the stock server and ours, and a raw trio client.

As a program (`python web_peers.py stock|ours`) it serves the app and prints its port: for faults that freeze a process.
"""

import base64
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

import hypercorn.trio
import trio
from hypercorn.config import Config
from quart import Quart, request, websocket
from quart_trio import QuartTrio

from tradewind.adapters.web_server import ServerLimits, serve
from tradewind.services.gateway.quart_pairs import fit
from tradewind.services.gateway.sockets import PeerGone, Socket

# Generous enough for a loaded machine; no test passes by waiting it out.
PATIENCE_S = 20.0
QUICK = ServerLimits(
    send_s=0.3,
    linger_s=0.2,
    abandon_s=0.3,
    grace_s=0.5,
    head_s=0.5,
    body_s=0.5,
    body_bytes_max=40_000,
    keep_alive_s=1.0,
    ping_s=0.3,
    silence_s=0.6,
    message_bytes_max=32_768,
    connections_max=64,
    backlog_max=64,
)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /size HTTP/1.1\r\nHost: x\r\n"
LAST = {
    "connection close": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "http 1.0": b"GET / HTTP/1.0\r\nHost: x\r\n\r\n",
}
KEY = base64.b64encode(b"0123456789abcdef")


def upgrade(path: str, *headers: bytes) -> bytes:
    lines = [
        b"GET %s HTTP/1.1" % path.encode(),
        b"Host: x",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + KEY,
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def frame(opcode: int, payload: bytes) -> bytes:
    """A masked client frame, mask zero, of less than 64 KiB."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload


class Said:
    """What handlers tell the test."""

    def __init__(self) -> None:
        self.began = trio.Event()
        self.go = trio.Event()
        self.ended = trio.Event()
        self.how = ""

    def end(self, how: str) -> None:
        self.how = how
        self.ended.set()


def make_app(said: Said, *, fitted: bool = False) -> Quart:
    app = QuartTrio("web_peers")
    app.config["MAX_CONTENT_LENGTH"] = 30_000
    if fitted:
        fit(app)

    @app.get("/")
    async def root() -> dict[str, int]:
        return {"a": 1}

    @app.post("/size")
    async def size() -> dict[str, int]:
        return {"n": len(await request.get_data())}

    @app.get("/never")
    async def never() -> str:
        try:
            await trio.sleep_forever()
        finally:
            said.end("cancelled")
        return ""

    @app.post("/finish")
    async def finish() -> str:
        said.began.set()
        with trio.fail_after(PATIENCE_S):
            await said.go.wait()
        said.end("finished")
        return "finished"

    @app.websocket("/mute")
    async def mute() -> None:
        await websocket.accept()
        await trio.sleep_forever()

    @app.websocket("/echo")
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    @app.websocket("/flood")
    async def flood() -> None:
        try:
            while True:
                await websocket.send("x" * 65_536)
        finally:
            said.end("stopped")

    @app.websocket("/deaf")
    async def deaf() -> None:
        # Shielded from Quart's cancellation, so that only send() itself can end it.
        await websocket.accept()
        with trio.CancelScope(shield=True):
            socket = Socket(websocket)
            try:
                while True:
                    await socket.send("x")
            except PeerGone:
                said.end("PeerGone")

    @app.websocket("/listen")
    async def listen() -> None:
        socket = Socket(websocket)
        try:
            while True:
                await socket.send(f"{await socket.receive()!r}")
        except PeerGone:
            said.end("PeerGone")
        except trio.Cancelled:
            said.end("cancelled")
            raise

    return app


def with_push_loop(app: Quart) -> Any:
    """`app`, and beside it /push in plain ASGI: it has no framework that would end it, only the server's send."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket" or scope["path"] != "/push":
            await app(scope, receive, send)
            return
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "x"})

    return asgi


Start = Callable[..., Awaitable[None]]


async def stock(app: Any, shutdown: trio.Event, task_status: trio.TaskStatus[list[str]]) -> None:
    config = Config()
    config.bind, config.errorlog, config.graceful_timeout = ["127.0.0.1:0"], None, 0.5
    await hypercorn.trio.serve(app, config, shutdown_trigger=shutdown.wait, task_status=task_status)


async def ours(app: Any, shutdown: trio.Event, task_status: trio.TaskStatus[list[str]]) -> None:
    await serve(app, ["127.0.0.1:0"], shutdown=shutdown, limits=QUICK, task_status=task_status)


class Site:
    """A running server. `died` is set if it ended or raised before it was told to."""

    def __init__(self, *, fitted: bool = False) -> None:
        self.said = Said()
        self.fitted = fitted
        self.shutdown = trio.Event()
        self.ended = trio.Event()
        self.died = False
        self.port = 0

    async def run(self, start: Start, task_status: trio.TaskStatus[list[str]]) -> None:
        try:
            await start(with_push_loop(make_app(self.said, fitted=self.fitted)), self.shutdown, task_status=task_status)
        except* Exception:
            self.died = True
        finally:
            self.died = self.died or not self.shutdown.is_set()
            self.ended.set()

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def answers(self) -> bool:
        """Whether a new client gets its answer."""
        try:
            async with await self.connect() as stream:
                await stream.send_all(GET)
                return (await until(stream, b'{"a":1}')).startswith(b"HTTP/1.1 200")
        except OSError:
            return False


@asynccontextmanager
async def site(start: Start, *, fitted: bool = False) -> AsyncIterator[Site]:
    """A server, its app fitted with the gateway's parts or plain Quart."""
    running = Site(fitted=fitted)
    with trio.fail_after(2 * PATIENCE_S):
        async with trio.open_nursery() as nursery:
            bound: list[str] = await nursery.start(running.run, start)
            running.port = int(bound[0].rsplit(":", 1)[1])
            yield running
            running.shutdown.set()
            await running.ended.wait()


async def until(stream: trio.SocketStream, mark: bytes) -> bytes:
    """Everything up to the first `mark`, or to the end if it comes first."""
    heard = b""
    with trio.fail_after(PATIENCE_S):
        while mark not in heard:
            try:
                more = await stream.receive_some(65_536)
            except trio.BrokenResourceError:
                break
            if not more:
                break
            heard += more
    return heard


async def drained(stream: trio.SocketStream) -> None:
    """Return when the server has closed its side."""
    with trio.fail_after(PATIENCE_S):
        try:
            while await stream.receive_some(65_536):
                pass
        except trio.BrokenResourceError:
            pass


def reset(stream: trio.SocketStream) -> None:
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


async def _main(which: str) -> None:
    async with site(stock if which == "stock" else ours) as running:
        print(running.port, flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(_main, sys.argv[1])
