"""Requests at fixed instants, whether or not earlier ones have been answered: a slow answer makes no later request wait.

Latencies count from the instant at which a request was due, so a server that stalls is charged for every request that it kept
waiting (no coordinated omission).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import trio

from benchmarks.http_load import answer_of, connect, send


class Answered(NamedTuple):
    latency_s: float
    answer: bytes  # head and body


async def at_rate(
    host: str, port: int, requests: Sequence[bytes], per_second: float, connections: int, heard: Callable[[int, Answered], None]
) -> None:
    """Send every request when it is due, over the next free one of `connections`; `heard(number, answered)` for each."""
    numbers = iter(range(len(requests)))
    sockets = [await connect(host, port) for _ in range(connections)]
    begin_s = trio.current_time() + 0.1

    async def client(sock: trio.socket.SocketType) -> None:
        for number in numbers:
            due_s = begin_s + number / per_second
            await trio.sleep_until(due_s)
            await send(sock, requests[number])
            answer = await answer_of(sock)
            heard(number, Answered(trio.current_time() - due_s, answer))

    try:
        async with trio.open_nursery() as nursery:
            for sock in sockets:
                nursery.start_soon(client, sock)
    finally:
        for sock in sockets:
            sock.close()
