"""What is wrong is told in Binance's words: ccxt makes the right class of error of each, and nothing has happened."""

import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlencode

import ccxt
import pytest

from tests.compat.ccxt_client import Spot, settings
from tests.compat.venue import READ, Venue

ORDER = "/api/v3/order"


@pytest.fixture(scope="module", autouse=True)
def traded(venue: Venue) -> None:
    venue.trade("100", "1")


@pytest.fixture(autouse=True)
def nothing_happens(venue: Venue) -> Any:
    before = venue.orders(venue.ann)
    yield
    assert venue.orders(venue.ann) == before


def _limit(venue: Venue, **more: Any) -> dict[str, Any]:
    order = {"symbol": venue.symbol, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "105"}
    return order | more


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"quantity": "400", "side": "BUY", "price": "109"}, None, ""),
        ({"quantity": "499", "price": "109", "side": "SELL"}, None, ""),
        ({"symbol": "NOPE"}, ccxt.BadSymbol, "Invalid symbol."),
        ({"price": "105.001"}, ccxt.InvalidOrder, "price"),
        ({"quantity": "1.0001"}, ccxt.InvalidOrder, "amount"),
        ({"quantity": "501"}, ccxt.InvalidOrder, "amount"),
        ({"quantity": "0.001"}, ccxt.BadRequest, "NOTIONAL"),
        ({"side": "BUY", "price": "200"}, ccxt.BaseError, "PERCENT_PRICE_BY_SIDE"),
        ({"side": "SIDEWAYS"}, ccxt.BadRequest, "Invalid side."),
        ({"type": "GUESS"}, ccxt.BadRequest, "Invalid orderType."),
        ({"timeInForce": "NEVER"}, ccxt.BadRequest, "Invalid timeInForce."),
        ({"timeInForce": None}, ccxt.BadRequest, "Mandatory parameter 'timeInForce'"),
        ({"quantity": None}, ccxt.BadRequest, "Mandatory parameter 'quantity'"),
        ({"quantity": "one"}, ccxt.BadRequest, "-1130"),
        ({"price": "-1"}, ccxt.BadRequest, "-1130"),
        ({"price": "105.0000001"}, ccxt.BadRequest, "-1111"),
        ({"newClientOrderId": "no spaces"}, ccxt.BadRequest, "newClientOrderId"),
        ({"trailingDelta": "100"}, ccxt.BadRequest, "-1104"),
        ({"stopPrice": "90"}, ccxt.BadRequest, "'stopPrice' sent when not required"),
        ({"type": "STOP_LOSS_LIMIT", "stopPrice": "120"}, ccxt.OrderImmediatelyFillable, "trigger immediately"),
        ({"icebergQty": "0.01"}, ccxt.BaseError, "ICEBERG_PARTS"),
    ],
)  # fmt: skip
def test_a_wrong_order(ann: Spot, venue: Venue, wrong: dict[str, Any], error: type[Exception] | None, text: str) -> None:
    fields = {name: value for name, value in _limit(venue, **wrong).items() if value is not None}
    if error is None:
        assert ann.at.privatePostOrderTest(fields) == {}
        return
    with pytest.raises(error) as told:
        ann.at.privatePostOrder(fields)
    assert text in str(told.value)
    assert 400 <= venue.ann.ask("POST", ORDER, **fields).status_code < 500


def test_more_than_there_is(ann: Spot) -> None:
    poor = ann.venue.key(ann.venue.admin("/admin/accounts", email=f"poor{time.time_ns()}@compat.test")["account"], 3)
    with pytest.raises(ccxt.InsufficientFunds):
        Spot(ann.venue, poor).order("limit", "sell", 1, 105)


def test_orders_that_are_not_there(ann: Spot, bob: Spot, venue: Venue) -> None:
    [hers] = list(venue.orders(venue.ann))[:1]
    for spot, named in ((ann, 2**52), (bob, hers)):
        for call in (spot.at.fetch_order, spot.at.cancel_order):
            with pytest.raises(ccxt.OrderNotFound):
                call(str(named), spot.market)
    with pytest.raises(ccxt.OrderNotFound):
        ann.at.cancel_order(str(hers), ann.market)  # filled, so there is nothing to cancel
    with pytest.raises(ccxt.ExchangeError, match=r"-2022.*-2011"):
        ann.at.edit_order(str(hers), ann.market, "limit", "sell", 1, 105)
    with pytest.raises(ccxt.OrderNotFound):
        ann.at.cancel_all_orders(ann.market)


