"""One WebSocket of the public feed: frames out through a bounded buffer without waiting, messages in."""

import logging
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import trio

from tradewind.adapters.ws_frames import BrokenFrames, FrameReader, Heard, Opcode

GOING_AWAY = 1001
POLICY = 1008
OUR_FAULT = 1011
TRY_AGAIN_LATER = 1013
RECEIVE_BYTES = 16_384
VECTORS_MAX = 512  # of one system call; the system's own limit is 1 024
FINAL = 0x80
log = logging.getLogger("tradewind.feed")


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """What the feed's server grants its peers."""

    connections_max: int = 10_000
    backlog_max: int = 1_024
    head_bytes_max: int = 8_192
    handshake_s: float = 5.0  # from the accept to the end of the request: a total, so that a byte a second buys nothing
    message_bytes_max: int = 16_384
    frames_max: int = 2_000  # that wait for one peer, and their bytes; a snapshot of a deep book is 0.3 MB
    buffer_bytes_max: int = 2_097_152
    kernel_bytes: int = 262_144  # that the kernel keeps for one peer: left to itself it would keep megabytes
    flush_frames: int = 64  # so many are not kept back for the next pass
    controls_max: int = 100  # pings and pongs of one peer between two of our looks
    look_s: float = 5.0
    ping_s: float = 20.0  # of silence, until we ask
    silence_s: float = 60.0
    close_s: float = 5.0  # from our close frame to the end, whatever the peer does
    grace_s: float = 2.0  # the same, when the server shuts down

    def __post_init__(self) -> None:
        assert 0 < self.look_s < self.ping_s < self.silence_s
        assert self.message_bytes_max < self.buffer_bytes_max and self.flush_frames < self.frames_max


class Wired(Protocol):
    """What can be sent: a whole frame as it goes over the socket, made once for all."""

    @property
    def wire(self) -> bytes: ...


class Peer(Protocol):
    """What the application makes of a link."""

    def hear(self, message: str | bytes) -> None: ...

    def leave(self) -> None: ...


