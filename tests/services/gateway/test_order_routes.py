"""Every kind of order through the front door: what is asked comes back in Binance's words, and happens."""

from typing import Any

from tests.services.gateway.exchange import Exchange, Trader, play

S = 10**9
SELL = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20000", "quantity": "1"}


async def _status(trader: Trader, order_id: int) -> Any:
    return (await trader.ask("GET", f"/v1/order?symbol=BTCUSDT&orderId={order_id}"))[1]


async def _last_price(ann: Trader, bob: Trader, price: str) -> None:
    """A trade at `price`."""
    assert (await ann.place("SELL", price, "0.1"))[0] == 200
    assert (await bob.place("BUY", price, "0.1", newOrderRespType="FULL"))[1]["status"] == "FILLED"


def test_a_stop_waits_triggers_and_trades() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await _last_price(ann, bob, "20000")
        await exchange.kernel.sleep(S)
        stop = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": "19900", "price": "19800"}
        status, shown = await ann.ask("POST", "/v1/order", stop | {"quantity": "1", "newOrderRespType": "RESULT"})
        assert status == 200, shown
        assert (shown["status"], shown["isWorking"], shown["workingTime"], shown["stopPrice"], shown["price"]) == (
            "NEW", False, -1, "19900.000000", "19800.000000",
        )  # fmt: skip
        assert (await exchange.get("/v1/depth?symbol=BTCUSDT"))[1]["asks"] == []
        assert (await bob.place("BUY", "19850", "4"))[0] == 200
        await ann.place("SELL", "19850", "0.1", newOrderRespType="FULL")
        await exchange.kernel.sleep(S)
        after = await _status(ann, shown["orderId"])
        assert (after["status"], after["isWorking"], after["executedQty"]) == ("FILLED", True, "1.00000000"), after
        at_once = stop | {"quantity": "1", "stopPrice": "30000"}
        assert (await ann.ask("POST", "/v1/order", at_once))[1]["code"] == "STOP_WOULD_TRIGGER"

    play(scenario)


def test_amounts_icebergs_dates_and_aliases() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        iceberg = SELL | {"quantity": "3", "icebergQty": "0.5", "newOrderRespType": "RESULT"}
        status, shown = await ann.ask("POST", "/v1/order", iceberg)
        assert status == 200 and shown["icebergQty"] == "0.50000000", shown
        await _last_price(ann, bob, "20000")
        await exchange.kernel.sleep(S)
        assert (await exchange.get("/v1/depth?symbol=BTCUSDT"))[1]["asks"] == [["20000.000000", "0.50000000"]]
        market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "10000", "newOrderRespType": "FULL"}
        status, bought = await bob.ask("POST", "/v1/order", market)
        assert (status, bought["status"], bought["executedQty"]) == (200, "FILLED", "0.50000000"), bought
        assert (bought["origQuoteOrderQty"], bought["cummulativeQuoteQty"], bought["price"], bought["timeInForce"]) == (
            "10000.000000", "10000.000000", "0.000000", "IOC",
        )  # fmt: skip
        now_ms = (await exchange.get("/v1/time"))[1]["serverTime"]
        dated = SELL | {"price": "20500", "timeInForce": "GTD", "goodTillDate": now_ms + 3_000}
        status, waiting = await ann.ask("POST", "/v1/order", dated | {"newOrderRespType": "RESULT"})
        assert (status, waiting["goodTillDate"], waiting["timeInForce"]) == (200, now_ms + 3_000, "GTD"), waiting
        await exchange.kernel.sleep(6 * S)
        after = await _status(ann, waiting["orderId"])
        assert (after["status"], after["reason"]) == ("EXPIRED", "GOOD_TILL")
        only = SELL | {"side": "BUY", "timeInForce": "POST_ONLY", "newOrderRespType": "RESULT"}
        status, refused = await bob.ask("POST", "/v1/order", only)
        assert (status, refused["type"], refused["status"]) == (200, "LIMIT_MAKER", "REJECTED")
        mode = SELL | {
            "side": "BUY",
            "selfTradePreventionMode": "EXPIRE_BOTH",
            "newOrderRespType": "RESULT",
            "timeInForce": "IOC",
        }
        status, both = await ann.ask("POST", "/v1/order", mode)
        assert (status, both["selfTradePreventionMode"], both["status"]) == (200, "EXPIRE_BOTH", "EXPIRED_IN_MATCH"), both

    play(scenario)


