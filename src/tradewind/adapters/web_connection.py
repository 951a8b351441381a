"""One connection of the web server: Hypercorn's, with deadlines on every wait and its failures kept to itself.

What is added to `hypercorn.trio.tcp_server.TCPServer`, and why (each has a test that shows upstream failing):
1. whatever a connection raises ends that connection, never the server;
2. a send has a deadline, so that a peer that stops reading can't hold a handler or the shutdown;
3. our side of a finished connection is closed although Quart cancels the handler that would have closed it;
4. a send to a peer that has gone yields to the scheduler and raises, so that a push loop can't spin.
Reading needs no timer task per request: the reader's own cancel scope carries the deadline of the phase it is in.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import (
    AppWrapper,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    ConnectionState,
    LifespanState,
    Scope,
)
from hypercorn.utils import parse_socket_addr
from wsproto.events import CloseConnection, Ping
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from tradewind.adapters.web_limits import ServerLimits
from tradewind.adapters.web_protocol import Http1, Tasks

SLICE_BYTES = 65_536
log = logging.getLogger("tradewind.web")


class PeerClosed(ConnectionError):
    """Nobody reads any more what the app sends. An OSError, as ASGI 2.4 asks of a server."""


class Connection(TCPServer):
    """Serves one accepted stream until either side has had enough."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        stream: trio.SocketStream,
        *,
        limits: ServerLimits,
    ) -> None:
        super().__init__(app, config, context, state, stream)  # type: ignore[arg-type]  # upstream names the TLS stream only
        self.limits = limits
        self.tasks = Tasks(limits.body_bytes_max)
        self.http = Http1(
            self._call_app, config, context, self.tasks, ConnectionState(state), False, None, None, self.protocol_send
        )
        self.over = False  # nothing more can reach the peer
        self.sent = 0  # writes so far, to see whether a send reached the socket at all
        self._closing = False
        self._heard = trio.current_time()
        self._pinged = False
        self._phase: tuple[str, int] = ("idle", 0)
        self._until = self._heard + limits.head_s
        self._life = trio.CancelScope()
        self._reading = trio.CancelScope()

    async def run(self) -> None:
        """Return when the connection is closed. Raises nothing but Cancelled."""
        try:
            with self._life:
                await self._talk()
        except* OSError:
            pass  # the peer went away in the middle of something: its right
        except* Exception as failures:  # h11 and wsproto raise, and assert, on what peers send
            log.warning("connection failed: %s", _leaves(failures))
        finally:
            self.over = True
            await self._close()

    async def _talk(self) -> None:
        assert isinstance(self.stream, trio.SocketStream)
        socket = self.stream.socket
        self.http.client = parse_socket_addr(socket.family, socket.getpeername())
        self.http.server = parse_socket_addr(socket.family, socket.getsockname())
        async with self.tasks:
            await self._read_data()
            # The app has been told. Whoever has not returned by then is cancelled with the nursery.
            self._life.deadline = min(self._life.deadline, trio.current_time() + self.limits.abandon_s)

    async def _call_app(
        self,
        scope: Scope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        sync_spawn: Callable[..., Any],
        call_soon: Callable[..., Any],
    ) -> None:
        async def send_if_heard(message: ASGISendEvent) -> None:
            before, pushes = self.sent, message["type"] == "websocket.send"
            if not self.over:
                with suppress(PeerClosed):
                    await send(message)
                    if before != self.sent or not pushes:
                        return
            # Upstream drops what comes after the end without a checkpoint: a push loop would starve the reader. An answer
            # may well end after its peer has read it and gone, so only a push is told.
            await trio.lowlevel.checkpoint()
            if pushes and self.over:
                raise PeerClosed

        try:
            await self.app(scope, receive, send_if_heard, sync_spawn, call_soon)
        except* PeerClosed:
            pass

    # reading -------------------------------------------------------------------------------------------------------------

    async def _read_data(self) -> None:
        while True:
            with trio.CancelScope(deadline=self._deadline()) as self._reading:
                try:
                    received = bytes(await self.stream.receive_some(MAX_RECV))
                except (trio.ClosedResourceError, trio.BrokenResourceError):
                    break
            if self._reading.cancelled_caught:
                if await self._ask_for_life():
                    continue
                break
            self._heard, self._pinged = trio.current_time(), False
            if self._closing:
                if not received:
                    break
                continue  # read and forgotten
            begun = self.http.requests
            if not await self._hand_over(received) or not received:
                break
            if self.http.their_state is h11.IDLE and begun == self.http.requests:
                self._enter("head", self.limits.head_s)
        self.over = True
        with trio.move_on_after(self.limits.abandon_s):
            await self.http.handle(Closed())

    def _deadline(self) -> float:
        """When the wait for the next bytes ends, on trio's clock, by what the peer owes us now."""
        if self._closing:
            return self._until
        if self.http.upgraded:
            return self._heard + (self.limits.silence_s if self._pinged else self.limits.ping_s)
        state = self.http.their_state
        if state is h11.SEND_BODY:
            self._enter("body", self.limits.body_s)
        elif state is not h11.IDLE:
            return inf  # the peer owes nothing: it waits for our answer
        elif self.context.terminated.is_set():
            return -inf
        elif self._phase[0] not in ("idle", "head"):
            self._enter("idle", self.limits.keep_alive_s)
        return self._until

    def _enter(self, phase: str, seconds: float) -> None:
        if self._phase != (phase, self.http.requests):
            self._phase = (phase, self.http.requests)
            self._until = trio.current_time() + seconds

    async def _ask_for_life(self) -> bool:
        """Ping a silent WebSocket once. False if there is nothing left to wait for."""
        websocket = self.http.websocket
        if self._closing or self._pinged or self.over or not self.http.upgraded or self.context.terminated.is_set():
            return False
        self._pinged = True
        if websocket is not None:
            with suppress(LocalProtocolError):
                await self._send(websocket.connection.send(Ping()))
        return True

    async def _hand_over(self, received: bytes) -> bool:
        """Let the protocol and the app have it. False if the app won't take it, or it is more than we keep."""
        if not self.http.upgraded:
            await self.http.handle(RawData(received))
            return True
        # An app that takes no messages stops us from reading, and from noticing that its peer has gone.
        with trio.move_on_after(self.limits.silence_s) as patience:
            await self.http.handle(RawData(received))
        # Upstream says 1009 to a message that is too long and then keeps collecting it.
        websocket = self.http.websocket
        overfull = websocket is not None and websocket.buffer.length > self.limits.message_bytes_max
        return not (patience.cancelled_caught or overfull)

    # sending -------------------------------------------------------------------------------------------------------------

    async def protocol_send(self, event: Event) -> None:
        """What the protocol wants done with the socket. Raises PeerClosed when a write can't reach the peer."""
        if isinstance(event, RawData):
            await self._send(event.data)
        elif isinstance(event, Closed):
            await self._finish()
        elif isinstance(event, Updated) and event.idle:
            # Plain assignments: Quart has cancelled the task that we run in, so no await would return.
            self._phase, self._until = ("idle", self.http.requests), trio.current_time() + self.limits.keep_alive_s
            self._reading.deadline = self._until

    async def _send(self, written: bytes) -> None:
        try:
            self.send_lock.acquire_nowait()
        except trio.WouldBlock:
            await self.send_lock.acquire()
        try:
            if self.over:
                raise PeerClosed
            if not await self._write(written):
                self.over = True
                await trio.aclose_forcefully(self.stream)  # wakes the reader, which tells the app
                raise PeerClosed
            self.sent += 1
        finally:
            self.send_lock.release()

    async def _write(self, written: bytes) -> bool:
        """Shielded, since half a frame would poison the connection, and bounded, since a peer may never read."""
        piece = memoryview(written)
        with trio.CancelScope(shield=True) as patience, suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            for start in range(0, len(piece), SLICE_BYTES):
                patience.deadline = trio.current_time() + self.limits.send_s
                await self.stream.send_all(piece[start : start + SLICE_BYTES])
            return True
        return False

    # ending --------------------------------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        """Say that nothing more follows, and let the reader drain what the peer still sends for `linger_s`."""
        if self._closing:
            return
        self._closing = self.over = True
        now = trio.current_time()
        self._until = self._reading.deadline = now + self.limits.linger_s
        self._life.deadline = min(self._life.deadline, self._until + self.limits.abandon_s)
        with trio.CancelScope(shield=True), suppress(OSError, *_GONE):
            await self.stream.send_eof()  # does not wait for the peer
        await self.http.handle(Closed())

    async def _close(self) -> None:
        with trio.CancelScope(shield=True), suppress(OSError, *_GONE):
            await self.stream.send_eof()
        await trio.aclose_forcefully(self.stream)

    def wind_down(self) -> None:
        """The server is shutting down: idle connections end now, WebSockets are told, requests may finish."""
        if self.over:
            return
        if self.http.upgraded:
            self.tasks.spawn(self._say_goodbye)
        elif self.http.their_state is h11.IDLE:
            self._reading.cancel()

    async def _say_goodbye(self) -> None:
        websocket = self.http.websocket
        if websocket is not None:
            with suppress(LocalProtocolError, PeerClosed):
                await self._send(websocket.connection.send(CloseConnection(code=CloseReason.GOING_AWAY)))
        self._reading.cancel()


_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError)


def _leaves(failures: BaseExceptionGroup[Exception]) -> str:
    found: list[str] = []
    for failure in failures.exceptions:
        found.append(_leaves(failure) if isinstance(failure, BaseExceptionGroup) else f"{type(failure).__name__}: {failure}")
    return "; ".join(found)[:400]
