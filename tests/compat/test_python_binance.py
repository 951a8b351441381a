"""python-binance, its plain client and its sockets, with our addresses in place of Binance's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio_asyncio
from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

from tests.compat.venue import Party, Venue

assert trio_asyncio.__name__  # imported here, so that these tests meet it even when they run alone
WAIT_S = 60.0


def at(kind: Any, party: Party) -> Any:
    """`kind` with our URLs, as its documents say to change them."""
    http, ws = party.base, party.base.replace("http", "ws", 1)
    urls = {"API_URL": f"{http}/api", "MARGIN_API_URL": f"{http}/sapi", "WS_API_URL": f"{ws}/ws-api/v3"}
    return type("Ours", (kind,), urls)(party.key, party.secret)


@pytest.fixture(scope="module")
def plain(venue: Venue) -> Iterator[Any]:
    """Its constructor wants a loop, which it does not use, and trio-asyncio makes asyncio's factory give one of trio's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "new_event_loop", asyncio.SelectorEventLoop)
        client = at(Client, venue.ann)
    yield client
    client.close_connection()


@pytest.fixture(scope="module", autouse=True)
def traded(venue: Venue) -> None:
    venue.trade("100", "1")
    venue.trade("101", "2")


@pytest.fixture(autouse=True)
def nothing_stands(venue: Venue) -> Iterator[None]:
    yield
    venue.clear()


def test_market_data(plain: Any, venue: Venue) -> None:
    native, query = venue.ann.native, {"symbol": venue.symbol}
    assert plain.ping() == {} and plain.get_server_time()["serverTime"] >= native.call("GET", "/v1/time")["serverTime"] - 5_000
    info = plain.get_symbol_info(venue.symbol)
    assert (info["baseAsset"], info["status"]) == (venue.asset, "TRADING")
    assert info["filters"] == native.call("GET", "/v1/exchangeInfo", query)["symbols"][0]["filters"]
    depth, natively = plain.get_order_book(symbol=venue.symbol), native.call("GET", "/v1/depth", query)
    assert depth == natively
    for shown in (plain.get_recent_trades(symbol=venue.symbol), plain.get_historical_trades(symbol=venue.symbol)):
        assert [one | {"isBestMatch": True} for one in native.call("GET", "/v1/trades", query)] == shown
    assert [one["a"] for one in plain.get_aggregate_trades(symbol=venue.symbol)] == [1, 2]
    assert [one["p"] for one in plain.aggregate_trade_iter(venue.symbol, last_id=1)] == ["101.000000"]
    klines = plain.get_klines(symbol=venue.symbol, interval=Client.KLINE_INTERVAL_1DAY)
    assert klines == native.call("GET", "/v1/klines", query | {"interval": "1d"})
    assert plain.get_historical_klines(venue.symbol, Client.KLINE_INTERVAL_1DAY, "1 day ago UTC")[-1] == klines[-1]
    assert plain.get_ticker(symbol=venue.symbol)["lastPrice"] == "101.000000"
    assert plain.get_symbol_ticker(symbol=venue.symbol) == {"symbol": venue.symbol, "price": "101.000000"}
    assert plain.get_orderbook_ticker(symbol=venue.symbol)["bidPrice"] == "0.000000"
    assert plain.get_avg_price(symbol=venue.symbol)["price"] == native.call("GET", "/v1/avgPrice", query)["price"]
    assert venue.symbol in {one["symbol"] for one in plain.get_all_tickers()}
    assert plain.get_system_status()["status"] == 0