def test_a_test_is_no_order() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        assert await ann.ask("POST", "/v1/order/test", SELL) == (200, {})
        assert (await ann.ask("POST", "/v1/order/test", SELL | {"quantity": "1000"}))[1]["code"] == "INSUFFICIENT_BALANCE"
        assert (await ann.ask("POST", "/v1/order/test", SELL | {"price": "0.001"}))[1]["code"] == "PRICE_OFF_TICK"
        assert (await ann.ask("GET", "/v1/openOrders"))[1] == []
        balances = (await ann.ask("GET", "/v1/account"))[1]["balances"]
        assert {one["locked"] for one in balances} == {"0.00000000", "0.000000"}

    play(scenario)


def test_a_batch_has_an_outcome_for_each() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        bad: list[Any] = [SELL | {"pric": "1"}, 5, SELL | {"symbol": "NOTHING"}, SELL | {"quantity": "1000"}]
        late = SELL | {"newOrderRespType": "FULL"}
        orders = [SELL | {"clientOrderId": "first"}, *bad, SELL | {"price": "20100"}, late]
        status, shown = await ann.ask("POST", "/v1/batchOrders", {"orders": orders})
        assert status == 200, shown
        codes = [one.get("code", "done") for one in shown["results"]]
        assert codes == [
            "done", "BAD_REQUEST", "BAD_REQUEST", "UNKNOWN_SYMBOL", "INSUFFICIENT_BALANCE", "done", "BAD_REQUEST",
        ]  # fmt: skip
        first, later = shown["results"][0], shown["results"][5]
        assert first["clientOrderId"] == "first" and later["clientOrderId"].startswith("tw-")
        resting = (await ann.ask("GET", "/v1/openOrders"))[1]
        assert [one["orderId"] for one in resting] == [first["orderId"], later["orderId"]]
        cancels: list[Any] = [
            {"symbol": "BTCUSDT", "origClientOrderId": "first"},
            {"symbol": "BTCUSDT"},
            {"symbol": "BTCUSDT", "orderId": later["orderId"]},
            {"symbol": "BTCUSDT", "orderId": 1},
        ]
        status, shown = await ann.ask("DELETE", "/v1/batchOrders", {"orders": cancels})
        assert status == 200
        assert [one.get("code", "done") for one in shown["results"]] == ["done", "BAD_REQUEST", "done", "UNKNOWN_ORDER"]
        await exchange.kernel.sleep(S)
        assert (await ann.ask("GET", "/v1/openOrders"))[1] == []
        before = exchange.inputs()
        for orders_asked in ([], [SELL] * 51, None, {}):
            assert (await ann.ask("POST", "/v1/batchOrders", {"orders": orders_asked}))[0] == 400
        assert (await ann.ask("POST", "/v1/batchOrders", {"orders": bad[:2]}))[0] == 200
        assert exchange.inputs() == before, "where nothing can be read nothing is asked"

    play(scenario)


def test_replacing_never_leaves_more_than_was_asked_for() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob", usdt="1000000")
        old = (await ann.ask("POST", "/v1/order", SELL | {"quantity": "10"}))[1]  # all that there is
        new = SELL | {"quantity": "10", "price": "20100", "cancelReplaceMode": "STOP_ON_FAILURE"}
        status, shown = await ann.ask("POST", "/v1/order/cancelReplace", new | {"cancelOrderId": old["orderId"]})
        assert (status, shown["cancelResult"], shown["newOrderResult"]) == (200, "SUCCESS", "SUCCESS"), shown
        assert shown["cancelResponse"]["status"] == "CANCELED"
        [resting] = (await ann.ask("GET", "/v1/openOrders"))[1]
        assert resting["orderId"] == shown["newOrderResponse"]["orderId"]
        assert (await bob.place("BUY", "20100", "10", newOrderRespType="FULL"))[1]["status"] == "FILLED"
        gone = {"cancelOrderId": resting["orderId"], "quantity": "1"}
        status, shown = await ann.ask("POST", "/v1/order/cancelReplace", new | gone)
        assert (status, shown["code"], shown["cancelResult"], shown["newOrderResult"]) == (
            404, "UNKNOWN_ORDER", "FAILURE", "NOT_ATTEMPTED",
        ), shown  # fmt: skip
        anyway = new | {"cancelReplaceMode": "ALLOW_FAILURE", "side": "BUY", "quantity": "1", "price": "19000"}
        status, shown = await ann.ask("POST", "/v1/order/cancelReplace", anyway | {"cancelOrigClientOrderId": "none"})
        assert (status, shown["cancelResult"], shown["newOrderResult"]) == (200, "FAILURE", "SUCCESS"), shown
        await exchange.kernel.sleep(S)
        before = exchange.inputs()
        for wrong in ({}, {"cancelOrderId": 1, "cancelOrigClientOrderId": "a"}, {"cancelOrderId": 1, "price": "x"}):
            assert (await ann.ask("POST", "/v1/order/cancelReplace", new | wrong))[0] == 400
        assert exchange.inputs() == before, "what cannot be read cancels nothing"

    play(scenario)


