"""What is pushed: contiguous, resumable, from a snapshot on; who cannot keep up is told so."""

import json
from typing import Any

import pytest

from sim.web.client import Closed, Rejected, WebSocket
from tests.services.gateway.exchange import Exchange, play
from tradewind.services.gateway.options import Options

S = 10**9


async def _read(socket: WebSocket) -> Any:
    return json.loads(await socket.receive())


async def _read_until(socket: WebSocket, **wanted: object) -> list[Any]:
    """Everything up to and with the first update that has these fields."""
    seen = []
    while True:
        seen.append(await _read(socket))
        if all(seen[-1].get(name) == value for name, value in wanted.items()):
            return seen


def test_private_updates_are_contiguous_and_resume() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        socket = await ann.private()
        snapshot = await _read(socket)
        assert snapshot["e"] == "snapshot" and snapshot["resync"] is False
        assert {one["asset"]: one["free"] for one in snapshot["balances"]} == {"BTC": "10.00000000", "USDT": "100000.000000"}
        await ann.place("SELL", "20000", "1")
        await bob.place("BUY", "20000", "1")
        seen = await _read_until(socket, e="trade")
        assert [one["seq"] for one in seen] == list(range(snapshot["seq"] + 1, snapshot["seq"] + 1 + len(seen)))
        assert "FILLED" in {one.get("X") for one in seen}
        trade = seen[-1]
        assert (trade["S"], trade["p"], trade["q"], trade["n"], trade["N"], trade["m"]) == (
            "SELL", "20000.000000", "1.00000000", "20.000000", "USDT", True,
        )  # fmt: skip
        assert " ".join(trade) == "e seq s t i S m p q Q n N T"  # and nothing of the other side
        socket.close()
        resumed = await ann.private(f"?after={snapshot['seq']}")
        assert [await _read(resumed) for _ in seen] == seen
        resumed.close()
        # A restart of the gateway forgets nothing that the journal has.
        exchange.kernel.node("gateway/0").restart()
        await exchange.kernel.sleep(5 * S)
        resumed = await ann.private(f"?after={snapshot['seq']}")
        assert [await _read(resumed) for _ in seen] == seen

    play(scenario)


def test_a_client_from_another_time_gets_a_snapshot() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        socket = await ann.private("?after=1000000")
        snapshot = await _read(socket)
        assert snapshot["e"] == "snapshot" and snapshot["resync"] is True
        await ann.place("SELL", "20000", "1")
        assert (await _read(socket))["seq"] == snapshot["seq"] + 1

    play(scenario)


def test_a_revoked_key_ends_its_session() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        socket = await ann.private()
        await _read(socket)
        await exchange.operate("DELETE", "/admin/apiKeys", {"account": ann.account, "apiKey": ann.api_key})
        with pytest.raises(Closed) as closed:
            await _read(socket)
        assert closed.value.code == 1008

    play(scenario)


def test_an_expiring_key_ends_its_session() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        soon_ms = exchange.kernel.node("client").wall.now() // 1_000_000 + 5_000
        socket = await (await exchange.key(ann.account, 1, expiresAt=soon_ms)).private()
        await _read(socket)
        with pytest.raises(Closed) as closed:
            await _read(socket)
        assert closed.value.code == 1008

    play(scenario)


def test_the_private_socket_needs_read_and_a_signature() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        for trader, target, headers, status in (
            (ann, "/ws/private", [], 401),
            (ann, "/ws/private", ann.headers("GET", "/ws"), 401),
            (ann, "/ws/private?after=x", ann.headers("GET", "/ws/private?after=x"), 400),
        ):
            with pytest.raises(Rejected) as refused:
                await trader.exchange.public.websocket(target, headers)
            assert refused.value.status == status, target
            assert json.loads(refused.value.body)["requestId"]
        with pytest.raises(Rejected) as refused:
            await (await exchange.key(ann.account, 2)).private()
        assert refused.value.status == 403

    play(scenario)


def test_orders_over_the_socket_are_those_of_rest() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        socket = await ann.private()

        async def ask(message: object) -> Any:
            await socket.send(message if isinstance(message, str) else json.dumps(message))
            return (await _read_until_answer(socket))[-1]

        order = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "LIMIT",
            "price": "20000",
            "quantity": "1",
            "clientOrderId": "w-1",
        }
        placed = await ask({"id": 7, "method": "order.place", "params": order})
        assert (placed["id"], placed["status"], placed["result"]["clientOrderId"]) == (7, 200, "w-1")
        named = {"symbol": "BTCUSDT", "origClientOrderId": "w-1"}
        status = await ask({"id": "s", "method": "order.status", "params": named})
        assert status["result"]["orderId"] == placed["result"]["orderId"]
        canceled = await ask({"id": 8, "method": "order.cancel", "params": named | {"newOrderRespType": "RESULT"}})
        assert canceled["result"]["status"] == "CANCELED"
        wrong = await ask({"id": 9, "method": "order.place", "params": order | {"price": "NaN", "clientOrderId": "w-2"}})
        assert (wrong["id"], wrong["status"], wrong["error"]["code"]) == (9, 400, "BAD_REQUEST")
        for message in (
            "{",
            "[]",
            '{"id": 1.5}',
            '{"id": 1, "method": "x"}',
            '{"id": 1, "method": "order.place", "params": []}',
        ):
            assert (await ask(message))["status"] == 400
        # Two requests in one session are two writes, however alike.
        both = [await ask({"id": n, "method": "order.place", "params": order | {"clientOrderId": f"t-{n}"}}) for n in (1, 2)]
        assert both[0]["result"]["orderId"] != both[1]["result"]["orderId"]

    play(scenario)


