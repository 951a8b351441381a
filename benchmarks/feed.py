"""The public feed: one update to 1 000 subscribers, beside writing the same bytes to 1 000 plain trio streams.

    python -m benchmarks.feed [--subscribers 1000] [--rounds 5] [--seconds 2]

In one process two servers, each with all its subscribers in a process of their own that reads and counts:
  plain     a trio stream each; one task writes the frame, made beforehand, to one after the other with send_all
  bare      the same sockets without trio: nothing but the system calls, which is what there is to reach
  feed      our server: the gateway's channel makes the book's delta once, and its links send it
  feed x16  the same, when 16 deltas come in one go (as they do: a gateway takes what there is of its feed)
The reference makes nothing; the feed makes every delta anew. Rounds alternate, and a round ends when every byte has been read,
so a rate is what has arrived. Ratios are of medians in this run. Then: memory per idle connection.
"""

import argparse
import os
import resource
import select
import socket
import statistics
import struct
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import trio

from tradewind.adapters.ws_link import LinkLimits
from tradewind.adapters.ws_server import serve_feed
from tradewind.compose import feed_door
from tradewind.messages.events import BookDelta
from tradewind.messages.topology import Topology
from tradewind.runtime.limits import Limits
from tradewind.runtime.vault import Vault
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.market import News
from tradewind.services.gateway.options import UNLIMITED
from tradewind.values.symbols import SymbolRules

CHANNEL = "market.BTCUSDT.book"
RULES = SymbolRules("BTCUSDT", "BTC", "USDT", 8, 6, 10_000, 10_000, 0, 10**12, 0, 0, 0, False)
ROOT = Path(__file__).resolve().parents[1]
SPARE_FILES = 200
HEAD = struct.Struct("!Q")
WARM_UP_S = 0.3
BURSTS_MAX = 8  # on their way, so that both processes have something to do; a slow reader is a matter of tests
FEW = 50
NAMES = ("plain", "bare", "feed", "plain x16", "bare x16", "feed x16")


class World:
    """Doors that a gateway without a store can be made with; only its clock and its entropy are used."""

    bus: Any = None
    store: Any = None

    class clock:
        @staticmethod
        def now() -> int:
            return 1_790_000_000_000_000_000

    class entropy:
        token = staticmethod(os.urandom)


def make_gateway(most: int) -> Gateway:
    options = replace(UNLIMITED, sockets_max=2 * most, sockets_per_address_max=2 * most)
    gateway = Gateway("bench", World(), Topology(), Vault({"k": bytes(32)}, "k"), Limits(), options)  # type: ignore[arg-type]
    gateway.catalogue.rules[RULES.symbol] = RULES
    gateway.loaded = True
    return gateway


