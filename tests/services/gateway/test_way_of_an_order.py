"""One order through the front door: placed, matched, settled, looked at, pushed."""

import json

from tests.services.gateway.exchange import Exchange, play


def test_an_order_goes_the_whole_way() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        status, sold = await ann.place("SELL", "20000.00", "1.5", clientOrderId="a-1")
        assert status == 200 and set(sold) == {"symbol", "orderId", "clientOrderId", "transactTime"}, sold
        status, bought = await bob.place("BUY", "20000", "0.5", newOrderRespType="FULL")
        assert status == 200, bought
        assert (bought["status"], bought["executedQty"], bought["cummulativeQuoteQty"]) == (
            "FILLED", "0.50000000", "10000.000000",
        ), bought  # fmt: skip
        [fill] = bought["fills"]
        assert (fill["price"], fill["qty"], fill["commission"], fill["commissionAsset"]) == (
            "20000.000000", "0.50000000", "0.00100000", "BTC",
        )  # fmt: skip
        status, seen = await ann.ask("GET", "/v1/order?symbol=BTCUSDT&origClientOrderId=a-1")
        assert status == 200 and (seen["orderId"], seen["status"]) == (sold["orderId"], "PARTIALLY_FILLED"), seen
        status, resting = await ann.ask("GET", "/v1/openOrders")
        assert [one["orderId"] for one in resting] == [sold["orderId"]]
        status, canceled = await ann.ask(
            "DELETE", f"/v1/order?symbol=BTCUSDT&orderId={sold['orderId']}&newOrderRespType=RESULT"
        )
        assert status == 200 and canceled["status"] == "CANCELED", canceled
        status, account = await ann.ask("GET", "/v1/account")
        assert {one["asset"]: (one["free"], one["locked"]) for one in account["balances"]} == {
            "BTC": ("9.50000000", "0.00000000"),
            "USDT": ("109990.000000", "0.000000"),
        }
        status, trades = await ann.ask("GET", "/v1/myTrades?symbol=BTCUSDT")
        assert [(one["qty"], one["isMaker"], one["isBuyer"]) for one in trades] == [("0.50000000", True, False)]
        status, postings = await ann.ask("GET", "/v1/ledger?limit=2")
        assert len(postings) == 2
        status, more = await ann.ask("GET", f"/v1/ledger?after={postings[1]['id']}")
        assert status == 200 and more and more[0]["id"] > postings[1]["id"]
        assert (await exchange.get("/v1/trades?symbol=BTCUSDT"))[1][0]["price"] == "20000.000000"

    play(scenario)


def test_somebody_elses_order_is_as_unknown_as_none() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        _, placed = await ann.place("SELL", "20000", "1")
        answers = []
        for number in (placed["orderId"], 999_999_999):
            for method in ("GET", "DELETE"):
                status, shown = await bob.ask(method, f"/v1/order?symbol=BTCUSDT&orderId={number}")
                del shown["requestId"]
                answers.append((method, status, json.dumps(shown)))
        assert len(set(answers)) == 2 and {status for _, status, _ in answers} == {404}, answers

    play(scenario)