async def _read_until_answer(socket: WebSocket) -> list[Any]:
    seen: list[Any] = []
    while not seen or "status" not in seen[-1]:
        seen.append(await _read(socket))
    return seen


def test_a_reading_key_cannot_trade_over_the_socket() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann", permissions=1)
        socket = await ann.private()
        before = exchange.inputs()
        for method in ("order.place", "order.cancel", "order.amend"):
            await socket.send(json.dumps({"id": 1, "method": method, "params": {}}))
            assert (await _read_until_answer(socket))[-1]["status"] == 403
        assert exchange.inputs() == before

    play(scenario)


def _subscribe(channel: str, op: str = "subscribe") -> str:
    return json.dumps({"op": op, "channel": channel})


def test_public_channels_begin_with_a_snapshot_and_go_on_without_gaps() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await ann.place("SELL", "20000", "1")
        await exchange.kernel.sleep(S)
        socket = await exchange.public.websocket("/ws")
        await socket.send(_subscribe("market.BTCUSDT.book"))
        assert await _read(socket) == {"type": "subscribed", "channel": "market.BTCUSDT.book"}
        book = await _read(socket)
        assert book["type"] == "snapshot" and book["data"] == {"bids": [], "asks": [["20000.000000", "1.00000000"]]}
        await socket.send(_subscribe("market.BTCUSDT.trades"))
        await _read_until(socket, type="snapshot", channel="market.BTCUSDT.trades")
        levels = dict(book["data"]["asks"])
        seq = book["seq"]
        for quantity in ("0.25", "0.5", "0.25"):
            await bob.place("BUY", "20000", quantity)
        trades = 0
        while levels:
            update = await _read(socket)
            if update["channel"].endswith("trades"):
                trades += 1
                assert update["seq"] == update["prevSeq"] + 1 == trades
                continue
            assert update["prevSeq"] == seq
            seq = update["seq"]
            for price, quantity in update["data"]["asks"]:
                levels.pop(price) if not float(quantity) else levels.update({price: quantity})
        assert (await exchange.get("/v1/depth?symbol=BTCUSDT"))[1] == {"lastUpdateId": seq, "bids": [], "asks": []}
        await socket.send(_subscribe("market.BTCUSDT.book", "unsubscribe"))
        await _read_until(socket, type="unsubscribed")
        await socket.send('{"op": "ping"}')
        assert (await _read_until(socket, type="pong"))[-1] == {"type": "pong"}

    play(scenario)


def test_public_mistakes_leave_nothing_behind() -> None:
    async def scenario(exchange: Exchange) -> None:
        socket = await exchange.public.websocket("/ws")
        messages = {
            "{": "BAD_REQUEST",
            '{"op": "dance"}': "BAD_REQUEST",
            '{"op": "subscribe"}': "BAD_REQUEST",
            _subscribe("market.btcusdt.book"): "UNKNOWN_CHANNEL",
            _subscribe("market.BTCUSDT.everything"): "UNKNOWN_CHANNEL",
            _subscribe("market.NOTHING.book"): "UNKNOWN_SYMBOL",
            _subscribe("market.BTCUSDT.book", "unsubscribe"): "NOT_SUBSCRIBED",
        }
        for message, code in messages.items():
            await socket.send(message)
            assert (await _read(socket))["code"] == code, message
        await socket.send(_subscribe("market.BTCUSDT.book"))
        await _read_until(socket, type="snapshot")
        await socket.send(_subscribe("market.BTCUSDT.book"))
        assert (await _read(socket))["code"] == "ALREADY_SUBSCRIBED"
        await socket.send(_subscribe("market.BTCUSDT.trades"))
        assert (await _read(socket))["code"] == "TOO_MANY_SUBSCRIPTIONS"

    play(scenario, options=Options(subscriptions_max=1))


def test_a_slow_reader_is_told_and_the_others_go_on() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        slow, quick = await exchange.public.websocket("/ws"), await exchange.public.websocket("/ws")
        for socket in (slow, quick):
            await socket.send(_subscribe("market.BTCUSDT.book"))
            await _read_until(socket, type="snapshot")
        seq = 0
        for number in range(200):
            assert (await ann.place("SELL", f"{20000 + number}", "0.01"))[0] == 200
            seq = (await _read(quick))["seq"]
        last = 0
        with pytest.raises(Closed) as closed:
            while True:
                last = (await _read(slow))["seq"]
        assert closed.value.code == 1013 and last < seq

    play(scenario, options=Options(frames_max=5))
