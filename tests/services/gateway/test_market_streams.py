"""Public channels in both dialects, through the whole simulated exchange: first a snapshot, then no gap, whatever restarts."""

import json
from typing import Any

import pytest

from sim.web.client import Closed, Rejected, WebSocket
from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.services.gateway.options import Options

S = 10**9
NATIVE = ("book", "trades", "aggTrade", "ticker", "kline_1m")


async def _read(socket: WebSocket) -> Any:
    return json.loads(await socket.receive())


async def _ask(socket: WebSocket, **asked: object) -> Any:
    """The answer, past whatever is pushed before it."""
    await socket.send(json.dumps(asked))
    while True:
        shown = await _read(socket)
        if "id" in shown or shown.get("type") in {"error", "pong", "subscribed", "unsubscribed"}:
            return shown


async def _trade(ann: Trader, bob: Trader, price: str = "20000", quantity: str = "0.5") -> None:
    assert (await ann.place("SELL", price, quantity))[0] == 200
    assert (await bob.place("BUY", price, quantity, newOrderRespType="FULL"))[0] == 200


class Follower:
    """Native channels over one socket after the other: what it has seen of each may have no gap."""

    def __init__(self) -> None:
        self.seqs: dict[str, int] = {}
        self.begun: set[str] = set()
        self.told = 0

    def take(self, shown: dict[str, Any]) -> None:
        if shown.get("type") == "subscribed":
            return
        name, seq = shown["channel"].rpartition(".")[2], shown["seq"]
        if shown.get("type") == "snapshot":
            assert seq >= self.seqs.get(name, 0), "a sequence never goes back"
            self.begun.add(name)
        else:
            self.told += 1
            assert name in self.begun and shown["prevSeq"] == self.seqs[name] <= seq, (shown, self.seqs)
            assert name in {"ticker", "kline_1m"} or seq == shown["prevSeq"] + 1
        self.seqs[name] = seq

    async def follow(self, exchange: Exchange) -> WebSocket:
        self.begun.clear()
        socket = await exchange.public.websocket("/ws")
        for name in NATIVE:
            await socket.send(json.dumps({"op": "subscribe", "channel": f"market.BTCUSDT.{name}"}))
        while self.begun != set(NATIVE):
            self.take(await _read(socket))
        return socket

    async def reach(self, socket: WebSocket, trades: int) -> None:
        while not all(self.seqs[name] >= trades for name in ("trades", "aggTrade", "kline_1m")):
            self.take(await _read(socket))


@pytest.mark.parametrize("restarted", ["gateway/0", "marketdata/0"])
def test_every_channel_goes_on_over_restarts_without_a_gap(restarted: str) -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        follower = Follower()
        socket = await follower.follow(exchange)
        for round_ in range(1, 4):
            for number in range(3):
                await _trade(ann, bob, f"{20000 + number}", "0.1")
            await follower.reach(socket, 3 * round_)
            exchange.kernel.node(restarted).restart()
            await exchange.kernel.sleep(6 * S)
            if restarted == "gateway/0":
                socket.close()
                socket = await follower.follow(exchange)
        assert follower.told > 20

    play(scenario)


def test_a_combined_socket_and_a_raw_one_hear_the_same_trades() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        raw = await exchange.public.websocket("/ws/btcusdt@trade/btcusdt@aggTrade")
        combined = await exchange.public.websocket("/stream?streams=btcusdt@trade/btcusdt@aggTrade")
        numbered = await exchange.public.websocket("/ws/0")
        assert await _ask(numbered, method="SUBSCRIBE", params=["btcusdt@trade", "btcusdt@aggTrade"], id=7) == {
            "result": None,
            "id": 7,
        }
        assert (await _ask(numbered, method="LIST_SUBSCRIPTIONS", id="x"))["result"] == ["btcusdt@trade", "btcusdt@aggTrade"]
        await ann.place("SELL", "20000", "0.25")
        await ann.place("SELL", "20000", "0.25")
        await bob.place("BUY", "20000", "0.5")
        told = [await _read(raw) for _ in range(3)]
        assert [(one["e"], one.get("t"), one.get("a"), one["q"]) for one in told] == [
            ("trade", 1, None, "0.25000000"), ("trade", 2, None, "0.25000000"), ("aggTrade", None, 1, "0.50000000"),
        ]  # fmt: skip
        assert (told[2]["f"], told[2]["l"], told[2]["m"], told[0]["p"], told[0]["s"]) == (
            1,
            2,
            False,
            "20000.000000",
            "BTCUSDT",
        )
        wrapped = [await _read(combined) for _ in range(3)]
        assert [one["stream"] for one in wrapped] == ["btcusdt@trade"] * 2 + ["btcusdt@aggTrade"]
        assert [one["data"] for one in wrapped] == told == [await _read(numbered) for _ in range(3)]
        assert await _ask(numbered, method="UNSUBSCRIBE", params=["btcusdt@trade"], id=8) == {"result": None, "id": 8}
        assert (await _ask(numbered, method="LIST_SUBSCRIPTIONS", id=9))["result"] == ["btcusdt@aggTrade"]

    play(scenario)