class Link:
    """The application's way to one peer. `offer` and `end` never wait, and may be called whatever has become of it.

    Frames go out in order. A peer for which too many wait is told 1013 in place of them; what it has been sent half of is
    sent whole.
    """

    __slots__ = (
        "_bytes", "_done", "_drain", "_frames", "_limits", "_queue", "_queued", "_sent", "_stuck", "close_by", "controls",
        "ending", "heard", "open", "pinged", "sock",
    )  # fmt: skip

    def __init__(
        self, sock: socket.socket, limits: LinkLimits, queue: Callable[["Link"], None], drain: Callable[["Link"], None]
    ) -> None:
        self.sock = sock
        self.heard = trio.current_time()
        self.open = False  # the upgrade has been answered
        self.pinged = False
        self.controls = 0
        self.ending = False
        self.close_by = 0.0
        self._limits = limits
        self._queue = queue
        self._drain = drain
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._sent = 0  # bytes of the first frame that are gone already
        self._queued = self._stuck = False
        self._done = trio.Event()

    def offer(self, frame: Wired) -> None:
        self.put(frame.wire)

    def put(self, wire: bytes) -> None:
        """`wire` behind everything before it, at the end of this pass or when the peer takes it."""
        if self.ending:
            return
        self._frames.append(wire)
        self._bytes += len(wire)
        limits = self._limits
        if len(self._frames) >= limits.flush_frames:
            self.flush()
            if len(self._frames) > limits.frames_max or self._bytes > limits.buffer_bytes_max:
                self.end(TRY_AGAIN_LATER, "too slow: resync")
                return
        if self._bytes > limits.buffer_bytes_max:
            self.flush()
            if self._bytes > limits.buffer_bytes_max:
                self.end(TRY_AGAIN_LATER, "too slow: resync")
        elif not self._queued and not self._stuck:
            self._queued = True
            self._queue(self)

    def end(self, code: int, reason: str) -> None:
        """Say why, and nothing after it; then the connection has `close_s` to end. The first reason stands."""
        if self.ending:
            return
        if code == TRY_AGAIN_LATER:
            begun = [self._frames[0]] if self._sent else []
            self._frames = deque(begun)
            self._bytes = sum(map(len, begun))
        payload = code.to_bytes(2) + reason.encode()
        self.put(bytes((FINAL | Opcode.CLOSE, len(payload))) + payload)
        self.ending = True
        self.close_by = trio.current_time() + self._limits.close_s
        self.flush()

    def flush(self) -> None:
        """Send what the peer takes without waiting."""
        self._queued = False
        if self._stuck or not self._frames:
            return
        try:
            while self._frames:
                if not self._send_some():
                    self._stuck = True
                    self._drain(self)
                    return
        except OSError:
            self.abandon()

    def _send_some(self) -> bool:
        """False when the peer takes nothing more for now. Raises OSError."""
        frames = self._frames
        try:
            if len(frames) == 1 and not self._sent:
                gone = self.sock.send(frames[0])
            else:
                pieces: list[bytes | memoryview] = (
                    [*frames] if len(frames) <= VECTORS_MAX else [frames[place] for place in range(VECTORS_MAX)]
                )
                pieces[0] = memoryview(frames[0])[self._sent :]
                gone = self.sock.sendmsg(pieces)
        except BlockingIOError:
            return False
        self._bytes -= gone
        gone += self._sent
        while frames and gone >= len(frames[0]):
            gone -= len(frames.popleft())
        self._sent = gone
        return not gone

    async def drain(self) -> None:
        """Send the rest as the peer takes it."""
        try:
            while self._frames:
                await trio.lowlevel.wait_writable(self.sock)
                while self._frames and self._send_some():
                    pass
        except (OSError, trio.ClosedResourceError):
            self.abandon()
        finally:
            self._stuck = False
            self._done.set()

    async def drained(self) -> None:
        """Return when nothing waits any more, because it is sent or because nobody will take it."""
        self.flush()
        while self._stuck:
            self._done = trio.Event()
            await self._done.wait()

    def abandon(self) -> None:
        """The socket is of no use any more: whoever waits on it wakes up."""
        self._frames.clear()
        self._bytes = self._sent = 0
        self.ending = True
        if self.sock.fileno() >= 0:
            trio.lowlevel.notify_closing(self.sock)
            self.sock.close()

    async def receive(self) -> bytes:
        """Some bytes, none at the end. Always a checkpoint. Raises OSError or ClosedResourceError."""
        while True:
            if self.sock.fileno() < 0:  # abandoned between two messages, by a send that failed
                raise trio.ClosedResourceError
            await trio.lowlevel.wait_readable(self.sock)
            try:
                return self.sock.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue

    async def listen(self, peer: Peer) -> bool:
        """Hand over what the peer says, to the end. True when more may come that nobody wants to hear. Raises OSError or
        ClosedResourceError."""
        reader = FrameReader(self._limits.message_bytes_max)
        while received := await self.receive():
            self.heard, self.pinged = trio.current_time(), False
            try:
                for heard in reader.hear(received):
                    if heard.opcode is Opcode.CLOSE:
                        self.end(heard.code, "")
                        return False
                    self._take(heard, peer)
            except BrokenFrames as broken:
                self.end(broken.code, str(broken))
                return True
            except Exception:  # a bug of ours: this connection's end, and nobody else's
                log.exception("the feed failed on a message")
                self.end(OUR_FAULT, "internal error")
                return True
        return False

    def _take(self, heard: Heard, peer: Peer) -> None:
        if self.ending:
            return  # read and forgotten
        match heard.opcode:
            case Opcode.TEXT:
                peer.hear(heard.payload.decode())
            case Opcode.BINARY:
                peer.hear(heard.payload)
            case _:
                self.controls += 1
                if self.controls > self._limits.controls_max:
                    self.end(POLICY, "too many control frames")
                elif heard.opcode is Opcode.PING:
                    self.put(bytes((FINAL | Opcode.PONG, len(heard.payload))) + heard.payload)

    def look(self, now: float) -> None:
        """Every `look_s`: ask the silent, end the dead."""
        self.controls = 0
        if self.ending:
            if now >= self.close_by:
                self.abandon()
        elif not self.open:
            pass  # the handshake has a deadline of its own
        elif now - self.heard >= self._limits.silence_s:
            self.end(GOING_AWAY, "nothing heard from you")
        elif now - self.heard >= self._limits.ping_s and not self.pinged:
            self.pinged = True
            self.put(bytes((FINAL | Opcode.PING, 0)))