def test_a_replacement_that_is_sent_again_is_refused() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        old = (await ann.ask("POST", "/v1/order", SELL))[1]
        body = (
            f'{{"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20100", "quantity": "1",'
            f' "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": {old["orderId"]}}}'
        ).encode()
        headers = ann.headers("POST", "/v1/order/cancelReplace", body)
        assert (await exchange.public.request("POST", "/v1/order/cancelReplace", headers, body)).status == 200
        exchange.cluster.broker.flush()
        exchange.kernel.node("gateway/0").restart()
        await exchange.kernel.sleep(10 * S)
        assert (await exchange.public.request("POST", "/v1/order/cancelReplace", headers, body)).status == 409
        assert len((await ann.ask("GET", "/v1/openOrders"))[1]) == 1

    play(scenario)


def test_of_a_pair_one_cancels_the_other() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await _last_price(ann, bob, "20000")
        await exchange.kernel.sleep(S)
        pair = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "5", "price": "20500", "stopPrice": "19500"}
        asked = pair | {"listClientOrderId": "l", "limitClientOrderId": "a", "newOrderRespType": "RESULT"}
        status, shown = await ann.ask("POST", "/v1/orderList/oco", asked)
        assert status == 200, shown
        assert [one["type"] for one in shown["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS"]
        assert shown["orders"][0]["clientOrderId"] == "a" and shown["listClientOrderId"] == "l"
        assert {one["orderListId"] for one in shown["orderReports"]} == {shown["orderListId"]}
        assert (await bob.place("BUY", "20500", "1", newOrderRespType="FULL"))[1]["status"] == "FILLED"
        await exchange.kernel.sleep(S)
        name = f"/v1/orderList?orderListId={shown['orderListId']}"
        status, after = await ann.ask("GET", name)
        assert [one["status"] for one in after["orderReports"]] == ["PARTIALLY_FILLED", "EXPIRED"], after
        assert after["listOrderStatus"] == "EXECUTING"
        assert (await bob.ask("GET", name))[0] == 404, "somebody else's is as unknown as none"
        assert (await bob.ask("DELETE", name))[0] == 404
        assert (await ann.ask("DELETE", name))[0] == 200
        await exchange.kernel.sleep(S)
        after = (await ann.ask("GET", name))[1]
        assert (after["orderReports"][0]["status"], after["listOrderStatus"]) == ("CANCELED", "ALL_DONE")
        _, single = await ann.ask("POST", "/v1/order", SELL)
        assert (await ann.ask("GET", f"/v1/orderList?orderListId={single['orderId']}"))[0] == 404, "no pair"
        limited = pair | {"stopLimitPrice": "19400", "stopLimitTimeInForce": "FOK", "quantity": "1"}
        assert (await ann.ask("POST", "/v1/orderList/oco", limited))[0] == 200
        for wrong in ({"stopLimitTimeInForce": "GTC"}, {"stopLimitPrice": "19400", "stopLimitTimeInForce": "GTD"}):
            assert (await ann.ask("POST", "/v1/orderList/oco", pair | wrong))[0] == 400
        assert (await ann.ask("POST", "/v1/orderList/oco", pair | {"price": "19000"}))[1]["code"] == "ORDER_PAIR_INVALID"

    play(scenario)


def test_the_dead_mans_switch_strikes_unless_it_is_set_again() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        await ann.place("SELL", "20000", "1")
        status, shown = await ann.ask("POST", "/v1/cancelAfter", {"symbol": "BTCUSDT", "timeout": 3_000})
        now_ms = (await exchange.get("/v1/time"))[1]["serverTime"]
        assert status == 200 and 2_000 < shown["triggerTime"] - now_ms <= 3_000, shown
        await exchange.kernel.sleep(2 * S)
        await ann.ask("POST", "/v1/cancelAfter", {"symbol": "BTCUSDT", "timeout": 3_000})
        await exchange.kernel.sleep(2 * S)
        assert len((await ann.ask("GET", "/v1/openOrders"))[1]) == 1
        await exchange.kernel.sleep(3 * S)
        assert (await ann.ask("GET", "/v1/openOrders"))[1] == []
        await ann.place("SELL", "20000", "1")
        await ann.ask("POST", "/v1/cancelAfter", {"timeout": 1_000})
        assert (await ann.ask("POST", "/v1/cancelAfter", {"timeout": 0}))[1]["triggerTime"] == 0
        await exchange.kernel.sleep(3 * S)
        assert len((await ann.ask("GET", "/v1/openOrders"))[1]) == 1

    play(scenario)