def test_orders(plain: Any, venue: Venue) -> None:
    shown = plain.order_limit_sell(symbol=venue.symbol, quantity="2", price="103.00")
    by = {"symbol": venue.symbol, "orderId": shown["orderId"]}
    native = venue.ann.native.call("GET", "/v1/order", by)
    order = plain.get_order(**by)
    assert {name: order[name] for name in native if name not in {"reason", "goodTillDate"}} == {
        name: value for name, value in native.items() if name not in {"reason", "goodTillDate"}
    }
    assert plain.get_open_orders(symbol=venue.symbol) == [order]
    assert plain.cancel_order(**by)["status"] == "CANCELED"  # it sends a DELETE with a body
    assert venue.ann.native.call("GET", "/v1/order", by)["status"] == "CANCELED"
    assert plain.get_all_orders(symbol=venue.symbol)[-1]["orderId"] == shown["orderId"]
    with pytest.raises(BinanceAPIException) as told:
        plain.cancel_order(**by)
    assert (told.value.code, told.value.message) == (-2011, "Unknown order sent.")
    assert plain.create_test_order(symbol=venue.symbol, side="SELL", type="MARKET", quantity="1") == {}
    with pytest.raises(BinanceAPIException) as told:
        plain.order_limit_sell(symbol=venue.symbol, quantity="0.0001", price="103")
    assert told.value.code == -1013 and "LOT_SIZE" in told.value.message


