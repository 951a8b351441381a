"""Klines, trades by number and by time, averages: what REST answers against a naive reading of the trades themselves."""

import random
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.services.gateway.exchange import Exchange, play
from tradewind.services.gateway.market_reads import UNTIL_NOW, span
from tradewind.values.intervals import INTERVALS

S = 10**9


async def _furnish(exchange: Exchange, seed: int) -> list[dict[str, Any]]:
    """Trades with pauses between them, from none to hours; what /v1/trades says of them is the tape."""
    draw = random.Random(seed)
    ann, bob = await exchange.trader("ann", btc="1000"), await exchange.trader("bob", usdt="100000000")
    for _ in range(25):
        price = str(20_000 + draw.randrange(20))
        if draw.random() < 0.5:
            for _ in range(draw.randrange(1, 3)):
                await ann.place("SELL", price, "0.1")
            await bob.place("BUY", price, "0.1" if draw.random() < 0.5 else "0.2", timeInForce="IOC")
        else:
            await bob.place("BUY", price, "0.3")
            await ann.place("SELL", price, "0.3", timeInForce="IOC")
        await exchange.kernel.sleep(int(draw.choice([0.01, 0.5, 1, 20, 70]) * S))
    await exchange.kernel.sleep(2 * S)
    status, tape = await exchange.get("/v1/trades?symbol=BTCUSDT&limit=1000")
    assert status == 200 and len(tape) > 20
    return list(tape)


def _units(text: str) -> Decimal:
    return Decimal(text)


