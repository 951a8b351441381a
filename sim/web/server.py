"""The gateway's real ASGI application, served in memory: handlers run as tasks of the server's node.

A served application is bound to one incarnation of its node. If that is killed, nobody ever answers those who wait; if nothing
listens, the connection is refused. A client that gives up or dies shows as a disconnect, one latency later.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from sim.kernel import result
from sim.kernel.incarnation import Incarnation, current
from sim.kernel.node import Node
from sim.kernel.world import World
from sim.web.pipe import WINDOW_MESSAGES, Pipe

Message = dict[str, Any]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]
SHUTDOWN_S = 30


class Connection:
    """One request or WebSocket: two pipes. Messages are ASGI's, and `{"type": "reset"}` when the server broke off."""

    def __init__(self, world: World, scope: Message, delay: Callable[[], int], window: int = WINDOW_MESSAGES) -> None:
        self.scope = scope
        self.to_server: Pipe[Message] = Pipe(world, delay)
        self.to_client: Pipe[Message] = Pipe(world, delay, window)
        self.client: Incarnation | None = current()
        self._open = True
        if world.witness is not None:
            world.witness.connection(self)
        if self.client is not None:
            self.client.epitaphs[self.drop] = None

    @property
    def over(self) -> Message:
        """What the server is told once the client has gone."""
        return {"type": "http.disconnect"} if self.scope["type"] == "http" else {"type": "websocket.disconnect", "code": 1006}

    def drop(self) -> None:
        """The client hangs up, or is finished; a server still at work sees a disconnect."""
        if self._open:
            self._open = False
            self.to_server.push(self.over, self.to_client.sever)
            if self.client is not None:
                self.client.epitaphs.pop(self.drop, None)


class AsgiServer:
    """Serves `app` on a node, until `serve()` is cancelled or its incarnation ends."""

    def __init__(self, world: World, node: Node, app: Asgi) -> None:
        assert node.incarnation is not None, f"{node.name} is down"
        self.life: Incarnation = node.incarnation
        self._world, self._node, self._app = world, node, app
        self._shield = trio.CancelScope(shield=True)
        self._to_app, self._app_hears = trio.open_memory_channel[Message](2)
        self._app_says, self._from_app = trio.open_memory_channel[Message](2)

    async def serve(self) -> None:
        """Start up, listen, and shut down when cancelled. Raises RuntimeError if the application fails to start."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._lifespan)
            try:
                await self._tell("startup")
            except RuntimeError:
                self._shield.cancel()
                raise
            self._node.endpoint = self
            self._world.trace("listens", self._node.name, self.life.number)
            try:
                await trio.sleep_forever()
            finally:
                if self.life.alive:
                    self._node.endpoint = None
                with trio.move_on_after(SHUTDOWN_S, shield=True):
                    await self._tell("shutdown")

    def accept(self, connection: Connection) -> None:
        """Handle a connection in a task of its own."""
        self.life.start_soon(self._handle, connection)

    async def _lifespan(self) -> None:
        # Shielded: the application's own shutdown, not our cancellation, ends its background tasks.
        with self._shield:
            scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
            await self._app(scope, self._app_hears.receive, self._app_says.send)

    async def _tell(self, phase: str) -> None:
        await self._to_app.send({"type": f"lifespan.{phase}"})
        answer = await self._from_app.receive()
        if answer["type"] != f"lifespan.{phase}.complete":
            raise RuntimeError(f"{phase} failed: {answer.get('message', '')}")

    async def _handle(self, connection: Connection) -> None:
        talk = _Talk(connection)
        try:
            await self._app(connection.scope, talk.receive, talk.send)
        except trio.Cancelled:
            talk.break_off()
            raise
        except BaseExceptionGroup as group:
            _, errors = group.split(trio.Cancelled)
            if errors is None:
                talk.break_off()
                raise
            self._mishap(errors)
            talk.fail()
        except Exception as error:
            self._mishap(error)
            talk.fail()
        else:
            talk.fail()

    def _mishap(self, error: BaseException) -> None:
        """A handler's exception: the client gets a 500, the process lives on, the run has a finding."""
        if self.life.alive:
            seen = result.crash(self._node.name, self.life.number, self._world.now_ns, error)
            self._world.report("handler_error", f"{self._node.name}: {seen.identity}: {seen.message}")


class _Talk:
    """One handler's two ends, and how far the answer has got."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._gone: Message | None = None
        self._started = self._finished = False

    async def receive(self) -> Message:
        if self._gone is None:
            message = await self._connection.to_server.receive()
            if not message["type"].endswith(".disconnect"):
                return message
            self._gone = message
        else:
            await trio.lowlevel.checkpoint()
        return self._gone

    async def send(self, message: Message) -> None:
        kind = message["type"]
        self._started = True
        ends = kind == "websocket.close" or (kind.endswith("response.body") and not message.get("more_body", False))
        await self._connection.to_client.send(message)
        self._finished = self._finished or ends  # not before: a last word that nobody took in is cut off with the connection

    def fail(self) -> None:
        """The handler has returned: whatever it left unsaid, the server says for it."""
        if self._finished:
            return
        push = self._connection.to_client.push
        if self._connection.scope["type"] == "websocket":
            push({"type": "websocket.close", "code": 1011 if self._started else 1000})
        elif self._started:
            push({"type": "reset"})
        else:
            push({"type": "http.response.start", "status": 500, "headers": []})
            push({"type": "http.response.body", "body": b"", "more_body": False})
        self._finished = True

    def break_off(self) -> None:
        """The process is being stopped in the middle of this: its socket closes."""
        if not self._finished:
            self._connection.to_client.push({"type": "reset"})