def test_keys_and_times(ann: Spot, venue: Venue) -> None:
    for wrong in ({"secret": "x" * 32}, {"apiKey": "A" * 43}, {"apiKey": "not a key!"}):
        with pytest.raises(ccxt.AuthenticationError):
            ccxt.binance(settings(venue.ann) | wrong).fetch_balance()
    reader = ccxt.binance(settings(venue.key(venue.ann.account, READ)))
    assert reader.fetch_balance()[venue.asset]["free"]
    with pytest.raises(ccxt.AuthenticationError):
        reader.privatePostOrder(_limit(venue))
    now_ms = time.time_ns() // 1_000_000
    for timestamp in (now_ms - 11_000, now_ms + 9_000):
        with pytest.raises(ccxt.InvalidNonce):
            ann.at.privateGetAccount({"timestamp": timestamp})
    assert ann.at.privateGetAccount({"timestamp": now_ms - 11_000, "recvWindow": 30_000})["accountType"] == "SPOT"
    with pytest.raises(ccxt.ExchangeError, match="-1131"):
        ann.at.privateGetAccount({"recvWindow": 60_001})


def test_a_signed_request_works_once(venue: Venue) -> None:
    """Whatever it is sent to, and in whichever half its fields stand."""
    bob = venue.bob
    signed = bob.signed(**_limit(venue, side="BUY", price="95"))
    first = bob.send("POST", ORDER, "", signed)
    assert first.status_code == 200, first.text
    for query, body in (("", signed), (signed, "")):
        again = bob.send("POST", ORDER, query, body)
        assert again.status_code == 409 and again.json()["code"] == -1021, again.text
    assert len(bob.native.call("GET", "/v1/openOrders", {"symbol": venue.symbol})) == 1
    # What was signed to be read is no order to do something.
    read = bob.signed(symbol=venue.symbol)
    assert [bob.send("GET", "/api/v3/openOrders", read).status_code for _ in range(2)] == [200, 200]
    assert bob.send("DELETE", "/api/v3/openOrders", read).status_code == 409
    assert len(bob.native.call("GET", "/v1/openOrders", {"symbol": venue.symbol})) == 1
    assert bob.ask("DELETE", "/api/v3/openOrders", symbol=venue.symbol).status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("where", ["query", "body", "both"])
def test_parameters_stand_where_they_like(venue: Venue, method: str, where: str) -> None:
    """Clients differ; the signature is over the query and the body, one behind the other."""
    bob = venue.bob
    if method == "DELETE":
        assert bob.ask("POST", ORDER, **_limit(venue, side="BUY", price="95")).status_code == 200
    fields = _limit(venue, side="BUY", price="95") if method == "POST" else {"symbol": venue.symbol}
    path = ORDER if method == "POST" else "/api/v3/openOrders"
    fields |= {"timestamp": time.time_ns() // 1_000_000}
    half = len(fields) // 2 if where == "both" else 0 if where == "body" else len(fields)
    pairs = list(fields.items())
    query, body = urlencode(pairs[:half]), urlencode(pairs[half:])
    signature = hmac.new(bob.secret.encode(), (query + body).encode(), hashlib.sha256).hexdigest()
    if body:
        body += f"&signature={signature}"
    else:
        query += f"&signature={signature.upper()}"  # digits of either case
    answer = bob.send(method, path, query, body)
    assert answer.status_code == 200, answer.text
    assert bob.send(method, path, query + "0", body).status_code == 400
    if method == "POST":
        assert bob.ask("DELETE", "/api/v3/openOrders", symbol=venue.symbol).status_code == 200


def test_paths_and_methods_that_are_not_there(venue: Venue) -> None:
    for method, path, status in (("GET", "/api/v3/nothing", 404), ("PUT", "/api/v3/ping", 405), ("POST", "/sapi/v1/x", 404)):
        answer = venue.ann.send(method, path)
        assert answer.status_code == status and set(answer.json()) == {"code", "msg"}, answer.text
    assert venue.ann.send("POST", ORDER, "", "a=" + "x" * 70_000).status_code == 413
