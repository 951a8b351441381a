"""A load client that is cheap beside the server it measures: raw non-blocking sockets, requests built beforehand.

As a program: python benchmarks/http_load.py HOST PORT REQUEST_FILE CONNECTIONS TOTAL
where REQUEST_FILE holds the bytes of one request. Prints requests/s, p50 and p99.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

RECEIVE_BYTES = 65_536
GOOD = b"HTTP/1.1 2"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load saw. Latencies are from the first byte sent to the last byte received, of each request alone."""

    requests: int
    failed: int  # answers other than 2xx
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.per_second:,.0f} requests/s, p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms{failed}"


async def load(host: str, port: int, requests: Callable[[int], bytes], connections: int, total: int) -> LoadResult:
    """Send `requests(0)` .. `requests(total - 1)` over kept connections, one outstanding on each.

    `requests` is called just before each is sent, so signing belongs before the load. Answers must carry a
    Content-Length. Raises ConnectionError when the server hangs up.
    """
    assert 0 < connections <= total
    numbers = iter(range(total))
    took_ns: list[int] = []
    failed = 0

    async def client(sock: trio.socket.SocketType) -> None:
        nonlocal failed
        for number in numbers:
            request = requests(number)
            start_ns = time.perf_counter_ns()
            await send(sock, request)
            answer = await answer_of(sock)
            took_ns.append(time.perf_counter_ns() - start_ns)
            failed += not answer.startswith(GOOD)

    sockets = [await connect(host, port) for _ in range(connections)]
    try:
        start_ns = time.perf_counter_ns()
        async with trio.open_nursery() as nursery:
            for sock in sockets:
                nursery.start_soon(client, sock)
        seconds = (time.perf_counter_ns() - start_ns) / 1e9
    finally:
        for sock in sockets:
            sock.close()
    took_ns.sort()
    return LoadResult(len(took_ns), failed, seconds, quantile(took_ns, 0.5) / 1e6, quantile(took_ns, 0.99) / 1e6)


async def send(sock: trio.socket.SocketType, request: bytes) -> None:
    sent = await sock.send(request)
    while sent < len(request):
        sent += await sock.send(request[sent:])


async def connect(host: str, port: int) -> trio.socket.SocketType:
    stream = await trio.open_tcp_stream(host, port)
    return stream.socket


async def answer_of(sock: trio.socket.SocketType) -> bytes:
    """One whole answer. Most come in one piece, so the search for the length runs once."""
    heard = b""
    while True:
        piece = await sock.recv(RECEIVE_BYTES)
        if not piece:
            raise ConnectionError("the server hung up in mid-answer")
        heard += piece
        end = heard.find(b"\r\n\r\n")
        if end < 0:
            continue
        head = heard[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        assert at >= 0, head
        if len(heard) >= end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0]):
            return heard


def quantile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]


if __name__ == "__main__":
    _host, _port, _file, _connections, _total = sys.argv[1:]
    _request = Path(_file).read_bytes()
    print(trio.run(load, _host, int(_port), lambda _: _request, int(_connections), int(_total)))