@pytest.mark.parametrize("stream", ["btcusdt@depth", "btcusdt@depth@100ms"])
def test_a_book_joined_with_rest_by_its_last_update_id(stream: str) -> None:
    """As every client of Binance does it: deltas are kept, a snapshot is asked for, what is older is thrown away."""

    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await ann.place("SELL", "20000", "1")
        await exchange.kernel.sleep(S)
        socket = await exchange.public.websocket(f"/ws/{stream}")
        await ann.place("SELL", "20001", "1")
        first = await _read(socket)
        snapshot = (await exchange.get("/v1/depth?symbol=BTCUSDT&limit=5"))[1]
        book = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
        reached = snapshot["lastUpdateId"]
        assert first["U"] <= reached + 1 <= first["u"] + 1
        for number in range(5):
            await bob.place("BUY", "20000", "0.1")
            await bob.place("BUY", f"{19000 + number}", "0.1")
        await exchange.kernel.sleep(3 * S)
        newest = (await exchange.get("/v1/depth?symbol=BTCUSDT&limit=5000"))[1]
        last = first["u"]
        while reached < newest["lastUpdateId"]:
            delta = await _read(socket)
            assert (delta["e"], delta["U"]) == ("depthUpdate", last + 1)
            last = reached = delta["u"]
            for side, short in (("bids", "b"), ("asks", "a")):
                for price, quantity in delta[short]:
                    book[side].pop(price, None)
                    if float(quantity):
                        book[side][price] = quantity
        assert book == {side: dict(map(tuple, newest[side])) for side in ("bids", "asks")}

    play(scenario)


def test_streams_of_state_say_how_things_stand_and_then_what_changes() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await _trade(ann, bob)
        await ann.place("SELL", "20100", "1")
        await exchange.kernel.sleep(2 * S)
        names = ["ticker", "miniTicker", "bookTicker", "avgPrice", "kline_1m", "kline_1M", "depth5", "depth20@100ms"]
        begun = {}
        for name in names:
            socket = await exchange.public.websocket(f"/ws/btcusdt@{name}")
            begun[name] = socket, await _read(socket)
        shown = {name: first for name, (_, first) in begun.items()}
        assert (shown["ticker"]["e"], shown["ticker"]["c"], shown["ticker"]["a"]) == (
            "24hrTicker",
            "20000.000000",
            "20100.000000",
        )
        assert (shown["miniTicker"]["v"], shown["avgPrice"]["w"]) == ("0.50000000", "20000.000000")
        assert (shown["bookTicker"]["a"], shown["bookTicker"]["A"]) == ("20100.000000", "1.00000000")
        candle = shown["kline_1m"]["k"]
        assert (candle["i"], candle["o"], candle["v"], candle["n"], candle["T"] - candle["t"]) == (
            "1m", "20000.000000", "0.50000000", 1, 59_999,
        )  # fmt: skip
        assert shown["depth5"] == shown["depth20@100ms"] == (await exchange.get("/v1/depth?symbol=BTCUSDT"))[1]
        await bob.place("BUY", "20100", "1")
        for name, (socket, _) in begun.items():
            later = await _read(socket)
            assert later != shown[name], name
        assert later == {"lastUpdateId": shown["depth5"]["lastUpdateId"] + 1, "bids": [], "asks": []}
        all_of_them = await exchange.public.websocket("/ws/!miniTicker@arr")
        await _trade(ann, bob, "20200")
        assert [(one["s"], one["c"]) for one in await _read(all_of_them)] == [("BTCUSDT", "20200.000000")]

    play(scenario)


def test_a_candle_is_closed_by_the_clock_when_nobody_trades() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        stream, channel = "btcusdt@kline_1m", "market.BTCUSDT.kline_1m"
        socket = await exchange.public.websocket("/ws")
        await _ask(socket, method="SUBSCRIBE", params=[stream], id=1)
        await _ask(socket, op="subscribe", channel=channel)
        await _trade(ann, bob)
        closed: list[dict[str, Any]] = []
        while len(closed) < 2:
            shown = await _read(socket)
            candle = shown["k"] if "k" in shown else shown["data"]
            if candle is not None and candle["x"]:
                closed.append(candle)
                assert "k" in shown or shown["prevSeq"] == shown["seq"] == 1
        assert closed[0] == closed[1] and closed[0]["T"] < exchange.kernel.node("gateway/0").wall.now() // 10**6
        await _trade(ann, bob, "20001")
        while True:
            shown = await _read(socket)
            if "k" in shown:
                assert (shown["k"]["o"], shown["k"]["x"], shown["k"]["f"]) == ("20001.000000", False, 2)
                break

    play(scenario)


