"""What a Quart handler costs before it does anything: ours against the stock Hypercorn trio server, in one run.

    python benchmarks/bare_handler.py [CONNECTIONS [TOTAL [ROUNDS]]]

Each server is a process of its own and lives through all rounds; rounds alternate, so that a noisy neighbour hits both.
The request is an order as clients send it (POST, 145 bytes of JSON, four headers of ours); the answer is 80 bytes of JSON.
"""

import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / "src"), str(Path(__file__).parents[1])]

import hypercorn.trio
import trio
from hypercorn.config import Config
from quart import Quart, Response, request, websocket
from quart_trio import QuartTrio

from benchmarks.http_load import LoadResult, load
from benchmarks.processes import processor_us
from tradewind.adapters.web_server import serve
from tradewind.services.gateway.quart_pairs import fit

BODY = (
    b'{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.01500000","price":"43210.50",'
    b'"newClientOrderId":"a1b2c3d4"}'
)
REQUEST = (
    b"POST /v1/order HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Key: 0123456789abcdef\r\n"
    b"X-Timestamp: 1923456789000\r\nX-Nonce: 0123456789abcdef\r\nX-Signature: " + b"0" * 64 + b"\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)
ANSWER = b'{"orderId":123456789,"clientOrderId":"a1b2c3d4","status":"NEW","at":1923456789}'


def bare_app(*, fitted: bool = False) -> Quart:
    app = QuartTrio("bare")
    if fitted:
        fit(app)

    @app.post("/v1/order")
    async def order() -> Response:
        await request.get_data()
        return Response(ANSWER, content_type="application/json")

    @app.websocket("/echo/<int:size>")
    async def echo(size: int) -> None:
        """Every message is answered by one of `size` bytes."""
        answer = "x" * size
        while True:
            await websocket.receive()
            await websocket.send(answer)

    return app


async def serve_ours(task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED) -> None:
    await serve(bare_app(), ["127.0.0.1:0"], shutdown=trio.Event(), task_status=task_status)


async def serve_fitted(task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED) -> None:
    await serve(bare_app(fitted=True), ["127.0.0.1:0"], shutdown=trio.Event(), task_status=task_status)


async def serve_stock(task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED) -> None:
    config = Config()
    config.bind, config.errorlog, config.keep_alive_max_requests = ["127.0.0.1:0"], None, 1_000_000_000
    await hypercorn.trio.serve(bare_app(), config, task_status=task_status)


# "fitted" is our server with the gateway's parts of Quart; "ours" and "stock" serve the same plain Quart app.
SERVERS = {"stock": serve_stock, "ours": serve_ours, "fitted": serve_fitted}


async def child(name: str) -> None:
    async with trio.open_nursery() as nursery:
        bound: list[str] = await nursery.start(SERVERS[name])
        print(bound[0].rsplit(":", 1)[1], flush=True)


@dataclass(frozen=True, slots=True)
class Round:
    result: LoadResult
    server_us: float  # the server's processor time per request: steadier than the rate on a shared machine


async def compare(connections: int, total: int, rounds: int) -> dict[str, list[Round]]:
    """Results by server name, `rounds` of each after a short one that is thrown away."""
    found: dict[str, list[Round]] = {name: [] for name in SERVERS}
    async with AsyncExitStack() as stack:
        servers = {name: await start(stack, name) for name in SERVERS}
        for turn in range(rounds + 1):
            for name, (pid, port) in servers.items():
                before_us = processor_us(pid)
                result = await load("127.0.0.1", port, lambda _: REQUEST, connections, total if turn else connections)
                if turn:
                    found[name].append(Round(result, (processor_us(pid) - before_us) / total))
                    print(f"{name:6s} {result}, server {found[name][-1].server_us:.0f} us/request", flush=True)
    return found


async def start(stack: AsyncExitStack, name: str) -> tuple[int, int]:
    """Process id and port of one of SERVERS, in a process of its own that ends with `stack`."""
    process = await trio.lowlevel.open_process([sys.executable, __file__, "--serve", name], stdout=subprocess.PIPE)
    stack.push_async_callback(process.wait)
    stack.callback(process.kill)
    assert process.stdout is not None
    with trio.fail_after(30):
        return process.pid, int(await process.stdout.receive_some(64))


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--serve"]:
        trio.run(child, arguments[1])
        return
    connections, total, rounds = _padded(arguments)
    found = trio.run(compare, connections, total, rounds)
    rate = {name: median(each.result.per_second for each in rounds_) for name, rounds_ in found.items()}
    cost = {name: median(each.server_us for each in rounds_) for name, rounds_ in found.items()}
    for name in SERVERS:
        print(
            f"{name:6s} {connections} connections, median of {rounds}: {rate[name]:,.0f} requests/s, "
            f"{rate[name] / rate['stock']:.2f} of stock; server {cost[name]:.0f} us/request, "
            f"{cost['stock'] / cost[name]:.2f} times cheaper than stock"
        )


def _padded(arguments: list[str]) -> list[int]:
    given = [int(argument) for argument in arguments]
    return given + [32, 5_000, 5][len(given) :]


if __name__ == "__main__":
    main(sys.argv[1:])
