"""Through the front door of a real `tradewind up`: an order's whole way, both sockets, what is refused, and a restart."""

import hashlib
import hmac
import json
import secrets
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.e2e.child import ExchangeChild
from tests.e2e.trader import WAIT_S, Trader, folded, market
from tests.services.gateway.test_bad_input import BODIES, PUBLIC, QUERIES
from tradewind.client.rest import Client

BOOK = "market.BTCUSDT.book"


async def _trade(maker: Trader, taker: Trader, price: str, quantity: str) -> tuple[int, int]:
    """The order ids of a trade between the two, booked on both sides."""
    async with maker.updates() as feed:
        await feed.next()
        resting = await maker.place("SELL", price, quantity)
        filled = await taker.place("BUY", price, quantity, newOrderRespType="FULL")
        assert filled["status"] == "FILLED" and [fill["price"] for fill in filled["fills"]] == [price], filled
        while resting["orderId"] not in {one.get("i") for one in await feed.until(e="trade")}:
            pass
    return resting["orderId"], filled["orderId"]


async def test_an_order_travels_the_whole_way(front_door: ExchangeChild) -> None:
    ann, bob = Trader(front_door, "alice"), Trader(front_door, "bob")
    with trio.fail_after(WAIT_S):
        before = await ann.balances(), await bob.balances()
        sold, bought = await _trade(ann, bob, "65000.000000", "0.20000000")
        after = await ann.balances(), await bob.balances()
        notional = Decimal("13000")
        # Fees are taken from what is received: 500 ppm of a maker, 1000 ppm of a taker.
        assert after[0]["BTC"][0] == before[0]["BTC"][0] - Decimal("0.2")
        assert after[0]["USDT"][0] == before[0]["USDT"][0] + notional - Decimal("6.5")
        assert after[1]["BTC"][0] == before[1]["BTC"][0] + Decimal("0.2") - Decimal("0.0002")
        assert after[1]["USDT"][0] == before[1]["USDT"][0] - notional
        for trader, order, maker in ((ann, sold, True), (bob, bought, False)):
            shown = await trader.call("GET", "/v1/order", {"symbol": "BTCUSDT", "orderId": order})
            assert (shown["status"], shown["executedQty"], shown["cummulativeQuoteQty"]) == (
                "FILLED", "0.20000000", "13000.000000",
            )  # fmt: skip
            [fill] = await trader.call("GET", "/v1/myTrades", {"orderId": order})
            assert (fill["qty"], fill["isMaker"], fill["isBuyer"]) == ("0.20000000", maker, not maker)
            assert order not in {one["orderId"] for one in await trader.call("GET", "/v1/openOrders")}
            postings = await trader.call("GET", "/v1/ledger", {"limit": 1_000})
            mine = [one for one in postings if one["reference"] == f"BTCUSDT:{fill['id']}"]
            sums = {asset: sum(Decimal(one["delta"]) for one in mine if one["asset"] == asset) for asset in ("BTC", "USDT")}
            index = 0 if maker else 1
            for asset, moved in sums.items():
                assert moved == sum(after[index][asset]) - sum(before[index][asset]), (asset, mine)
        [last] = await ann.call("GET", "/v1/trades", {"symbol": "BTCUSDT", "limit": 1})
        assert (last["price"], last["qty"]) == ("65000.000000", "0.20000000")


async def test_the_ledger_is_the_balance(front_door: ExchangeChild) -> None:
    for name in ("alice", "bob"):
        trader, sums, after = Trader(front_door, name), dict[str, Decimal](), 0
        while page := await trader.call("GET", "/v1/ledger", {"after": after, "limit": 1_000}):
            after = page[-1]["id"]
            for one in page:
                sums[one["asset"]] = sums.get(one["asset"], Decimal()) + Decimal(one["delta"])
        assert sums == {asset: sum(both) for asset, both in (await trader.balances()).items()}


