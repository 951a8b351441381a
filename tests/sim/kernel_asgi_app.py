"""A small Quart-trio application in a world of its own, printed as hashes. Also run by test_kernel_determinism."""

import logging
import sys
from collections.abc import AsyncIterator

import trio

from sim.kernel.incarnation import Incarnation
from sim.kernel.result import RunResult
from sim.kernel.world import World
from sim.web.client import AsgiClient, Closed, Rejected
from sim.web.server import Asgi, AsgiServer

from quart import Quart, Response, abort, jsonify, request, websocket  # isort: skip  (after the simulator, so that it meets the guards)
from quart_trio import QuartTrio  # isort: skip

S = 10**9


def application(world: World, seen: list[str]) -> Quart:
    """Routes that echo, wait, stream, fail and cross their client; a WebSocket; a background task."""
    app = QuartTrio(__name__)
    app.logger.setLevel(logging.CRITICAL)

    @app.before_serving
    async def warm() -> None:
        async def background() -> None:
            while True:
                await trio.sleep(1)
                world.trace("background", world.now_ns)

        app.add_background_task(background)

    @app.after_serving
    async def cool() -> None:
        seen.append("after_serving")

    @app.post("/echo")
    async def echo() -> Response:
        got = await request.get_json()
        await trio.sleep(0.01)
        return jsonify({"got": got, "who": request.headers["X-Who"], "from": request.remote_addr})

    @app.get("/wait")
    async def wait() -> str:
        try:
            await trio.sleep(5)
        except trio.Cancelled:
            seen.append("cancelled")
            raise
        return "done"

    @app.get("/stream")
    async def stream() -> tuple[AsyncIterator[bytes], int]:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(5):
                await trio.sleep(0.1)
                yield b"%d" % number

        return parts(), 200

    @app.get("/fail")
    async def fail() -> str:
        raise ValueError("planted")

    @app.websocket("/ws")
    async def talk() -> None:
        if "X-Refuse" in websocket.headers:
            abort(401)
        await websocket.accept()
        while True:
            said = await websocket.receive()
            await websocket.send(f"heard {said}" if isinstance(said, str) else said[::-1])
            if said == "bye":
                await websocket.close(4000)
                return

    return app


def serve(world: World, app: Asgi) -> None:
    """Start the node `gateway/0` with this application."""
    node = world.node("gateway/0")

    async def main(life: Incarnation) -> None:
        await AsgiServer(world, node, app).serve()

    node.start(main)


async def _client(world: World, number: int) -> None:
    client = AsgiClient(world, world.node("gateway/0"), address=f"192.0.2.{number}")
    await world.sleep(number * 1000)
    got = await client.request("POST", "/echo?a=b", [("X-Who", str(number)), ("Content-Type", "application/json")], b'{"a": 1}')
    world.trace("echo", number, got.status, got.body)
    socket = await client.websocket("/ws")
    for text in ("one", "two", "bye"):
        await socket.send(text)
        world.trace("ws", number, await socket.receive())
    try:
        await socket.receive()
    except Closed as closed:
        world.trace("closed", number, closed.code)
    try:
        await client.websocket("/ws", [("X-Refuse", "1")])
    except Rejected as rejected:
        world.trace("rejected", number, rejected.status)
    streamed = await client.request("GET", "/stream")
    world.trace("stream", number, streamed.body)
    with trio.move_on_after(0.5):
        await client.request("GET", "/wait")


def traffic(seed: int) -> RunResult:
    """Twenty clients at once, and a stop at the end."""
    world, seen = World(seed, trace_max=10_000), list[str]()

    async def director() -> None:
        serve(world, application(world, seen))
        await world.sleep(S)
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(_client, world, number)
        await world.sleep(S)
        await world.node("gateway/0").stop(60 * S)
        for line in seen:
            world.trace(line)

    return world.run(director)


if __name__ == "__main__":
    for seed in (int(sys.argv[1]), int(sys.argv[1]) + 1, int(sys.argv[1])):
        shown = traffic(seed)
        print(seed, shown.steps, shown.hash, shown.now_ns, len(shown.trace), shown.crashes, shown.findings)
