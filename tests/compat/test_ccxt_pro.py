"""ccxt.pro watches a market and an account, and places and cancels orders over the WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import ccxt.pro
import pytest
import trio_asyncio

from tests.compat.ccxt_client import settings
from tests.compat.venue import Party, Venue

assert trio_asyncio.__name__  # imported here, so that these tests meet it even when they run alone
WAIT_S = 60.0
Pro = Any
Scenario = Callable[[Pro, Pro], Awaitable[None]]


def play(venue: Venue, scenario: Scenario) -> None:
    """With ccxt.pro for ann and for bob, on a loop of asyncio's own kind: whoever imports trio-asyncio makes its factory give
    one of trio's."""

    async def run() -> None:
        pros = [ccxt.pro.binance(settings(party)) for party in (venue.ann, venue.bob)]
        try:
            for pro in pros:
                await pro.load_markets()
            await asyncio.wait_for(scenario(*pros), WAIT_S)
        finally:
            for pro in pros:
                await pro.close()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run())


@pytest.fixture(scope="module", autouse=True)
def traded(venue: Venue) -> None:
    venue.trade("100", "1")


@pytest.fixture(autouse=True)
def nothing_stands(venue: Venue) -> Iterator[None]:
    yield
    venue.clear()


def native(party: Party, venue: Venue, order_id: str) -> Any:
    return party.native.call("GET", "/v1/order", {"symbol": venue.symbol, "orderId": int(order_id)})


