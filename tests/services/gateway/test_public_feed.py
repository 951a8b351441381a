"""The public feed over real sockets, with somebody else's client: the gateway's channels behind the feed's own server."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import trio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.adapters.feed_peers import request
from tests.services.kept import Run
from tradewind.adapters.system import SystemClock, SystemEntropy
from tradewind.adapters.ws_link import LinkLimits
from tradewind.adapters.ws_server import serve_feed
from tradewind.compose import feed_door
from tradewind.messages import events as ev
from tradewind.messages.topology import Topology
from tradewind.runtime.limits import Limits
from tradewind.runtime.vault import Vault
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import Options
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.values.orders import Side
from tradewind.values.symbols import SymbolRules

RULES = SymbolRules("BTCUSDT", "BTC", "USDT", 8, 6, 10_000, 10_000, 0, 10**12, 0, 0, 0, False)
BOOK = "market.BTCUSDT.book"
PATIENCE_S = 30.0


class Doors:
    """As much of a world as public channels need; no store and no bus."""

    clock, entropy = SystemClock(), SystemEntropy()
    store: Any = None
    bus: Any = None


class Market:
    """A gateway that is told what marketdata says of entries that are made up here."""

    def __init__(self, options: Options) -> None:
        self.gateway = Gateway("g", Doors(), Topology(), Vault({"k": bytes(32)}, "k"), Limits(), options)  # type: ignore[arg-type]
        self.gateway.catalogue.rules[RULES.symbol] = RULES
        self.gateway.loaded = True
        self._run = Run(MarketDataMachine)
        self._run.hear(ev.Entry("admin/0", 1, 1, "inbox", 1, (ev.SymbolCreated(RULES),)))
        self._seq = 0

    def entry(self, *events: ev.Event) -> None:
        self._seq += 1
        at = Doors.clock.now()
        said = self._run.hear(ev.Entry("matching/0", self._seq, at, "inbox", self._seq, events))
        for news in self.gateway.mirror.hear(ev.Entry("marketdata/0", self._seq, at, "matching/0", self._seq, tuple(said))):
            self.gateway.channels.hear(news)

    def rests(self, order: int, price: int, quantity: int = 10_000) -> None:
        self.entry(ev.OrderRested(order, 1, RULES.symbol, Side.SELL, price * RULES.tick, quantity))

    def trades(self, trade_id: int, order: int, price: int, quantity: int = 10_000) -> None:
        self.entry(ev.Traded(RULES.symbol, trade_id, price * RULES.tick, quantity, Side.BUY, order, 1, 0, 99, 2, 0))


@dataclass
class Client:
    """A websockets connection; its calls block, so they are made in threads."""

    socket: ClientConnection

    async def receive(self) -> Any:
        return json.loads(await trio.to_thread.run_sync(partial(self.socket.recv, PATIENCE_S)))

    async def ask(self, **asked: object) -> None:
        await trio.to_thread.run_sync(self.socket.send, json.dumps(asked))


@dataclass
class Feed:
    market: Market
    url: str

    @asynccontextmanager
    async def client(self, path: str = "/ws", **more: Any) -> AsyncIterator[Client]:
        blocking = ExitStack()

        def open_it() -> ClientConnection:
            return blocking.enter_context(connect(f"{self.url}{path}", compression=None, close_timeout=1, **more))

        client = Client(await trio.to_thread.run_sync(open_it))
        try:
            yield client
        finally:
            await trio.to_thread.run_sync(blocking.close)


@asynccontextmanager
async def running(options: Options | None = None, limits: LinkLimits | None = None) -> AsyncIterator[Feed]:
    market, stop = Market(options or Options()), trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:

            async def serve(task_status: Any) -> None:
                door = feed_door(market.gateway)
                await serve_feed(door, "127.0.0.1:0", shutdown=stop, limits=limits, task_status=task_status)

            nursery.start_soon(market.gateway.channels.run)
            yield Feed(market, f"ws://{await nursery.start(serve)}")
            stop.set()
            while market.gateway.visitors.present:
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
    channels: Any = market.gateway.channels
    assert not channels._channels, "nothing is kept for those who have gone"


async def test_both_dialects_hear_one_market() -> None:
    async with (
        running() as feed,
        feed.client() as ours,
        feed.client("/stream?streams=btcusdt@trade/btcusdt@depth@100ms") as theirs,
    ):
        feed.market.rests(1, 2_000)
        await ours.ask(op="subscribe", channel="market.BTCUSDT.book")
        assert await ours.receive() == {"type": "subscribed", "channel": "market.BTCUSDT.book"}
        snapshot = await ours.receive()
        assert (snapshot["seq"], snapshot["data"]) == (1, {"bids": [], "asks": [["20.000000", "0.00010000"]]})
        feed.market.trades(1, 1, 2_000)
        delta = await ours.receive()
        assert (delta["prevSeq"], delta["seq"], delta["data"]["asks"]) == (1, 2, [["20.000000", "0.00000000"]])
        heard = [await theirs.receive() for _ in range(3)]
        by_stream = {one["stream"]: one["data"] for one in heard}
        assert (by_stream["btcusdt@trade"]["t"], by_stream["btcusdt@trade"]["p"]) == (1, "20.000000")
        assert by_stream["btcusdt@depth@100ms"]["u"] in {1, 2}
        await ours.ask(op="ping")
        assert await ours.receive() == {"type": "pong"}


async def test_many_subscribers_hear_the_same_frames_in_order() -> None:
    async with running() as feed:
        frames: list[list[Any]] = []
        async with trio.open_nursery() as nursery:

            async def subscriber(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
                async with feed.client("/ws/btcusdt@aggTrade") as client:
                    task_status.started()
                    frames.append([await client.receive() for _ in range(20)])

            for _ in range(30):
                await nursery.start(subscriber)
            for number in range(1, 21):
                feed.market.rests(number, 2_000)
                feed.market.trades(number, number, 2_000)
        assert len(frames) == 30 and all(one == frames[0] for one in frames)
        assert [one["a"] for one in frames[0]] == list(range(1, 21))


async def test_r1_7_1_an_origin_that_is_not_named_is_refused_with_403() -> None:
    async with running(Options(origins=("https://ours.test",))) as feed:
        with pytest.raises(InvalidStatus) as refused:
            async with feed.client(origin="https://elsewhere.test"):
                pass
        assert refused.value.response.status_code == 403
        async with feed.client(origin="https://ours.test"), feed.client():
            pass


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ws/nothing@trade", 400),
        ("/ws/btcusdt@everything", 400),
        ("/stream?streams=x", 400),
        ("/elsewhere", 404),
        ("/ws/private", 400),
    ],
)
async def test_r1_7_3_what_is_no_stream_is_refused_before_the_upgrade(path: str, status: int) -> None:
    async with running() as feed:
        with pytest.raises(InvalidStatus) as refused:
            async with feed.client(path):
                pass
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["requestId"] == refused.value.response.headers["X-Request-ID"]


async def test_r1_7_one_address_has_so_many_connections() -> None:
    async with running(Options(sockets_per_address_max=2)) as feed, feed.client(), feed.client():
        with pytest.raises(InvalidStatus) as refused:
            async with feed.client():
                pass
        assert refused.value.response.status_code == 429
        # Behind a proxy that is believed, it is the client that counts.
        async with feed.client(additional_headers={"X-Forwarded-For": "203.0.113.9"}):
            pass


async def test_r1_7_2_and_too_many_messages_end_it() -> None:
    async with running(Options(subscriptions_max=1, messages_rate=1, messages_burst=5)) as feed, feed.client() as client:
        for name in ("book", "trades"):
            await client.ask(op="subscribe", channel=f"market.BTCUSDT.{name}")
        assert [(await client.receive()).get("code") for _ in range(3)] == [None, None, "TOO_MANY_SUBSCRIPTIONS"]
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(10):
                await client.ask(op="ping")
                await client.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


async def test_h60_who_does_not_read_is_told_and_begins_again_with_a_snapshot() -> None:
    limits = LinkLimits(frames_max=200, buffer_bytes_max=100_000, kernel_bytes=4_096)
    async with running(limits=limits) as feed:
        channels: Any = feed.market.gateway.channels
        async with feed.client() as quick, await _deaf(feed.url) as slow:
            await quick.ask(op="subscribe", channel=BOOK)
            assert [(await quick.receive())["type"] for _ in range(2)] == ["subscribed", "snapshot"]
            body = b'{"op":"subscribe","channel":"%b"}' % BOOK.encode()
            await slow.send_all(bytes((0x81, 0x80 | len(body))) + bytes(4) + body)
            while len(channels._channels[BOOK].peers) < 2:
                await trio.lowlevel.checkpoint()
            number = 0
            while len(channels._channels[BOOK].peers) == 2 and not _told(channels):
                for _ in range(20):
                    number += 1
                    feed.market.rests(number, 2_000 + number)
                for seq in range(number - 19, number + 1):
                    assert (await quick.receive())["seq"] == seq
            heard = b""
            while b"too slow: resync" not in heard:
                more = await slow.receive_some(1 << 20)
                assert more, "it was not told"
                heard += more
            assert heard.endswith((1013).to_bytes(2) + b"too slow: resync")
            # Before that it was sent everything, from the snapshot on, up to some place.
            told = [int(found) for found in re.findall(rb'"prevSeq":(\d+)', heard)]
            assert told == list(range(told[0], told[0] + len(told))) and told[-1] < number
        async with feed.client() as again:
            await again.ask(op="subscribe", channel=BOOK)
            await again.receive()
            assert (await again.receive())["seq"] == number


async def _deaf(url: str) -> trio.SocketStream:
    """A peer in whose socket little waits."""
    host, _, port = url.removeprefix("ws://").partition(":")
    sock = trio.socket.socket()
    sock.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4_096)
    await sock.connect((host, int(port)))
    stream = trio.SocketStream(sock)
    await stream.send_all(request())
    assert b" 101 " in await stream.receive_some(4_096)
    return stream


def _told(channels: Any) -> bool:
    return any(link.ending for link in channels._channels[BOOK].peers)
