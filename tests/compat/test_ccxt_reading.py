"""ccxt reads the market; each answer is compared with the native one."""

from decimal import Decimal
from typing import Any

import pytest

from tests.compat.ccxt_client import Spot
from tests.compat.venue import Venue

INTERVALS = ("1s", "1m", "5m", "1h", "1d", "1w", "1M")


@pytest.fixture(scope="module", autouse=True)
def traded(venue: Venue) -> None:
    """Some trades, and a book of two levels on each side."""
    for price, quantity in (("100", "1"), ("101.5", "0.25"), ("99.01", "2.125")):
        venue.trade(price, quantity)
    for side, prices in (("BUY", ("98", "97.5")), ("SELL", ("103", "103.25"))):
        for price in prices:
            order = {"symbol": venue.symbol, "side": side, "type": "LIMIT", "price": price, "quantity": "0.5"}
            venue.ann.native.call("POST", "/v1/order", None, order | {"newOrderRespType": "RESULT"})


def test_markets(ann: Spot) -> None:
    [market] = [one for one in ann.at.fetch_markets() if one["symbol"] == ann.market]
    [native] = ann.native.call("GET", "/v1/exchangeInfo", {"symbol": ann.venue.symbol})["symbols"]
    filters = {one["filterType"]: one for one in native["filters"]}
    assert (market["id"], market["active"], market["spot"], market["margin"]) == (ann.venue.symbol, True, True, False)
    assert (market["base"], market["quote"]) == (native["baseAsset"], native["quoteAsset"])
    assert market["precision"]["price"] == float(filters["PRICE_FILTER"]["tickSize"])
    assert market["precision"]["amount"] == float(filters["LOT_SIZE"]["stepSize"])
    assert market["limits"]["amount"]["min"] == float(filters["LOT_SIZE"]["minQty"])
    assert market["limits"]["amount"]["max"] == float(filters["LOT_SIZE"]["maxQty"]) == 500
    assert market["limits"]["cost"]["min"] == float(filters["NOTIONAL"]["minNotional"]) == 1
    assert set(ann.at.markets) == {f"{one['baseAsset']}/{one['quoteAsset']}" for one in _all(ann)}


def _all(ann: Spot) -> Any:
    """Symbols that were there when ccxt loaded its markets, and perhaps more: other files make theirs."""
    found = ann.native.call("GET", "/v1/exchangeInfo")["symbols"]
    return [one for one in found if f"{one['baseAsset']}/{one['quoteAsset']}" in ann.at.markets]


def test_currencies(ann: Spot) -> None:
    native = {one["asset"] for one in ann.native.call("GET", "/v1/exchangeInfo")["assets"]}
    assert set(ann.at.fetch_currencies()) == native
    assert ann.venue.asset in native


def test_tickers(ann: Spot) -> None:
    native = ann.native.call("GET", "/v1/ticker", {"symbol": ann.venue.symbol})
    names = {
        "last": "lastPrice", "open": "openPrice", "high": "highPrice", "low": "lowPrice", "bid": "bidPrice", "ask": "askPrice",
        "bidVolume": "bidQty", "askVolume": "askQty", "baseVolume": "volume", "quoteVolume": "quoteVolume",
        "change": "priceChange", "vwap": "weightedAvgPrice", "percentage": "priceChangePercent",
    }  # fmt: skip
    wanted = {name: float(native[field]) for name, field in names.items()}
    for shown in (
        ann.at.fetch_ticker(ann.market),
        ann.at.fetch_tickers()[ann.market],
        ann.at.fetch_tickers([ann.market])[ann.market],
    ):
        assert {name: shown[name] for name in names} == wanted
    assert (wanted["last"], wanted["bid"], wanted["ask"], wanted["baseVolume"]) == (99.01, 98, 103, 3.375)
    best = ann.at.fetch_bids_asks([ann.market])[ann.market]
    assert (best["bid"], best["bidVolume"], best["ask"], best["askVolume"]) == (98, 0.5, 103, 0.5)
    assert ann.at.fetch_last_prices([ann.market])[ann.market]["price"] == 99.01


def test_order_book(ann: Spot) -> None:
    native = ann.native.call("GET", "/v1/depth", {"symbol": ann.venue.symbol})
    book = ann.at.fetch_order_book(ann.market)
    for side in ("bids", "asks"):
        assert book[side] == [[float(price), float(quantity)] for price, quantity in native[side]]
    assert book["nonce"] == native["lastUpdateId"]
    assert [level[0] for level in book["bids"]] == [98, 97.5] and [level[0] for level in book["asks"]] == [103, 103.25]
    assert ann.at.fetch_order_book(ann.market, limit=1)["asks"] == [[103, 0.5]]


@pytest.mark.parametrize("method", ["publicGetAggTrades", "publicGetTrades", "publicGetHistoricalTrades"])
def test_trades(ann: Spot, method: str) -> None:
    native = ann.native.call("GET", "/v1/trades", {"symbol": ann.venue.symbol})
    shown = ann.at.fetch_trades(ann.market, params={"fetchTradesMethod": method})
    found = [(one["id"], one["timestamp"], one["price"], one["amount"], one["side"]) for one in shown]
    assert found == [
        (str(one["id"]), one["time"], float(one["price"]), float(one["qty"]), "sell" if one["isBuyerMaker"] else "buy")
        for one in native
    ]
    assert len(found) == 3
    assert len(ann.at.fetch_trades(ann.market, limit=2, params={"fetchTradesMethod": method})) == 2


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles(ann: Spot, interval: str) -> None:
    query = {"symbol": ann.venue.symbol, "interval": interval, "limit": 500}
    native = {one[0]: one for one in ann.native.call("GET", "/v1/klines", query)}
    shown = ann.at.fetch_ohlcv(ann.market, interval, limit=500)
    assert sum(Decimal(str(one[5])) for one in shown) == Decimal("3.375")
    for opened, *prices, volume in shown:
        known = native.get(opened)
        if known is not None:  # the newest may have begun between the two calls
            assert [*prices, volume] == [float(text) for text in known[1:6]]
    assert len(native.keys() & {one[0] for one in shown}) >= len(shown) - 1
    since = shown[-1][0]
    assert ann.at.fetch_ohlcv(ann.market, interval, since=since, limit=1)[0][0] == since


def test_time_and_status(ann: Spot) -> None:
    before = ann.native.call("GET", "/v1/time")["serverTime"]
    between = ann.at.fetch_time()
    assert before <= between <= ann.native.call("GET", "/v1/time")["serverTime"]
    assert ann.at.fetch_status()["status"] == "ok"
    assert ann.at.publicGetPing() == {}
    average = ann.at.publicGetAvgPrice({"symbol": ann.venue.symbol})
    assert average["price"] == ann.native.call("GET", "/v1/avgPrice", {"symbol": ann.venue.symbol})["price"]


def test_used_weights_are_told(ann: Spot) -> None:
    ann.at.fetch_ticker(ann.market)
    headers = {name.lower(): value for name, value in ann.at.last_response_headers.items()}
    assert int(headers["x-mbx-used-weight-1m"]) > 0
