"""Fee tiers and the newer rules of symbols, as operators set them and traders feel them."""

from typing import Any

from tests.services.gateway.exchange import Exchange, Trader, play

S = 10**9
TIERS = [
    {"volumeMin": "0", "makerPermille": 1000, "takerPermille": 1000},
    {"volumeMin": "5000000", "makerPermille": 500, "takerPermille": 250},
]


async def _paid(ann: Trader, bob: Trader) -> str:
    """What `bob` pays for taking one coin; the symbol's own rate is 0.002."""
    assert (await ann.place("SELL", "20000", "1"))[0] == 200
    [fill] = (await bob.place("BUY", "20000", "1", newOrderRespType="FULL"))[1]["fills"]
    paid: str = fill["commission"]
    return paid


def test_a_tier_lowers_what_is_paid() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        assert (await exchange.operate("GET", "/admin/fees"))[1] == {"asset": "", "tiers": []}
        assert await _paid(ann, bob) == "0.00200000"
        status, shown = await exchange.operate("POST", "/admin/fees", {"asset": "USDT", "tiers": TIERS})
        assert status == 200, shown
        assert [(one["level"], one["volumeMin"]) for one in shown["tiers"]] == [(0, "0.000000"), (1, "5000000.000000")]
        assert (await exchange.operate("GET", "/admin/fees"))[1] == shown
        pin = {"account": bob.account, "level": 1}
        assert await exchange.operate("POST", "/admin/accounts/tier", pin) == (200, pin)
        await exchange.kernel.sleep(S)
        assert await _paid(ann, bob) == "0.00050000"
        await exchange.operate("POST", "/admin/accounts/tier", pin | {"level": -1})
        await exchange.kernel.sleep(S)
        assert await _paid(ann, bob) == "0.00200000"
        wrong: list[tuple[list[Any], str]] = [
            (TIERS[::-1], "INVALID_FEE_TIERS"),
            ([{**TIERS[0], "makerPermille": 1001}], "BAD_REQUEST"),
            ([{**TIERS[0], "odd": 1}], "BAD_REQUEST"),
            ([5], "BAD_REQUEST"),
            ([TIERS[0]] * 17, "BAD_REQUEST"),
        ]
        for tiers, code in wrong:
            status, told = await exchange.operate("POST", "/admin/fees", {"asset": "USDT", "tiers": tiers})
            assert (status, told["code"]) == (400, code), told
        assert (await exchange.operate("POST", "/admin/accounts/tier", pin | {"level": 2}))[1]["code"] == "INVALID_FEE_TIERS"

    play(scenario)


def test_a_symbols_newer_rules_are_set_shown_and_kept() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        rules = {
            "maxNotional": "50000", "maxOpenOrders": 2, "breakerBps": 100, "breakerWindowS": 60, "breakerHaltS": 5,
            "breakerReopenS": 5,
        }  # fmt: skip
        status, shown = await exchange.operate("PATCH", "/admin/symbols", {"symbol": "BTCUSDT", **rules})
        assert status == 200, shown
        [listed] = (await exchange.operate("GET", "/admin/symbols"))[1]
        assert {name: listed[name] for name in rules} == rules | {"maxNotional": "50000.000000"}
        assert (listed["version"], listed["state"]) == (2, "TRADING")
        await exchange.kernel.sleep(S)
        assert (await ann.place("SELL", "20000", "3"))[1]["code"] == "NOTIONAL_TOO_LARGE"
        assert [(await ann.place("SELL", "20000", "1"))[0] for _ in range(3)] == [200, 200, 400]
        for wrong in ({"breakerBps": 10_000}, {"breakerHaltS": -1}, {"maxOpenOrders": "many"}, {"baseAsset": "ETH"}):
            assert (await exchange.operate("PATCH", "/admin/symbols", {"symbol": "BTCUSDT", **wrong}))[0] == 400

    play(scenario)


def test_ready_says_when_limits_are_no_longer_shared() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        told = "limits are counted by this gateway alone"
        gateway = exchange.gateways["gateway/0"]
        exchange.cluster.faults.bus.down = True
        for _ in range(140):
            assert (await ann.ask("GET", "/v1/account"))[0] == 200
        await exchange.kernel.sleep(S)
        assert told in gateway.degraded()
        exchange.cluster.faults.bus.down = False
        for _ in range(3):
            assert (await ann.ask("GET", "/v1/account"))[0] == 200
            await exchange.kernel.sleep(S)
        assert told not in gateway.degraded()

    play(scenario)