def _naive(tape: list[dict[str, Any]], open_ms: int, close_ms: int, last: str) -> list[Any]:
    """A candle by eye."""
    inside = [one for one in tape if open_ms <= one["time"] <= close_ms]
    bought = [one for one in inside if not one["isBuyerMaker"]]
    prices = [_units(one["price"]) for one in inside] or [_units(last)]
    return [
        open_ms, prices[0], max(prices), min(prices), prices[-1], sum(_units(one["qty"]) for one in inside), close_ms,
        sum(_units(one["quoteQty"]) for one in inside), len(inside),
        sum(_units(one["qty"]) for one in bought), sum(_units(one["quoteQty"]) for one in bought), 0,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_klines_of_every_interval_are_the_trades_and_have_no_gaps(seed: int) -> None:
    async def scenario(exchange: Exchange) -> None:
        tape = await _furnish(exchange, seed)
        for name in ("1s", "1m", "3m", "1h", "1w", "1M"):
            status, shown = await exchange.get(f"/v1/klines?symbol=BTCUSDT&interval={name}&limit=1000")
            assert status == 200 and 0 < len(shown) <= 1000
            for before, after in pairwise(shown):
                assert after[0] == before[6] + 1, name
            last = ""
            for candle in shown:
                earlier = [one["price"] for one in tape if one["time"] < candle[0]]
                last = earlier[-1] if earlier else candle[1]
                assert [_units(one) if isinstance(one, str) else one for one in candle] == _naive(
                    tape, candle[0], candle[6], last
                ), name
            whole = sum(candle[8] for candle in shown)
            assert whole == len([one for one in tape if one["time"] >= shown[0][0]])
            # By time: the same candles, from the first that begins there.
            middle = shown[len(shown) // 2]
            query = f"symbol=BTCUSDT&interval={name}&startTime={middle[0] - 1}&limit=7"
            assert (await exchange.get(f"/v1/klines?{query}"))[1] == shown[len(shown) // 2 :][:7]
            query = f"symbol=BTCUSDT&interval={name}&startTime={middle[0] + 1}&endTime={shown[-1][0] - 1}"
            assert (await exchange.get(f"/v1/klines?{query}"))[1] == shown[len(shown) // 2 + 1 : -1]
            query = f"symbol=BTCUSDT&interval={name}&endTime={middle[0]}&limit=3"
            assert (await exchange.get(f"/v1/klines?{query}"))[1] == shown[: len(shown) // 2 + 1][-3:]

    play(scenario, seed=seed)


def test_trades_and_aggregates_by_number_and_by_time() -> None:
    async def scenario(exchange: Exchange) -> None:
        tape = await _furnish(exchange, 3)
        status, every = await exchange.get("/v1/aggTrades?symbol=BTCUSDT&limit=1000")
        assert status == 200
        assert [one["a"] for one in every] == list(range(1, len(every) + 1))
        assert len(every) < len(tape)
        at = 0
        for one in every:
            those = [trade for trade in tape if one["f"] <= trade["id"] <= one["l"]]
            assert those == tape[at : at + len(those)]
            at += len(those)
            assert {(trade["price"], trade["time"], trade["isBuyerMaker"]) for trade in those} == {
                (one["p"], one["T"], one["m"])
            }
            assert sum(_units(trade["qty"]) for trade in those) == _units(one["q"])
        assert at == len(tape)

        async def asked(query: str) -> Any:
            return (await exchange.get(f"/v1/aggTrades?symbol=BTCUSDT&{query}"))[1]

        assert await asked("limit=3") == every[-3:]
        assert await asked("fromId=4&limit=3") == every[3:6]
        since, until = every[5]["T"], every[9]["T"]
        between = [one for one in every if since <= one["T"] <= until]
        assert await asked(f"startTime={since}&endTime={until}") == between
        assert await asked(f"startTime={since + 1}&limit=4") == [one for one in every if one["T"] > since][:4]
        assert await asked(f"endTime={until}&limit=2") == every[:2]
        assert await asked(f"startTime={every[-1]['T'] + 1}") == []
        old = (await exchange.get("/v1/historicalTrades?symbol=BTCUSDT&fromId=5&limit=4"))[1]
        assert old == tape[4:8]
        assert (await exchange.get("/v1/historicalTrades?symbol=BTCUSDT&limit=2"))[1] == tape[-2:]

    play(scenario, seed=3)


def test_tickers_and_the_average_of_five_minutes() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        nothing = (await exchange.get("/v1/avgPrice?symbol=BTCUSDT"))[1]
        assert nothing == {"mins": 5, "price": "0.000000", "closeTime": 0}
        for price, quantity, wait_s in (("20000", "1", 200), ("20010", "1", 200), ("20020", "2", 1)):
            await ann.place("SELL", price, quantity)
            await bob.place("BUY", price, quantity, newOrderRespType="FULL")
            await exchange.kernel.sleep(wait_s * S)
        average = (await exchange.get("/v1/avgPrice?symbol=BTCUSDT"))[1]
        assert average["price"] == "20016.666666", "the first trade is not among them"
        await ann.place("SELL", "20100", "0.5")
        await exchange.kernel.sleep(S)
        shown = (await exchange.get("/v1/ticker?symbol=BTCUSDT"))[1]
        names = ("priceChange", "priceChangePercent", "weightedAvgPrice", "lastQty", "firstId")
        assert {name: shown[name] for name in names} == {
            "priceChange": "20.000000", "priceChangePercent": "0.100", "weightedAvgPrice": "20012.500000",
            "lastQty": "2.00000000", "firstId": 1,
        }  # fmt: skip
        assert (shown["lastId"], shown["count"], shown["askPrice"], shown["bidPrice"]) == (3, 3, "20100.000000", "0.000000")
        assert (await exchange.get("/v1/ticker/price?symbol=BTCUSDT"))[1] == {"symbol": "BTCUSDT", "price": "20020.000000"}
        assert (await exchange.get("/v1/ticker/price"))[1] == [{"symbol": "BTCUSDT", "price": "20020.000000"}]
        assert (await exchange.get("/v1/ticker/bookTicker"))[1] == [
            {"symbol": "BTCUSDT", "bidPrice": "0.000000", "bidQty": "0.00000000"}
            | {"askPrice": "20100.000000", "askQty": "0.50000000"}
        ]
        exchange.kernel.node("gateway/0").restart()
        await exchange.kernel.sleep(5 * S)
        assert (await exchange.get("/v1/avgPrice?symbol=BTCUSDT"))[1] == average

    play(scenario)


@pytest.mark.parametrize(
    "query",
    [
        "klines?symbol=BTCUSDT", "klines?symbol=BTCUSDT&interval=7m", "klines?symbol=BTCUSDT&interval=1m&limit=1001",
        "klines?symbol=BTCUSDT&interval=1m&startTime=-1", "klines?symbol=NOTHING&interval=1m", "avgPrice",
        "aggTrades?symbol=BTCUSDT&fromId=0", "depth?symbol=BTCUSDT&limit=4", "depth?symbol=BTCUSDT&limit=5001",
        "ticker?symbol=NOTHING", "ticker/price?symbols=BTCUSDT", "historicalTrades?symbol=BTCUSDT&fromId=x",
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(query: str) -> None:
    async def scenario(exchange: Exchange) -> None:
        assert (await exchange.get(f"/v1/{query}"))[0] == 400

    play(scenario)


@pytest.mark.parametrize("name", sorted(INTERVALS))
def test_a_span_has_as_many_intervals_as_were_asked_for(name: str) -> None:
    interval, now_s = INTERVALS[name], 1_795_500_000
    for limit in (1, 2, 500):
        wanted = span(interval, now_s * S, 0, UNTIL_NOW, limit)
        assert wanted.last_s == interval.start(now_s) == interval.shifted(wanted.first_s, limit - 1)
        ahead = span(interval, now_s * S, wanted.first_s * 1_000, UNTIL_NOW, limit)
        assert ahead == wanted
    late = span(interval, now_s * S, (now_s + 10**9) * 1_000, UNTIL_NOW, 5)
    assert late.last_s < late.first_s


def test_the_filters_say_what_the_exchange_refuses() -> None:
    async def scenario(exchange: Exchange) -> None:
        [symbol] = (await exchange.get("/v1/exchangeInfo?symbol=BTCUSDT"))[1]["symbols"]
        filters = {one.pop("filterType"): one for one in symbol["filters"]}
        assert set(filters) == {
            "PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "ICEBERG_PARTS", "NOTIONAL", "MAX_NUM_ORDERS", "MAX_NUM_ALGO_ORDERS",
            "PERCENT_PRICE_BY_SIDE",
        }  # fmt: skip
        assert filters["LOT_SIZE"] == filters["MARKET_LOT_SIZE"]
        band = filters["PERCENT_PRICE_BY_SIDE"]
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        await ann.place("SELL", "20000", "0.1")
        await bob.place("BUY", "20000", "0.1")
        await exchange.kernel.sleep(S)
        highest = Decimal(20_000) * Decimal(band["bidMultiplierUp"])
        lowest = Decimal(20_000) * Decimal(band["askMultiplierDown"])
        assert (await bob.place("BUY", str(highest.quantize(Decimal("0.01"))), "0.001"))[0] == 200
        assert (await bob.place("BUY", str(highest.quantize(Decimal("0.01")) + Decimal("0.01")), "0.001"))[0] == 400
        assert (await ann.place("SELL", str(lowest.quantize(Decimal("0.01")) - Decimal("0.01")), "0.001"))[0] == 400
        assert (await bob.place("BUY", "15000", "0.001"))[0] == 200

    play(scenario)
