"""The server of the public feed: many WebSockets to which the same frames go, each made once by whoever makes them.

Nothing of a web framework stands between an update and the sockets: frames are put into each link's buffer, and sent without
waiting at the end of the pass. Measured against writing the same bytes to plain streams in benchmarks/feed.py. TLS is the
reverse proxy's.
"""

import errno
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import trio

from tradewind.adapters.ws_handshake import Handshake, Refused, Upgrade, accepted, refusal
from tradewind.adapters.ws_link import GOING_AWAY, Link, LinkLimits, Peer

FULL = Refused(503, b'{"code":"UNAVAILABLE","message":"too many connections","retryable":true}', (("Retry-After", "1"),))
EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))
EXHAUSTED_RETRY_S = 0.1
ACCEPT_MAX = 64  # before others have their turn
IDLE_S = 3_600.0
LINGER_BYTES = 65_536
log = logging.getLogger("tradewind.feed")


class Guest(Protocol):
    """Somebody who may come in. `leave` is called once, whatever has happened."""

    def peer(self, link: Link) -> Peer: ...

    def leave(self) -> None: ...


Admit = Callable[[Upgrade], Awaitable[Guest]]  # raises Refused: answered before the upgrade


async def serve_feed(
    admit: Admit,
    bind: str,
    *,
    shutdown: trio.Event,
    limits: LinkLimits | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `shutdown` is set; then everybody is told (1001), and it returns within `limits.grace_s`.

    `bind` is "host:port", port 0 takes a free one; started with the address really bound. Raises OSError if it can't be.
    """
    limits = limits or LinkLimits()
    server = _Server(admit, limits)
    listener = _listen(bind, limits.backlog_max)
    try:
        async with trio.open_nursery() as nursery:
            server.nursery = nursery
            nursery.start_soon(server.send)
            nursery.start_soon(server.look_after)
            host, port = listener.getsockname()[:2]
            async with trio.open_nursery() as accepting:
                accepting.start_soon(server.accept, listener)
                task_status.started(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
                await shutdown.wait()
                accepting.cancel_scope.cancel()
            listener.close()
            with trio.move_on_after(limits.grace_s):
                await server.say_goodbye()
            nursery.cancel_scope.cancel()
    finally:
        listener.close()


class _Server:
    nursery: trio.Nursery

    def __init__(self, admit: Admit, limits: LinkLimits) -> None:
        self._admit = admit
        self._limits = limits
        self._links: dict[Link, None] = {}
        self._ready: list[Link] = []
        self._wake = trio.Event()
        self._emptied = trio.Event()

    async def accept(self, listener: socket.socket) -> None:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                for _ in range(ACCEPT_MAX):
                    self._begin(*listener.accept())
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno in EXHAUSTED:
                    log.error("cannot accept: %s", error)
                    await trio.sleep(EXHAUSTED_RETRY_S)

    def _begin(self, sock: socket.socket, address: tuple[str, int]) -> None:
        sock.setblocking(False)
        if len(self._links) >= self._limits.connections_max:
            with suppress(OSError):
                sock.send(refusal(FULL))
            sock.close()
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.kernel_bytes)
        link = Link(sock, self._limits, self._queue, lambda stuck: self.nursery.start_soon(stuck.drain))
        self._links[link] = None
        self.nursery.start_soon(self._attend, link, address[0])

    async def _attend(self, link: Link, address: str) -> None:
        """One connection, to its end. Raises nothing but Cancelled."""
        guest: Guest | None = None
        try:
            with trio.move_on_after(self._limits.handshake_s):
                guest = await self._shake_hands(link, address)
            if guest is not None:
                await self._talk(link, guest)
        except (OSError, trio.ClosedResourceError):
            pass  # the peer has gone: its right
        except Exception:  # a bug of ours: this connection's end, and nobody else's
            log.exception("connection failed")
        finally:
            if guest is not None:
                guest.leave()
            del self._links[link]
            link.abandon()
            if not self._links:
                self._emptied.set()

    async def _shake_hands(self, link: Link, address: str) -> Guest | None:
        handshake = Handshake(address, self._limits.head_bytes_max)
        try:
            while received := await link.receive():
                upgrade = handshake.hear(received)
                if upgrade is not None:
                    guest = await self._admit(upgrade)
                    link.put(accepted(upgrade))
                    return guest
        except Refused as refused:
            link.put(refusal(refused))
            link.flush()
            await self._linger(link)
        return None

    async def _talk(self, link: Link, guest: Guest) -> None:
        link.open = True
        peer = guest.peer(link)
        try:
            more = await link.listen(peer)
        finally:
            peer.leave()
        with trio.move_on_after(self._limits.close_s):
            await (self._linger(link) if more else link.drained())

    async def _linger(self, link: Link) -> None:
        """Nothing more follows. Read and forget what is under way, so that a reset does not overtake our last words."""
        read = 0
        with suppress(OSError, trio.ClosedResourceError):
            await link.drained()
            link.sock.shutdown(socket.SHUT_WR)
            while read < LINGER_BYTES and (received := await link.receive()):
                read += len(received)

    # everybody at once -------------------------------------------------------------------------------------------------

    def _queue(self, link: Link) -> None:
        self._ready.append(link)
        self._wake.set()

    async def send(self) -> None:
        """What was offered in one pass goes out together: one system call for each link, however many frames."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            ready, self._ready = self._ready, []
            for link in ready:
                link.flush()

    async def look_after(self) -> None:
        while True:
            await trio.sleep(self._limits.look_s)
            now = trio.current_time()
            for link in list(self._links):
                link.look(now)

    async def say_goodbye(self) -> None:
        for link in list(self._links):
            link.end(GOING_AWAY, "going away")
        while self._links:
            self._emptied = trio.Event()
            await self._emptied.wait()


def _listen(bind: str, backlog: int) -> socket.socket:
    host, colon, port = bind.rpartition(":")
    assert colon and port.isascii() and port.isdigit(), f"not host:port: {bind!r}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=backlog)
    listener.setblocking(False)
    return listener
