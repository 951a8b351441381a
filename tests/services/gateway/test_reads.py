"""Answers are never older than acknowledgements, pages go on where they ended, and doubt has its own status."""

import json

import pytest
import trio

from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.messages.replies import Answer, OrderAck, OrderPairAck, OrdersAck, Outcomes, Refused, Reply
from tradewind.ports.store import Position
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.seen import Seen, effect_seq
from tradewind.values.ids import order_id
from tradewind.values.refusals import Refusal

S = 10**9


def test_only_acceptances_are_waited_for() -> None:
    ack = OrderAck(order_id(640, 3), "a", "BTCUSDT", 1)
    cases: list[tuple[Reply, int]] = [
        (ack, 640),  # placed just now, or canceled: its acceptance is what the history must hold
        (OrdersAck((ack,)), 0),
        (Outcomes((Refused(Refusal.UNKNOWN_ORDER), ack, OrderAck(order_id(640, 3, 5), "b", "BTCUSDT", 1))), 640),
        (Outcomes((Refused(Refusal.UNKNOWN_ORDER),)), 0),
        (OrderPairAck(order_id(640, 0), "", ack, OrderAck(order_id(640, 0, 1), "b", "BTCUSDT", 1)), 640),
        (Refused(Refusal.UNKNOWN_ORDER), 0),
    ]
    for reply, seq in cases:
        assert effect_seq(Answer("r", "clearing/0", 700, reply)) == seq
    assert effect_seq(Answer("r", "user/0", 700, ack)) == 0


async def test_waiting_ends_when_the_feed_has_come_so_far(autojump_clock: trio.testing.MockClock) -> None:
    seen = Seen()
    assert await seen.wait("clearing/0") == 0
    seen.note(Answer("r", "clearing/0", 7, OrderAck(order_id(7, 0), "a", "BTCUSDT", 1)))
    assert await seen.wait("clearing/0") == 7 and trio.current_time() == 1.0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(seen.wait, "clearing/0")
        await trio.sleep(0.5)
        seen.reached({"clearing/0": 7})
    assert await seen.wait("clearing/0") == 0 and trio.current_time() == 1.5


async def test_a_new_life_holds_all_that_stood_before_it_for_acknowledged(autojump_clock: trio.testing.MockClock) -> None:
    seen = Seen()
    seen.begin({"clearing/0": 9, "clearing/1": 4}, {"clearing/0": 8, "clearing/1": 4, "admin/0": 2})
    assert await seen.wait("clearing/1") == 0 and trio.current_time() == 0
    assert await seen.wait("clearing/0") == 9 and trio.current_time() == 1.0
    with pytest.raises(Problem):
        seen.check("clearing/0", 9, [Position("order/0", "clearing/0", 8)])
    seen.check("clearing/0", 9, [Position("order/0", "clearing/0", 9)])
    assert await seen.wait("clearing/0") == 0 and trio.current_time() == 1.0


def test_every_acknowledged_order_is_seen_at_once() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")

        async def one(number: int) -> None:
            status, placed = await ann.place("SELL", "20000", "0.01", clientOrderId=f"c-{number}")
            assert status == 200
            status, shown = await ann.ask("GET", f"/v1/order?orderId={placed['orderId']}")
            assert status == 200, shown

        for wave in range(5):
            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(one, wave * 10 + number)

    for seed in range(3):
        play(scenario, seed=seed)


def test_a_query_is_refused_rather_than_answered_from_the_past() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        exchange.kernel.node("order/0").kill()
        status, placed = await ann.place("SELL", "20000", "1")
        assert status == 200
        status, shown = await ann.ask("GET", f"/v1/order?orderId={placed['orderId']}")
        assert (status, shown["code"], shown["retryable"]) == (503, "UNAVAILABLE", True)
        exchange.kernel.node("order/0").restart()
        await exchange.kernel.sleep(10 * S)
        assert (await ann.ask("GET", f"/v1/order?orderId={placed['orderId']}"))[0] == 200

    play(scenario)


def test_pages_go_on_where_they_ended() -> None:
    async def pages(ann: Trader, path: str, name: str) -> list[int]:
        got: list[int] = []
        while True:
            after = f"&after={got[-1]}" if got else ""
            status, page = await ann.ask("GET", f"{path}?limit=2{after}")
            assert status == 200
            if not page:
                return got
            assert len(page) <= 2
            got += [one[name] for one in page]

    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        for number in range(5):
            await ann.place("SELL", f"{20000 + number}", "0.1")
        await bob.place("BUY", "20010", "0.5", newOrderRespType="FULL")
        await exchange.kernel.sleep(S)
        for path, name, count in (("/v1/allOrders", "orderId", 5), ("/v1/myTrades", "fillId", 5), ("/v1/ledger", "id", 12)):
            ids = await pages(ann, path, name)
            assert len(ids) == count and ids == sorted(set(ids)), (path, ids)
            whole = await ann.ask("GET", path)
            assert [one[name] for one in whole[1]] == ids

    play(scenario)