def test_stops_pairs_and_replacements(plain: Any, venue: Venue) -> None:
    sell = {"symbol": venue.symbol, "side": "SELL", "quantity": "1"}
    stop = plain.create_order(**sell, type="STOP_LOSS_LIMIT", timeInForce="GTC", price="95", stopPrice="96")
    new = {"type": "LIMIT", "timeInForce": "GTC", "price": "104"}
    replaced = plain.cancel_replace_order(**sell, **new, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=stop["orderId"])
    assert (replaced["cancelResult"], replaced["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert [one["orderId"] for one in plain.get_open_orders()] == [replaced["newOrderResponse"]["orderId"]]
    above = {"aboveType": "LIMIT_MAKER", "abovePrice": "105"}
    below = {"belowType": "STOP_LOSS", "belowStopPrice": "96"}
    pair = plain.create_oco_order(**sell, **above, **below)
    [listed] = plain.get_open_oco_orders()
    assert listed["orderListId"] == pair["orderListId"]
    legs = {one["orderId"] for one in pair["orders"]}
    assert legs < {one["orderId"] for one in venue.ann.native.call("GET", "/v1/openOrders", {"symbol": venue.symbol})}
    gone = plain.cancel_all_open_orders(symbol=venue.symbol)
    assert {one["orderListId"] for one in gone} == {-1, pair["orderListId"]}
    assert plain.get_open_orders(symbol=venue.symbol) == []


def test_the_account(plain: Any, venue: Venue) -> None:
    native = venue.ann.native
    assert plain.get_account()["balances"] == native.call("GET", "/v1/account")["balances"]
    assert plain.get_asset_balance(asset=venue.asset)["asset"] == venue.asset
    trades = native.call("GET", "/v1/myTrades", {"symbol": venue.symbol})
    shown = plain.get_my_trades(symbol=venue.symbol)
    assert [{name: one[name] for name in trades[0] if name in one} for one in shown] == [
        {name: value for name, value in one.items() if name in shown[0]} for one in trades
    ]
    assert plain.get_trade_fee(symbol=venue.symbol)[0]["makerCommission"] == "0.00050000"
    assert plain.get_deposit_history() == [] and plain.get_withdraw_history() == []
    assert venue.asset in {one["coin"] for one in plain.get_all_coins_info()}
    key = plain.stream_get_listen_key()
    assert plain.stream_keepalive(key) == {} and plain.stream_close(key) == {}
    with pytest.raises(BinanceAPIException) as told:
        plain.stream_keepalive(key)
    assert told.value.code == -1125


def play(venue: Venue, scenario: Callable[[Any, Any], Awaitable[None]]) -> None:
    """With its asynchronous client for ann, and sockets."""

    async def run() -> None:
        client = at(AsyncClient, venue.ann)
        sockets = BinanceSocketManager(client)
        sockets.STREAM_URL = venue.ann.base.replace("http", "ws", 1) + "/"
        try:
            await asyncio.wait_for(scenario(client, sockets), WAIT_S)
        finally:
            await client.close_connection()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run())


async def until(socket: Any, **wanted: Any) -> Any:
    while True:
        heard = await socket.recv()
        heard = heard.get("data", heard)
        if all(heard.get(name) == value for name, value in wanted.items()):
            return heard


def test_market_sockets(venue: Venue) -> None:
    """It takes each of its sockets up to ten seconds to leave."""

    async def scenario(client: Any, sockets: Any) -> None:
        name = venue.symbol.lower()
        streams = [f"{name}@{kind}" for kind in ("kline_1m", "depth@100ms", "aggTrade", "bookTicker")]
        async with sockets.trade_socket(venue.symbol) as trades, sockets.multiplex_socket(streams) as many:
            await asyncio.to_thread(venue.trade, "102", "1.5")
            trade = await until(trades, e="trade", p="102.000000")
            assert (trade["q"], trade["m"]) == ("1.50000000", False)
            seen: dict[str, Any] = {}
            while (
                not {"kline", "depthUpdate", "aggTrade", "bookTicker"} <= seen.keys() or seen["kline"]["k"]["c"] != "102.000000"
            ):
                heard = (await many.recv())["data"]
                seen[heard.get("e", "bookTicker")] = heard
            assert (seen["aggTrade"]["q"], seen["depthUpdate"]["s"]) == ("1.50000000", venue.symbol)

    play(venue, scenario)


def test_the_user_socket_and_orders_over_the_socket(venue: Venue) -> None:
    async def scenario(client: Any, sockets: Any) -> None:
        async with sockets.user_socket() as user:
            order = {"symbol": venue.symbol, "type": "LIMIT", "timeInForce": "GTC", "price": "102", "quantity": "2"}
            placed = await client.ws_create_order(side="SELL", **order)
            new = await until(user, e="executionReport", x="NEW", i=placed["orderId"])
            assert (new["X"], new["q"], new["z"]) == ("NEW", "2.00000000", "0.00000000")
            buying = order | {"side": "BUY", "quantity": "0.5"}
            await asyncio.to_thread(venue.bob.native.call, "POST", "/v1/order", None, buying)
            trade = await until(user, e="executionReport", x="TRADE")
            by = {"symbol": venue.symbol, "orderId": placed["orderId"]}
            [fill] = venue.ann.native.call("GET", "/v1/myTrades", by)
            assert (trade["t"], trade["l"], trade["n"], trade["N"]) == (
                fill["id"], fill["qty"], fill["commission"], fill["commissionAsset"],
            )  # fmt: skip
            assert (trade["X"], trade["z"], trade["m"]) == ("PARTIALLY_FILLED", "0.50000000", True)
            assert (await client.ws_get_order(**by))["status"] == "PARTIALLY_FILLED"
            assert (await client.ws_cancel_order(**by))["status"] == "CANCELED"
            assert (await until(user, e="executionReport", x="CANCELED"))["z"] == "0.50000000"
            shown = {one["asset"]: one for one in venue.ann.native.call("GET", "/v1/account")["balances"]}
            position = {"a": venue.asset, "f": shown[venue.asset]["free"], "l": shown[venue.asset]["locked"]}
            await until(user, e="outboundAccountPosition", B=[position])

    play(venue, scenario)


def test_a_stream_by_listen_key(venue: Venue) -> None:
    async def scenario(client: Any, sockets: Any) -> None:
        listen_key = await client.stream_get_listen_key()
        async with client.session.ws_connect(f"{venue.ann.base}/ws/{listen_key}") as stream:
            credit = {"account": venue.ann.account, "asset": venue.asset, "amount": "7", "reference": f"{listen_key[-20:]}"}
            told: list[Any] = []
            while not any(one["e"] == "balanceUpdate" for one in told):
                await asyncio.to_thread(
                    venue.admin, "/admin/adjustments", **credit | {"reference": f"{listen_key[-20:]}{len(told)}"}
                )
                told.append(await stream.receive_json())
            [moved] = [one for one in told if one["e"] == "balanceUpdate"]
            assert (moved["a"], moved["d"]) == (venue.asset, "7.00000000")
            await client.stream_close(listen_key)
            while (message := await stream.receive()).type.name == "TEXT":
                pass
            assert message.data == 1008

    play(venue, scenario)