def test_r1_7_2_subscriptions_are_limited_in_either_dialect_and_by_address() -> None:
    async def scenario(exchange: Exchange) -> None:
        socket = await exchange.public.websocket("/ws/btcusdt@trade")
        many = ["btcusdt@trade", "btcusdt@depth", "btcusdt@ticker", "btcusdt@aggTrade"]
        refused = await _ask(socket, method="SUBSCRIBE", params=many, id=1)
        assert refused["error"]["code"] == 2 and refused["id"] == 1
        assert (await _ask(socket, method="LIST_SUBSCRIPTIONS", id=2))["result"] == ["btcusdt@trade"], "all or nothing"
        assert (await _ask(socket, method="SUBSCRIBE", params=many[:3], id=3))["result"] is None
        assert (await _ask(socket, op="subscribe", channel="market.BTCUSDT.book"))["code"] == "TOO_MANY_SUBSCRIPTIONS"
        with pytest.raises(Rejected) as rejected:
            await exchange.public.websocket(f"/stream?streams={'/'.join(many)}")
        assert rejected.value.status == 400

    play(scenario, options=Options(subscriptions_max=3))


def test_r1_7_3_channels_that_are_none_leave_nothing_behind() -> None:
    async def scenario(exchange: Exchange) -> None:
        socket = await exchange.public.websocket("/ws")
        for name in (
            "btcusdt@everything", "BTCUSDT@trade", "nothing@trade", "btcusdt@kline_7m", "btcusdt@depth7", "btcusdt@depth@250ms",
            "!everything@arr", "", "x" * 300, "btcusdt@trade\n",
        ):  # fmt: skip
            shown = await _ask(socket, method="SUBSCRIBE", params=["btcusdt@trade", name], id=name)
            assert shown["error"]["code"] == 2 and shown["id"] == name, name
        for name in ("market.BTCUSDT.kline_7m", "market.btcusdt.book", "market.NOTHING.ticker", "market.BTCUSDT.book "):
            assert (await _ask(socket, op="subscribe", channel=name))["type"] == "error"
        for asked in ({"method": "DANCE"}, {"method": "SUBSCRIBE"}, {"method": "SUBSCRIBE", "params": [1]}, {"method": 1}):
            assert "error" in await _ask(socket, id=1, **asked)
        assert (await _ask(socket, method="LIST_SUBSCRIPTIONS", id=None))["result"] == []
        channels: Any = exchange.gateways["gateway/0"].channels
        assert (channels._channels, channels._by_symbol, channels._owing) == ({}, {}, {})
        for path in ("/ws/nothing@trade", "/ws/btcusdt@everything", "/stream?streams=nothing@trade", "/stream?stream=x"):
            with pytest.raises(Rejected) as rejected:
                await exchange.public.websocket(path)
            assert rejected.value.status == 400, path

    play(scenario)


def test_r1_7_a_client_may_say_so_much_and_no_more() -> None:
    async def scenario(exchange: Exchange) -> None:
        socket = await exchange.public.websocket("/ws")
        with pytest.raises(Closed) as closed:
            for _ in range(100):
                await socket.send('{"op": "ping"}')
                await _read(socket)
        assert closed.value.code == 1008

    play(scenario, options=Options(messages_rate=1, messages_burst=10))


def test_r1_7_connections_are_counted_by_address_and_given_back() -> None:
    async def scenario(exchange: Exchange) -> None:
        sockets = [await exchange.public.websocket("/ws") for _ in range(2)]
        with pytest.raises(Rejected) as rejected:
            await exchange.public.websocket("/ws")
        assert rejected.value.status == 429
        sockets[0].close()
        await exchange.kernel.sleep(S)
        await exchange.public.websocket("/ws")
        visitors = exchange.gateways["gateway/0"].visitors
        assert visitors.present == 2

    play(scenario, options=Options(sockets_per_address_max=2))


def test_r1_7_1_pages_that_are_not_named_are_refused_before_the_upgrade() -> None:
    async def scenario(exchange: Exchange) -> None:
        for path in ("/ws", "/ws/btcusdt@trade", "/stream?streams=btcusdt@trade"):
            with pytest.raises(Rejected) as rejected:
                await exchange.public.websocket(path, [("Origin", "https://elsewhere.test")])
            assert rejected.value.status == 403
            await exchange.public.websocket(path, [("Origin", "https://ours.test")])
            await exchange.public.websocket(path)

    play(scenario, options=Options(origins=("https://ours.test",)))
