"""One WebSocket: a bounded queue of frames towards the peer, and the reason for which the session ends."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from quart import Websocket

from tradewind.runtime.wake import Wake
from tradewind.services.gateway.sockets import PeerGone, Socket

FRAMES_MAX = 1_000
BYTES_MAX = 8 * 1024 * 1024  # characters, nearly; a whole book and a thousand updates fit
JOINED_MAX = 250  # updates in one message: well below what clients take
NONE = -1
CLOSE_S = 10.0  # a slow peer may have to take in much before it hears that it was too slow

POLICY = 1008
TRY_AGAIN_LATER = 1013

Hear = Callable[[str | bytes], Awaitable[None]]


class Session:
    """A peer that does not take its frames is told so (1013) and closed; nothing is skipped behind its back.

    `skip_until`: offers with a sequence up to this are not sent, because the peer has them already. With `joins` numbered
    frames that stand in line one behind the other go as one message.
    """

    def __init__(self, websocket: Websocket, frames_max: int = FRAMES_MAX) -> None:
        self.skip_until = 0
        self.joins = False
        self._websocket: Any = websocket
        self._socket = Socket(websocket)
        self._frames: deque[tuple[str, int]] = deque()  # and the number, or NONE
        self._frames_max = frames_max
        self._bytes = 0
        self._wake = Wake()
        self._scope = trio.CancelScope()
        self._held: list[tuple[str, int]] | None = None
        self._end: tuple[int, str] | None = None

    def offer(self, frame: str, seq: int | None = None) -> None:
        """Send `frame` after all before it. Ends the session when the peer has left too many."""
        if seq is not None and self._held is not None:
            self._held.append((frame, seq))
            if len(self._held) > self._frames_max:
                self.end(TRY_AGAIN_LATER, "too slow: resync")
            return
        if seq is not None and seq <= self.skip_until:
            return
        if len(self._frames) >= self._frames_max or self._bytes > BYTES_MAX:
            self.end(TRY_AGAIN_LATER, "too slow: resync")
            return
        self._frames.append((frame, NONE if seq is None else seq))
        self._bytes += len(frame)
        self._wake.set()

    def hold(self) -> None:
        """From now on keep numbered frames back: the peer first gets what came before them."""
        self._held = []

    def release(self, skip_until: int) -> None:
        """The peer has everything up to `skip_until`."""
        held, self._held = self._held or [], None
        self.skip_until = skip_until
        for frame, seq in held:
            self.offer(frame, seq)

    def end(self, code: int, reason: str) -> None:
        """Close with `code`, once; the first reason stands."""
        if self._end is None:
            self._end = (code, reason)
            self._scope.cancel()

    async def run(self, hear: Hear) -> None:
        """Until the peer goes or end() is called. Handlers of messages run one after the other."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pump)
                try:
                    while True:
                        await hear(await self._socket.receive())
                except PeerGone:
                    self._scope.cancel()
        if self._end is not None:
            with trio.move_on_after(CLOSE_S):
                await self._websocket.close(*self._end)

    def _pop(self) -> tuple[str, int]:
        frame, seq = self._frames.popleft()
        self._bytes -= len(frame)
        return frame, seq

    def _next(self) -> str:
        frame, seq = self._pop()
        if seq == NONE or not self.joins or not self._frames:
            return frame
        joined = [frame]
        while self._frames and len(joined) < JOINED_MAX and self._frames[0][1] != NONE:
            frame, seq = self._pop()
            joined.append(frame)
        return f'{{"e":"updates","seq":{seq},"updates":[{",".join(joined)}]}}'

    async def _pump(self) -> None:
        try:
            while True:
                while self._frames:
                    await self._socket.send(self._next())
                await self._wake.wait(3600.0)
        except PeerGone:
            self._scope.cancel()