async def test_private_updates_are_contiguous_and_resume(front_door: ExchangeChild) -> None:
    ann, bob = Trader(front_door, "alice"), Trader(front_door, "bob")
    with trio.fail_after(WAIT_S):
        async with ann.updates() as feed:
            snapshot = await feed.next()
            placed = await ann.place("SELL", "65000.000000", "0.10000000")
            await bob.place("BUY", "65000.000000", "0.10000000")
            seen = await feed.until(e="trade")
        assert [one["seq"] for one in seen] == list(range(snapshot["seq"] + 1, snapshot["seq"] + 1 + len(seen)))
        assert {one["e"] for one in seen} == {"executionReport", "outboundAccountPosition", "trade"}
        assert [one["X"] for one in seen if one.get("i") == placed["orderId"] and "X" in one][-1] == "FILLED"
        assert seen[-1]["i"] == placed["orderId"]
        async with ann.updates(after=snapshot["seq"]) as resumed:
            assert [await resumed.next() for _ in seen] == seen


async def test_the_public_book_adds_up_to_the_depth(front_door: ExchangeChild) -> None:
    ann, book, seq = Trader(front_door, "alice"), {"bids": dict[str, str](), "asks": dict[str, str]()}, 0
    with trio.fail_after(WAIT_S):
        async with market(front_door, BOOK) as feed:
            [_, snapshot] = await feed.until(type="snapshot")
            for side in ("bids", "asks"):
                folded(snapshot["data"][side], book[side])
            seq = snapshot["seq"]
            for step in range(5):
                await ann.place("BUY", f"{64000 + step % 3}.000000", "0.01000000")
            await ann.place("SELL", "64001.000000", "0.01500000", timeInForce="IOC", selfTradePreventionMode="EXPIRE_TAKER")
            last = await ann.place("SELL", "66000.000000", "0.02000000")
            assert last["orderId"]
            while "66000.000000" not in book["asks"]:
                delta = await feed.next()
                assert (delta["channel"], delta["prevSeq"]) == (BOOK, seq), delta
                seq = delta["seq"]
                for side in ("bids", "asks"):
                    folded(delta["data"][side], book[side])
            depth = await ann.call("GET", "/v1/depth", {"symbol": "BTCUSDT", "limit": 5_000})
            assert depth["lastUpdateId"] == seq
            for side in ("bids", "asks"):
                assert {price: quantity for price, quantity in depth[side]} == book[side]
            cancelled = await ann.call("DELETE", "/v1/openOrders", {"symbol": "BTCUSDT"})
            assert len(cancelled) >= 6
            while any(book.values()):
                delta = await feed.next()
                assert delta["prevSeq"] == seq
                seq = delta["seq"]
                for side in ("bids", "asks"):
                    folded(delta["data"][side], book[side])


