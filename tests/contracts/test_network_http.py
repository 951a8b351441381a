"""The contract of the network, on HTTP; and what HTTP adds: probes, the token, hostile peers."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import trio

from tests.contracts.network_contract import LONG_S, DyingNetworkContract, NetworkContract, echo
from tradewind.adapters.http_network import HttpNetwork
from tradewind.adapters.system import SystemClock, SystemEntropy
from tradewind.ports.errors import Unavailable

TOKEN = "a token of this test"
LIMIT = 2_000_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class World:
    here: HttpNetwork
    there: HttpNetwork
    nowhere: str
    there_scope: trio.CancelScope

    async def kill_there(self) -> None:
        self.there_scope.cancel()
        while self.there.address:
            await trio.lowlevel.checkpoint()


async def _run(network: HttpNetwork, scope: trio.CancelScope, task_status: trio.TaskStatus[HttpNetwork]) -> None:
    with scope:
        await network.run(task_status)


@pytest.fixture
async def world(nursery: trio.Nursery) -> AsyncIterator[World]:
    here, there = HttpNetwork(TOKEN, body_bytes_max=LIMIT), HttpNetwork(TOKEN, body_bytes_max=LIMIT)
    scope = trio.CancelScope()
    await nursery.start(here.run)
    await nursery.start(lambda task_status: _run(there, scope, task_status))
    yield World(here, there, f"127.0.0.1:{free_port()}", scope)


class TestHttp(NetworkContract, DyingNetworkContract):
    pass


async def talk(address: str, said: bytes, *, until: bytes = b"") -> bytes:
    """What the server says to these bytes, until it ends the connection or has said `until`."""
    host, _, port = address.rpartition(":")
    heard = b""
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all(said)
        while not until or until not in heard:
            try:
                part = await stream.receive_some()
            except trio.BrokenResourceError:
                break
            if not part:
                break
            heard += part
    return heard


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


TOKEN_LINE = f"X-Internal-Token: {TOKEN}"


async def test_probes_answer_without_a_token(world: World) -> None:
    async def ready() -> tuple[int, str, bytes]:
        return 503, "application/json", b'{"ready":false}'

    world.there.get("/ready", ready)
    heard = await talk(world.there.address, b"GET /ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 503") and heard.endswith(b'{"ready":false}') and b"application/json" in heard
    heard = await talk(world.there.address, b"GET /secrets HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("headers", [(), ("X-Internal-Token: wrong",), ("X-Internal-Token:",), (TOKEN_LINE + "x",)])
async def test_without_the_token_nothing_is_handled(world: World, headers: tuple[str, ...]) -> None:
    handled: list[bytes] = []

    async def handler(body: bytes) -> bytes:
        handled.append(body)
        return b""

    world.there.serve("/command", handler)
    for path in ("/command", "/no-such-path"):
        heard = await talk(world.there.address, post(path, b"x", "connection: close", *headers))
        assert heard.startswith(b"HTTP/1.1 401"), heard
    assert handled == []
    assert (await talk(world.there.address, post("/command", b"x", "connection: close", TOKEN_LINE))).startswith(
        b"HTTP/1.1 200"
    )


async def test_another_token_is_unavailable(world: World) -> None:
    world.there.serve("/echo", echo)
    with pytest.raises(Unavailable):
        await HttpNetwork("another").call(world.there.address, "/echo", b"x", LONG_S)


async def test_a_connection_carries_many_requests(world: World) -> None:
    world.there.serve("/echo", echo)
    said = b"".join(post("/echo", b"%d" % number, TOKEN_LINE) for number in range(10))
    heard = await talk(world.there.address, said, until=b"echo 9")
    assert heard.count(b"HTTP/1.1 200") == 10


async def test_bodies_have_a_limit(world: World) -> None:
    world.there.serve("/echo", echo)
    head = post("/echo", b"", TOKEN_LINE).replace(b"content-length: 0", b"content-length: %d" % (LIMIT + 1))
    assert (await talk(world.there.address, head)).startswith(b"HTTP/1.1 413")
    chunked = post("/echo", b"", TOKEN_LINE).replace(b"content-length: 0", b"transfer-encoding: chunked")
    chunk = b"%x\r\n%b\r\n" % (LIMIT + 1, b"x" * (LIMIT + 1))
    assert b"HTTP/1.1 200" not in await talk(world.there.address, chunked + chunk)


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"DELETE /echo HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /" + b"a" * 100_000,
        b"GET /ready HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
    ],
)
async def test_a_hostile_peer_harms_nobody(world: World, said: bytes) -> None:
    world.there.serve("/echo", echo)
    heard = await talk(world.there.address, said + b"\r\n\r\n", until=b"\r\n\r\n")
    assert b" 200 " not in heard
    assert await world.here.call(world.there.address, "/echo", b"x", LONG_S) == b"echo x"


async def test_a_handler_that_fails_ends_nothing_but_its_answer(world: World) -> None:
    async def broken(body: bytes) -> bytes:
        raise ZeroDivisionError

    world.there.serve("/broken", broken)
    world.there.serve("/echo", echo)
    heard = await talk(world.there.address, post("/broken", b"x", "connection: close", TOKEN_LINE))
    assert heard.startswith(b"HTTP/1.1 500")
    assert await world.here.call(world.there.address, "/echo", b"x", LONG_S) == b"echo x"


def test_the_system_clock_and_entropy() -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    assert clock.now() > 1_700_000_000 * 10**9
    assert len(entropy.token(16)) == 16 and entropy.token(16) != entropy.token(16)
