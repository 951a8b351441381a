"""What benchmarks measure is what they say: every way through the pipeline comes to the same trades."""

import msgspec
import pytest
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping, Pong, Request, TextMessage

from benchmarks import pipeline
from benchmarks.__main__ import BENCHMARKS, ROOT
from benchmarks.http_load import send
from benchmarks.orders import LOTS_AHEAD_MAX, LOTS_MAX, Account, Orders
from benchmarks.ws_load import BareSocket, framed


def test_every_benchmark_named_is_there() -> None:
    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for name in BENCHMARKS)


@pytest.mark.parametrize("names", [pipeline.BASIC, pipeline.FOLLOWED], ids=["money", "followers"])
@pytest.mark.parametrize("waiting", [1, 40])
async def test_machines_alone_and_in_their_hosts_make_the_same_trades(names: tuple[str, ...], waiting: int) -> None:
    alone = pipeline.machines(120, seed=3)
    hosted = await pipeline.hosted(names, 120, waiting, seed=3)
    assert hosted.trades == alone.trades > 60


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
async def test_frames_made_by_hand_are_frames(length: int) -> None:
    """As somebody else's implementation reads them; and the other way round."""
    wire, text = WSConnection(ConnectionType.SERVER), "x" * length
    ours, theirs = trio.socket.socketpair()
    wire.receive_data(
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert isinstance(next(wire.events()), Request)
    wire.send(AcceptConnection())
    wire.receive_data(framed(text.encode()) * 2)
    heard = [event.data for event in wire.events() if isinstance(event, TextMessage)]
    assert "".join(heard) == text * 2
    bare = BareSocket(ours)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send, theirs, wire.send(Ping()) + wire.send(TextMessage(data=text)))
            assert await bare.receive() == text.encode()
        wire.receive_data(await theirs.recv(64))
    assert isinstance(next(wire.events()), Pong)
    bare.close()
    theirs.close()


def test_sides_stay_in_balance() -> None:
    orders, bought = Orders([Account("key", b"secret")]), 0
    for _ in range(20_000):
        placed = msgspec.json.decode(orders.body("ACK"))
        bought += round(float(placed["quantity"]) * 10_000) * (1 if placed["side"] == "BUY" else -1)
        assert abs(bought) <= LOTS_AHEAD_MAX + LOTS_MAX


def test_no_two_requests_are_the_same() -> None:
    orders = Orders([Account("key", b"secret")])
    requests = orders.signed(50, ("ACK", "FULL")) + orders.signed(50)
    assert len(set(requests)) == 100
    assert sum(b'"newOrderRespType":"FULL"' in request for request in requests) == 25
