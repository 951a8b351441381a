"""What operators may do, and what they are told when they ask for nonsense."""

from tests.services.gateway.exchange import SYMBOL, Exchange, play

S = 10**9


def test_the_kill_switch_stops_and_resumes_one_market_or_all() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        for scope in ({"symbol": "BTCUSDT"}, {"scope": "ALL"}):
            status, _ = await exchange.operate("POST", "/admin/killSwitch", {"action": "HALT", "reason": "drill", **scope})
            assert status == 200
            await exchange.kernel.sleep(S)
            assert (await exchange.get("/v1/exchangeInfo?symbol=BTCUSDT"))[1]["symbols"][0]["status"] == "HALT"
            status, shown = await ann.place("SELL", "20000", "1")
            assert (status, shown["code"]) == (400, "MARKET_CLOSED"), shown
            await exchange.operate("POST", "/admin/killSwitch", {"action": "RESUME", "reason": "drill", **scope})
            await exchange.kernel.sleep(S)
            status, shown = await ann.place("SELL", "20000", "1", newOrderRespType="RESULT")
            assert (status, shown["status"]) == (200, "NEW"), shown

    play(scenario)


def test_a_changed_symbol_is_shown_and_only_what_was_given_has_changed() -> None:
    async def scenario(exchange: Exchange) -> None:
        before = (await exchange.get("/v1/exchangeInfo?symbol=BTCUSDT"))[1]["symbols"][0]
        change = {"symbol": "BTCUSDT", "makerFeePpm": 12, "maxQty": "7"}
        assert (await exchange.operate("PATCH", "/admin/symbols", change)) == (200, {"symbol": "BTCUSDT"})
        await exchange.kernel.sleep(S)
        after = (await exchange.get("/v1/exchangeInfo?symbol=BTCUSDT"))[1]["symbols"][0]
        assert after.pop("makerFeePpm") == 12
        assert [after["filters"][place].pop("maxQty") for place in (1, 2)] == ["7.00000000"] * 2  # of any order, and of MARKET
        del before["makerFeePpm"], before["filters"][1]["maxQty"], before["filters"][2]["maxQty"]
        assert after == before
        for wrong, status in (({"symbol": "NOTHING"}, 400), ({"stepSize": "0.00000001"}, 400), ({"baseAsset": "BTC"}, 400)):
            got, shown = await exchange.operate("PATCH", "/admin/symbols", change | wrong)
            assert got == status, (wrong, shown)

    play(scenario)


def test_operators_mistakes_are_told_and_change_nothing() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        credit = {"account": ann.account, "asset": "USDT", "amount": "5", "reference": "r-1"}
        wrong = [
            ("/admin/assets", {"asset": "BTC", "precision": 8}, 409),
            ("/admin/assets", {"asset": "btc", "precision": 8}, 400),
            ("/admin/assets", {"asset": "ETH", "precision": 19}, 400),
            ("/admin/symbols", SYMBOL, 409),
            ("/admin/symbols", SYMBOL | {"symbol": "XXXUSDT", "baseAsset": "XXX"}, 400),
            ("/admin/symbols", SYMBOL | {"symbol": "BTCUSD2", "tickSize": "0.000001", "stepSize": "0.00000001"}, 400),
            ("/admin/killSwitch", {"action": "STOP", "symbol": "BTCUSDT", "reason": "x"}, 400),
            ("/admin/killSwitch", {"action": "HALT", "reason": "x"}, 400),
            ("/admin/killSwitch", {"action": "HALT", "symbol": "BTCUSDT", "scope": "ALL", "reason": "x"}, 400),
            ("/admin/killSwitch", {"action": "HALT", "symbol": "NOTHING", "reason": "x"}, 400),
            ("/admin/adjustments", credit | {"amount": "1e3"}, 400),
            ("/admin/adjustments", credit | {"amount": "--1"}, 400),
            ("/admin/adjustments", credit | {"amount": "0.0000001"}, 400),
            ("/admin/adjustments", credit | {"asset": "XXX"}, 400),
            ("/admin/accounts", {"email": "ann@example.com"}, 409),
            ("/admin/accounts", {"email": "ann"}, 400),
            ("/admin/apiKeys", {"account": ann.account, "permissions": 8}, 400),
            ("/admin/apiKeys", {"account": 999_999, "permissions": 1}, 404),
            ("/admin/apiKeys", {"account": ann.account, "permissions": 1, "ipWhitelist": "everywhere"}, 400),
        ]
        for path, fields, status in wrong:
            got, shown = await exchange.operate("POST", path, fields)
            assert got == status, (path, fields, shown)
        for amount, free in (("5", "100005.000000"), ("5", "100005.000000")):
            assert (await exchange.operate("POST", "/admin/adjustments", credit | {"amount": amount}))[0] == 200
            await exchange.kernel.sleep(S)
            balances = (await ann.ask("GET", "/v1/account"))[1]["balances"]
            assert {one["asset"]: one["free"] for one in balances}["USDT"] == free
        status, shown = await exchange.operate("GET", "/admin/status")
        assert status == 200 and {one["shard"] for one in shown["shards"]} >= {
            "clearing/0",
            "matching/0",
            "matching/1",
            "order/0",
        }

    play(scenario)


def test_a_market_just_made_is_traded_and_shown() -> None:
    async def scenario(exchange: Exchange) -> None:
        await exchange.kernel.sleep(S)
        status, shown = await exchange.get("/v1/exchangeInfo")
        [symbol] = shown["symbols"]
        assert status == 200 and (symbol["symbol"], symbol["status"]) == ("BTCUSDT", "TRADING")
        assert {one["filterType"]: one for one in symbol["filters"]}["LOT_SIZE"]["stepSize"] == "0.00010000"
        assert (await exchange.get("/v1/ticker?symbol=BTCUSDT"))[1]["lastPrice"] == "0.000000"
        assert (await exchange.get("/v1/depth?symbol=BTCUSDT"))[1] == {"lastUpdateId": 0, "bids": [], "asks": []}
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await ann.place("SELL", "20000", "1")
        await ann.place("SELL", "20100", "1")
        await bob.place("BUY", "20100", "1.5", newOrderRespType="FULL")
        await exchange.kernel.sleep(S)

        names = ("depth", "trades", "ticker")

        async def shown_now() -> object:
            depth, trades, ticker = [(await exchange.get(f"/v1/{path}?symbol=BTCUSDT"))[1] for path in names]
            del ticker["closeTime"]  # now
            return depth, trades, ticker

        before = await shown_now()
        ticker = (await exchange.get("/v1/ticker?symbol=BTCUSDT"))[1]
        assert (ticker["lastPrice"], ticker["openPrice"], ticker["volume"], ticker["quoteVolume"], ticker["count"]) == (
            "20100.000000", "20000.000000", "1.50000000", "30050.000000", 2,
        )  # fmt: skip
        exchange.kernel.node("gateway/0").restart()
        await exchange.kernel.sleep(5 * S)
        assert await shown_now() == before, "what a gateway shows does not depend on when it was started"

    play(scenario)
