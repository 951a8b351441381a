"""Quart on trio in a world of its own: answers, WebSockets, disconnects, deaths."""

import contextlib
from collections.abc import Awaitable, Callable

import kernel_asgi_app
import pytest
import trio

from sim.kernel.incarnation import Incarnation
from sim.kernel.result import RunResult
from sim.kernel.world import World
from sim.web.client import AsgiClient, Closed
from sim.web.server import Message

S = 10**9
MS = 10**6


class Scene:
    """A world with one gateway that has been up for a second, and a client of it."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.seen: list[str] = []
        self.gateway = self.world.node("gateway/0")
        self.client = AsgiClient(self.world, self.gateway)

    def play(self, act: Callable[[], Awaitable[object]]) -> RunResult:
        async def director() -> None:
            kernel_asgi_app.serve(self.world, kernel_asgi_app.application(self.world, self.seen))
            await self.world.sleep(S)
            await act()

        return self.world.run(director)


def test_every_client_gets_its_own_answers_and_nothing_is_found() -> None:
    ran = kernel_asgi_app.traffic(1)
    assert ran.clean, ran
    kinds = [event[1] for event in ran.trace]
    assert {kind: kinds.count(kind) for kind in ("echo", "ws", "closed", "rejected", "stream")} == {
        "echo": 20,
        "ws": 60,
        "closed": 20,
        "rejected": 20,
        "stream": 20,
    }
    assert kinds.count("cancelled") == 20  # each /wait was given up by its client, and its handler heard of it
    assert kinds[-1] == "after_serving"
    echoes = {event[2]: (event[3], event[4]) for event in ran.trace if event[1] == "echo"}
    assert echoes[3] == (200, b'{"from":"192.0.2.3","got":{"a":1},"who":"3"}\n')
    assert {event[3] for event in ran.trace if event[1] == "closed"} == {4000}
    assert {event[3] for event in ran.trace if event[1] == "rejected"} == {401}
    assert {event[3] for event in ran.trace if event[1] == "stream"} == {b"01234"}


def test_a_killed_server_never_answers_and_its_handler_never_cleans_up() -> None:
    scene = Scene()

    async def act() -> None:
        scene.world.after(S, scene.gateway.kill)
        with trio.move_on_after(60) as waited:
            await scene.client.request("GET", "/wait")
        assert waited.cancelled_caught
        assert scene.seen == []
        with pytest.raises(ConnectionRefusedError):
            await scene.client.request("GET", "/wait")

    assert scene.play(act).clean


def test_a_client_that_dies_is_a_disconnect() -> None:
    scene = Scene()

    async def visit(life: Incarnation) -> None:
        await scene.client.request("GET", "/wait")

    async def act() -> None:
        visitor = scene.world.node("visitor")
        visitor.start(visit)
        await scene.world.sleep(S)
        assert scene.seen == []
        visitor.kill()
        await scene.world.sleep(MS)
        assert scene.seen == ["cancelled"]

    assert scene.play(act).clean


def test_a_stop_breaks_requests_off_and_runs_the_lifespan_to_its_end() -> None:
    scene = Scene()

    async def stop_later() -> None:
        await scene.world.sleep(S)
        await scene.gateway.stop(30 * S)

    async def act() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_later)
            with pytest.raises(ConnectionResetError):
                await scene.client.request("GET", "/wait")
        assert scene.seen == ["cancelled", "after_serving"]
        assert not scene.gateway.up

    assert scene.play(act).clean


def test_a_failing_handler_answers_500_and_the_process_lives() -> None:
    scene = Scene()

    async def act() -> None:
        assert (await scene.client.request("GET", "/fail")).status == 500
        assert (await scene.client.request("GET", "/nowhere")).status == 404
        assert scene.gateway.up

    scene.play(act)


def test_an_application_that_does_not_start_crashes_its_node() -> None:
    scene = Scene()
    app = kernel_asgi_app.application(scene.world, scene.seen)

    @app.before_serving
    async def fail() -> None:
        raise ValueError("planted")

    async def director() -> None:
        kernel_asgi_app.serve(scene.world, app)
        await scene.world.sleep(60 * S)
        assert not scene.gateway.up

    ran = scene.world.run(director)
    assert [(crash.node, crash.error) for crash in ran.crashes] == [("gateway/0", "RuntimeError")]


def test_gateways_killed_at_many_steps_leave_worlds_that_end() -> None:
    for steps in range(0, 300, 23):
        scene = Scene(steps)

        async def visit(scene: Scene = scene) -> None:
            with trio.move_on_after(20), contextlib.suppress(ConnectionRefusedError):
                await scene.client.request("GET", "/stream")
                socket = await scene.client.websocket("/ws")
                await socket.send("one")
                await socket.receive()

        async def act(scene: Scene = scene, steps: int = steps) -> None:
            scene.gateway.kill_after(steps)
            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(visit)

        assert scene.play(act).clean


def test_a_websocket_client_hangs_up_and_binary_comes_back() -> None:
    scene = Scene()

    async def act() -> None:
        socket = await scene.client.websocket("/ws")
        await socket.send(b"abc")
        assert await socket.receive() == b"cba"
        socket.close()
        with pytest.raises(Closed):
            await socket.send("more")
        await scene.world.sleep(S)

    assert scene.play(act).clean


def test_a_slow_reader_holds_the_server_back_until_it_leaves() -> None:
    world, sent = World(1), list[int]()

    async def flood(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(1000):
            await send({"type": "websocket.send", "text": str(number)})
            sent.append(number)

    async def director() -> None:
        kernel_asgi_app.serve(world, flood)
        await world.sleep(S)
        socket = await AsgiClient(world, world.node("gateway/0")).websocket("/")
        await world.sleep(S)
        assert 10 < len(sent) < 100
        assert await socket.receive() == "0"
        socket.close()
        await world.sleep(S)
        assert len(sent) == 1000

    assert world.run(director).clean