class Book:
    """Deltas of two levels each, about 200 bytes as JSON."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._market = gateway.mirror.market(RULES.symbol)

    def change(self) -> None:
        seq = self._market.seq + 1
        price = 95_000_000_000 + seq % 50 * RULES.tick
        delta = BookDelta(RULES.symbol, seq, ((price, seq % 900 * 10_000 + 10_000, 3),), ((price + 10**6, 120_000_000, 2),))
        assert self._market.take_delta(delta)
        self._gateway.channels.hear(News(self._market, 1_790_000_000_000_000_000, delta, [], None))


class Subscribers:
    """The second process: `count` sockets to one port. Its word about how many bytes have come is the only measure."""

    def __init__(self, port: int, count: int, *, websocket: bool) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        words = [
            sys.executable,
            "-m",
            "benchmarks.feed",
            "--read",
            str(theirs.fileno()),
            str(port),
            str(count),
            str(int(websocket)),
        ]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
        self.process = subprocess.Popen(words, env=environ, pass_fds=[theirs.fileno()])
        theirs.close()
        self.read = self.sent = 0  # bytes, by all of them together

    async def ready(self) -> None:
        """All of them are there, and have read what they were greeted with."""
        self.read = await self._told()

    async def have_read(self, count: int) -> None:
        """Return when `count` bytes since the beginning have been read by all of them together."""
        if self.read < count:
            self._control.sendall(HEAD.pack(count))
            self.read = await self._told()

    async def _told(self) -> int:
        await trio.lowlevel.wait_readable(self._control)
        received = self._control.recv(HEAD.size, socket.MSG_WAITALL)
        if len(received) < HEAD.size:
            raise SystemExit("the subscribers have ended")
        return int(HEAD.unpack(received)[0])

    def close(self) -> None:
        self._control.close()
        self.process.wait()


def read(control_fd: int, port: int, count: int, *, websocket: bool) -> None:
    """The second process's whole life."""
    _more_files(count)
    control = socket.socket(fileno=control_fd)
    poll, by_fd, total = select.epoll(), {}, 0
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        if websocket:
            _join(sock)
        sock.setblocking(False)
        by_fd[sock.fileno()] = sock
        poll.register(sock, select.EPOLLIN)
    control.sendall(HEAD.pack(0))
    buffer = bytearray(1 << 18)
    poll.register(control, select.EPOLLIN)
    wanted = -1
    while True:
        for fd, _ in poll.poll():
            if fd == control_fd:
                asked = control.recv(HEAD.size, socket.MSG_WAITALL)
                if not asked:
                    return
                wanted = HEAD.unpack(asked)[0]
                continue
            received = by_fd[fd].recv_into(buffer)
            if not received:
                raise SystemExit("a subscriber was hung up on")
            total += received
        if 0 <= wanted <= total:
            control.sendall(HEAD.pack(total))
            wanted = -1


def _join(sock: socket.socket) -> None:
    """Upgrade and subscribe; returns when the snapshot has been read."""
    upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    sock.sendall(f"{upgrade}Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode())
    body = b'{"op":"subscribe","channel":"%b"}' % CHANNEL.encode()
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += sock.recv(65_536)
    sock.sendall(bytes((0x81, 0x80 | len(body))) + bytes(4) + body)
    while not (b'"type":"snapshot"' in heard and heard.endswith(b"}}")):
        heard += sock.recv(65_536)


def _more_files(count: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if most != resource.RLIM_INFINITY and most < wanted:
        raise SystemExit(f"at most {most} files may be open here, {wanted} are wanted: fewer --subscribers")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), most))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@asynccontextmanager
async def plain_streams(count: int) -> AsyncIterator[tuple[Subscribers, list[trio.SocketStream]]]:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=1_024)
    streams: list[trio.SocketStream] = []
    subscribers = Subscribers(listener.socket.getsockname()[1], count, websocket=False)
    try:
        while len(streams) < count:
            streams.append(await listener.accept())
        await subscribers.ready()
        yield subscribers, streams
    finally:
        subscribers.close()
        for stream in streams:
            await stream.aclose()


@asynccontextmanager
async def feed(gateway: Gateway, count: int, limits: LinkLimits) -> AsyncIterator[Subscribers]:
    stop = trio.Event()

    async def serve(task_status: Any) -> None:
        await serve_feed(feed_door(gateway), "127.0.0.1:0", shutdown=stop, limits=limits, task_status=task_status)

    async with trio.open_nursery() as nursery:
        address = await nursery.start(serve)
        subscribers = Subscribers(int(address.rpartition(":")[2]), count, websocket=True)
        try:
            await subscribers.ready()
            yield subscribers
        finally:
            subscribers.close()
            stop.set()


async def measured(seconds: float, subscribers: Subscribers, count: int, burst: Callable[[], Any]) -> float:
    """Deliveries a second: bursts until `seconds` are over, at most BURSTS_MAX ahead of those who read, and all of it read.

    `burst` sends and returns (frames, bytes of them together)."""
    frames, start = 0, perf_counter()
    marks: deque[int] = deque()
    while perf_counter() - start < seconds:
        many, size = await burst()
        frames += many
        subscribers.sent += size * count
        marks.append(subscribers.sent)
        if len(marks) > BURSTS_MAX:
            await subscribers.have_read(marks.popleft())
    await subscribers.have_read(subscribers.sent)
    return frames * count / (perf_counter() - start)