async def until(watch: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
    """The first thing watched that is `wanted`."""
    while True:
        seen = await watch()
        if wanted(seen):
            return seen


def test_the_book(venue: Venue) -> None:
    async def scenario(ann: Pro, bob: Pro) -> None:
        market = venue.unified
        await ann.watch_order_book(market)
        await ann.create_order(market, "limit", "sell", 2, 103)
        await ann.create_order(market, "limit", "buy", 1, 97)
        await bob.create_order(market, "limit", "buy", 0.5, 103)
        book = await until(lambda: ann.watch_order_book(market), lambda book: book["asks"] == [[103, 1.5]])
        depth = venue.ann.native.call("GET", "/v1/depth", {"symbol": venue.symbol})
        assert book["nonce"] == depth["lastUpdateId"]
        for side in ("bids", "asks"):
            assert book[side] == [[float(price), float(quantity)] for price, quantity in depth[side]]

    play(venue, scenario)


def test_trades_tickers_and_candles(venue: Venue) -> None:
    async def scenario(ann: Pro, bob: Pro) -> None:
        market = venue.unified
        watching = [
            asyncio.create_task(until(*one))
            for one in (
                (lambda: ann.watch_trades(market), lambda seen: seen[-1]["price"] == 102),
                (lambda: ann.watch_ticker(market), lambda seen: seen["last"] == 102),
                (lambda: ann.watch_bids_asks([market]), lambda seen: seen[market]["ask"] == 102),
                (lambda: ann.watch_ohlcv(market, "1m"), lambda seen: seen[-1][4] == 102),
            )
        ]
        await ann.watch_order_book(market)  # its answer comes behind those of the others
        await ann.create_order(market, "limit", "sell", 2, 102)
        await bob.create_order(market, "limit", "buy", 0.5, 102)
        trades, ticker, best, candles = await asyncio.gather(*watching)
        query = {"symbol": venue.symbol}
        [last] = venue.ann.native.call("GET", "/v1/trades", query | {"limit": 1})
        assert (trades[-1]["id"], trades[-1]["amount"], trades[-1]["side"]) == (str(last["id"]), 0.5, "buy")
        day = venue.ann.native.call("GET", "/v1/ticker", query)
        assert (ticker["baseVolume"], ticker["high"]) == (float(day["volume"]), float(day["highPrice"]))
        assert best[market]["askVolume"] in {1.5, 2}
        kline = venue.ann.native.call("GET", "/v1/klines", query | {"interval": "1m", "startTime": candles[-1][0], "limit": 1})[
            0
        ]
        assert candles[-1] == [kline[0], *map(float, kline[1:6])]

    play(venue, scenario)


def test_an_account(venue: Venue) -> None:
    async def scenario(ann: Pro, bob: Pro) -> None:
        market = venue.unified
        watching = [
            asyncio.create_task(until(*one))
            for one in (
                (lambda: ann.watch_orders(market), lambda seen: seen[-1]["status"] == "closed"),
                (lambda: ann.watch_my_trades(market), lambda _: sum(one["amount"] for one in ann.myTrades) == 2),
            )
        ]
        balance = asyncio.create_task(ann.watch_balance())
        while not balance.done():  # until its subscription stands, nothing is told
            placed = await ann.create_order(market, "limit", "sell", 1, 105)
            await ann.cancel_order(placed["id"], market)
            await asyncio.wait([balance], timeout=0.5)
        placed = await ann.create_order(market, "limit", "sell", 2, 104)
        for amount in (0.5, 1.5):
            await bob.create_order(market, "limit", "buy", amount, 104)
        orders, _ = await asyncio.gather(*watching)
        told = native(venue.ann, venue, placed["id"])
        last = orders[-1]
        assert (last["id"], last["filled"], last["cost"]) == (str(told["orderId"]), 2, float(told["cummulativeQuoteQty"]))
        fills = venue.ann.native.call("GET", "/v1/myTrades", {"symbol": venue.symbol, "orderId": told["orderId"]})
        assert [(one["id"], one["amount"], one["fee"]["cost"]) for one in ann.myTrades] == [
            (str(one["id"]), float(one["qty"]), float(one["commission"])) for one in fills
        ]
        shown = {one["asset"]: float(one["free"]) for one in venue.ann.native.call("GET", "/v1/account")["balances"]}
        while any(ann.balance["spot"].get(asset, {}).get("free") != free for asset, free in shown.items()):
            await ann.watch_balance()

    play(venue, scenario)


def test_orders_over_the_socket(venue: Venue) -> None:
    async def scenario(ann: Pro, bob: Pro) -> None:
        market = venue.unified
        placed = await ann.create_order_ws(market, "limit", "sell", 1, 103)
        assert (placed["status"], placed["price"]) == ("open", 103)
        assert native(venue.ann, venue, placed["id"])["status"] == "NEW"
        assert (await ann.fetch_order_ws(placed["id"], market))["id"] == placed["id"]
        edited = await ann.edit_order_ws(placed["id"], market, "limit", "sell", 2, 104)
        assert [one["id"] for one in await ann.fetch_open_orders_ws(market)] == [edited["id"]]
        assert native(venue.ann, venue, placed["id"])["status"] == "CANCELED"
        assert (await ann.cancel_order_ws(edited["id"], market))["status"] == "canceled"
        with pytest.raises(ccxt.OrderNotFound):
            await ann.cancel_order_ws(edited["id"], market)
        with pytest.raises(ccxt.OrderImmediatelyFillable):
            await bob.create_order(market, "limit", "sell", 1, 102)
            await ann.create_order_ws(market, "LIMIT_MAKER", "buy", 1, 102)
        await ann.create_order_ws(market, "limit", "sell", 1, 105)
        assert len(await ann.cancel_all_orders_ws(market)) == 1
        shown = (await ann.fetch_balance_ws())["info"]["balances"]
        assert shown == venue.ann.native.call("GET", "/v1/account")["balances"]
        fills = venue.ann.native.call("GET", "/v1/myTrades", {"symbol": venue.symbol})
        assert [one["id"] for one in await ann.fetch_my_trades_ws(market)] == [str(one["id"]) for one in fills]
        orders = venue.ann.native.call("GET", "/v1/allOrders", {"symbol": venue.symbol})
        assert [one["id"] for one in await ann.fetch_orders_ws(market)] == [str(one["orderId"]) for one in orders]

    play(venue, scenario)


def test_an_unknown_market_is_told_so(venue: Venue) -> None:
    async def scenario(ann: Pro, _bob: Pro) -> None:
        with pytest.raises(ccxt.BadSymbol):
            await ann.publicGetDepth({"symbol": "NOPE"})
        assert (
            native(venue.ann, venue, (await ann.create_order_ws(venue.unified, "limit", "buy", 1, 95))["id"])["price"]
            == "95.000000"
        )

    play(venue, scenario)