def test_an_outcome_that_nobody_knows_is_504_and_names_what_to_ask_with() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        sub = (await ann.ask("POST", "/v1/subAccounts", {"label": "sub"}))[1]["subAccountId"]
        exchange.kernel.node("clearing/0").kill()
        status, shown = await ann.place("SELL", "20000", "1", clientOrderId="doubt")
        assert (status, shown["code"], shown["clientOrderId"], shown["retryable"]) == (504, "OUTCOME_UNKNOWN", "doubt", False)
        status, shown = await ann.place("SELL", "20000", "1")
        assert status == 504 and shown["clientOrderId"].startswith("tw-")
        order = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20000", "quantity": "1"}
        named = {name: order | {"clientOrderId": name} for name in "ab"}
        pair = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "price": "20500", "stopPrice": "19500"}
        pair |= {"limitClientOrderId": "l", "stopClientOrderId": "s"}
        replaced = order | {"cancelOrderId": 64, "cancelReplaceMode": "ALLOW_FAILURE"}
        asked_by = {
            "/v1/batchOrders": ({"orders": [named["a"], {"bad": 1}, named["b"]]}, "clientOrderIds", ["a", "b"]),
            "/v1/orderList/oco": (pair, "clientOrderIds", ["l", "s"]),
            "/v1/subAccounts/transfer": ({"toAccount": sub, "asset": "BTC", "amount": "1", "reference": "r"}, "reference", "r"),
            "/v1/order/cancelReplace": (replaced, "orderId", 64),
        }
        for path, (fields, name, expected) in asked_by.items():
            status, shown = await ann.ask("POST", path, fields)
            assert (status, shown["code"], shown[name]) == (504, "OUTCOME_UNKNOWN", expected), (path, shown)

    play(scenario)


def test_no_bus_and_no_network_is_503() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        exchange.cluster.faults.bus.down = True
        exchange.kernel.node("clearing/0").kill()
        exchange.cluster.faults.store.down = True
        status, shown = await ann.place("SELL", "20000", "1")
        assert (status, shown["retryable"]) == (503, True), shown

    play(scenario)


def test_trading_goes_on_without_the_bus_and_says_so() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        exchange.cluster.faults.bus.down = True
        await exchange.kernel.sleep(2 * S)
        status, shown = await ann.place("SELL", "20000", "1", newOrderRespType="RESULT")
        assert (status, shown.get("status")) == (200, "NEW"), shown
        ready = await exchange.operate("GET", "/ready")
        assert ready[0] == 200 and len(ready[1]["degraded"]) >= 4, ready

    play(scenario)


def test_a_market_order_comes_back_with_what_it_got() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await ann.place("SELL", "20000", "1")
        await bob.place("BUY", "20000", "0.5", newOrderRespType="RESULT")
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "2", "newOrderRespType": "FULL"}
        status, shown = await bob.ask("POST", "/v1/order", order)
        assert (status, shown["status"], shown["executedQty"]) == (200, "EXPIRED", "0.50000000"), shown
        assert [fill["qty"] for fill in shown["fills"]] == ["0.50000000"]

    play(scenario)


def test_amend_and_cancel_all() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        placed = [(await ann.place("SELL", f"{20000 + n}", "1"))[1] for n in range(3)]
        fields = {"symbol": "BTCUSDT", "orderId": placed[0]["orderId"], "quantity": "0.4"}
        assert (await ann.ask("PUT", "/v1/order/amend", fields))[0] == 200
        await exchange.kernel.sleep(S)
        assert (await ann.ask("GET", f"/v1/order?orderId={placed[0]['orderId']}"))[1]["origQty"] == "0.40000000"
        status, shown = await ann.ask("PUT", "/v1/order/amend", fields | {"quantity": "5"})
        assert (status, shown["code"]) == (400, "AMEND_MUST_REDUCE")
        status, shown = await ann.ask("DELETE", "/v1/openOrders?symbol=BTCUSDT")
        assert status == 200 and [one["orderId"] for one in shown] == [one["orderId"] for one in placed]
        await exchange.kernel.sleep(S)
        assert (await ann.ask("GET", "/v1/openOrders"))[1] == []
        assert json.dumps((await ann.ask("DELETE", "/v1/openOrders"))[1]) == "[]"

    play(scenario)