class Sized:
    """An outlet among the others that counts what each of them is offered."""

    def __init__(self, gateway: Gateway) -> None:
        self.bytes, self.newest = 0, b""
        gateway.channels.subscribe(CHANNEL, self)

    def offer(self, told: Any) -> None:
        self.newest = told.wire
        self.bytes += len(self.newest)

    def end(self, code: int, reason: str) -> None:
        raise AssertionError((code, reason))


def from_feed(book: Book, size: Sized, many: int) -> Callable[[], Any]:
    async def burst() -> tuple[int, int]:
        size.bytes = 0
        for _ in range(many):
            book.change()
        await trio.lowlevel.checkpoint()
        return many, size.bytes

    return burst


def from_plain(streams: list[trio.SocketStream], size: Sized, many: int) -> Callable[[], Any]:
    async def burst() -> tuple[int, int]:
        whole = size.newest * many
        for stream in streams:
            await stream.send_all(whole)
        return many, len(whole)

    return burst


def from_bare(sockets: list[socket.socket], size: Sized, many: int) -> Callable[[], Any]:
    async def burst() -> tuple[int, int]:
        whole = size.newest * many
        for sock in sockets:
            assert sock.send(whole) == len(whole), "more is on its way than the kernel keeps"
        await trio.lowlevel.checkpoint()
        return many, len(whole)

    return burst


async def compare(count: int, rounds: int, seconds: float) -> dict[str, list[float]]:
    gateway = make_gateway(count)
    book, limits = Book(gateway), LinkLimits(connections_max=count + 10)
    rates: dict[str, list[float]] = {name: [] for name in NAMES}
    async with plain_streams(count) as (readers, streams), feed(gateway, count, limits) as subscribers:
        size = Sized(gateway)

        sockets = [socket.socket(fileno=os.dup(stream.socket.fileno())) for stream in streams]
        bursts = {
            "plain": (readers, from_plain(streams, size, 1)),
            "bare": (readers, from_bare(sockets, size, 1)),
            "feed": (subscribers, from_feed(book, size, 1)),
            "plain x16": (readers, from_plain(streams, size, 16)),
            "bare x16": (readers, from_bare(sockets, size, 16)),
            "feed x16": (subscribers, from_feed(book, size, 16)),
        }
        book.change()  # what `plain` and `bare` write is what the feed made last
        subscribers.sent += count * len(size.newest)
        for who, burst in bursts.values():
            await measured(WARM_UP_S, who, count, burst)
        for _ in range(rounds):
            for name, (who, burst) in bursts.items():
                rates[name].append(await measured(seconds, who, count, burst))
        for sock in sockets:
            sock.close()
        print(f"a delta is {len(size.newest)} bytes as a frame")
    return rates


async def idle_bytes(count: int) -> float:
    """Of resident memory for one more connection that is subscribed to a channel and hears nothing; the kernel's own not."""
    gateway = make_gateway(2 * count)
    limits = LinkLimits(connections_max=2 * count + FEW)
    async with feed(gateway, FEW, limits):  # what is made once, is made
        before = resident_bytes()
        async with feed(gateway, count, limits):
            return (resident_bytes() - before) / count


async def main(count: int, rounds: int, seconds: float) -> None:
    _more_files(3 * count)
    idle = await idle_bytes(count)  # first: memory that has been used and freed would hide it
    rates = await compare(count, rounds, seconds)
    middle = {name: statistics.median(those) for name, those in rates.items()}
    for name, those in rates.items():
        print(f"{name:10} {middle[name]:>12,.0f} deliveries/s [{min(those):,.0f}-{max(those):,.0f}]")
    print(f"feed / plain: {middle['feed'] / middle['plain']:.2f}, 16 at once {middle['feed x16'] / middle['plain x16']:.2f}")
    print(f"feed / bare: {middle['feed'] / middle['bare']:.2f}, 16 at once {middle['feed x16'] / middle['bare x16']:.2f}")
    print(f"memory per idle connection: {idle / 1024:.1f} KiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        _fd, _port, _count, _websocket = map(int, sys.argv[2:6])
        read(_fd, _port, _count, websocket=bool(_websocket))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    trio.run(main, given.subscribers, given.rounds, given.seconds)