async def test_bad_input_is_told_so_and_changes_nothing(front_door: ExchangeChild) -> None:
    ann = Trader(front_door, "alice")
    key, secret = ann.account["key"], ann.account["secret"]
    before = await ann.balances(), await ann.call("GET", "/v1/allOrders", {"limit": 1_000})
    async with httpx.AsyncClient(base_url=front_door.public) as stranger:
        for name, (body, code) in BODIES.items():
            raw = body if isinstance(body, bytes) else body.encode()
            answer = await stranger.post("/v1/order", content=raw, headers=_signed(key, secret, "POST", "/v1/order", raw))
            assert (answer.status_code, answer.json()["code"]) == (400, code), (name, answer.text)
        for target in QUERIES:
            answer = await stranger.get(target, headers=_signed(key, secret, "GET", target, b""))
            assert answer.status_code == 400, (target, answer.text)
        for target in PUBLIC:
            answer = await stranger.get(target)
            assert answer.status_code == 400 and answer.json()["code"], (target, answer.text)
        order = json.dumps({"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "65000", "quantity": "1"}).encode()
        good = _signed(key, secret, "POST", "/v1/order", order)
        wrong: list[dict[str, str]] = [
            {},
            good | {"X-API-SIGNATURE": "0" * 64},
            good | {"X-API-SIGNATURE": good["X-API-SIGNATURE"].upper()},
            good | {"X-API-NONCE": "another"},
            good | {"X-API-KEY": "nobody"},
            good | {"X-API-TIMESTAMP": "1"},
            good | {"X-API-TIMESTAMP": "٣"},
            _signed(key, "not the secret", "POST", "/v1/order", order),
            _signed(key, secret, "POST", "/v1/order", order + b" "),
            _signed(key, secret, "GET", "/v1/order", order),
        ]
        for headers in wrong:
            raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = await stranger.post("/v1/order", content=order, headers=raw_headers)
            assert answer.status_code == 401 and answer.json()["code"], (headers, answer.text)
    assert before == (await ann.balances(), await ann.call("GET", "/v1/allOrders", {"limit": 1_000}))


def _signed(key: str, secret: str, method: str, target: str, body: bytes) -> dict[str, str]:
    """The signature of API.md, written down once more, so that ours is not judged by itself."""
    path, _, query = target.partition("?")
    stamp, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(8)
    words = [stamp, nonce, method, path, query, hashlib.sha256(body).hexdigest()]
    made = hmac.new(secret.encode(), "\n".join(words).encode(), hashlib.sha256).hexdigest()
    kind = {"Content-Type": "application/json"} if body else {}
    return {"X-API-KEY": key, "X-API-TIMESTAMP": stamp, "X-API-NONCE": nonce, "X-API-SIGNATURE": made, **kind}


async def test_a_signed_write_works_once(front_door: ExchangeChild) -> None:
    ann = Trader(front_door, "alice")
    order = {"symbol": "ETHUSDT", "side": "SELL", "type": "LIMIT", "price": "5000", "quantity": "0.1", "clientOrderId": "once"}
    body = json.dumps(order).encode()
    headers = _signed(ann.account["key"], ann.account["secret"], "POST", "/v1/order", body)
    async with httpx.AsyncClient(base_url=front_door.public) as stranger:
        first = await stranger.post("/v1/order", content=body, headers=headers)
        assert first.status_code == 200, first.text
        again = await stranger.post("/v1/order", content=body, headers=headers)
        assert again.status_code in (401, 409) and again.json()["code"], again.text
    same = await ann.call("POST", "/v1/order", None, order)
    assert same["orderId"] == first.json()["orderId"]
    assert await ann.refused("POST", "/v1/order", None, order | {"quantity": "0.2"}) == (409, "DUPLICATE_CLIENT_ORDER_ID")
    await ann.call("DELETE", "/v1/order", {"symbol": "ETHUSDT", "origClientOrderId": "once"})


@pytest.mark.parametrize("more", [(), ("--processes",)], ids=["one process", "processes"])
async def test_it_goes_on_where_it_was_stopped(server_home: Path, more: tuple[str, ...]) -> None:
    exchange = ExchangeChild(server_home, *more)
    exchange.start()
    shown: list[Any] = []
    for visit in range(2):
        ann, bob = Trader(exchange, "alice"), Trader(exchange, "bob")
        if not visit:
            await _trade(ann, bob, "65000.000000", "0.01000000")
            await ann.place("SELL", "65100.000000", "0.03000000", clientOrderId="stays", newOrderRespType="RESULT")
        everything = [await trader.call("GET", path) for trader in (ann, bob) for path in ("/v1/account", "/v1/ledger")]
        everything += [await trader.call("GET", path) for trader in (ann, bob) for path in ("/v1/openOrders", "/v1/myTrades")]
        public = Client(exchange.public)
        everything.append(await public.call("GET", "/v1/depth", {"symbol": "BTCUSDT"}))
        everything.append(exchange.demo.accounts)
        shown.append(everything)
        for one in (ann, bob, public):
            await one.aclose()
        if visit:
            again = await ann.place("SELL", "65100.000000", "0.03000000", clientOrderId="stays")
            assert again["orderId"] == shown[0][4][0]["orderId"]
        await trio.to_thread.run_sync(exchange.stop)
        if not visit:
            await trio.to_thread.run_sync(exchange.start)
    assert shown[0] == shown[1]
