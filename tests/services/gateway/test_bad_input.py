"""Hostile and mistaken input gets a clear 4xx, sends no command, and is never our fault."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.gateway.exchange import Exchange, play
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.strict import BODY_BYTES_MAX, NESTING_MAX, parse_fields, parse_form, parse_json

GOOD: dict[str, Any] = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20000", "quantity": "1"}


def _text(**changes: object) -> str:
    return json.dumps(GOOD | changes)


def _raw(name: str, literal: str) -> str:
    """The good order with one field written as it stands here."""
    return json.dumps({key: value for key, value in GOOD.items() if key != name})[:-1] + f', "{name}": {literal}}}'


BODIES: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "BAD_REQUEST"),
    "not JSON": ("{", "BAD_REQUEST"),
    "a list": ("[]", "BAD_REQUEST"),
    "a number": ("1", "BAD_REQUEST"),
    "two values": (_text() + "{}", "BAD_REQUEST"),
    "duplicate key": (_raw("side", '"BUY", "side": "SELL"'), "BAD_REQUEST"),
    "not UTF-8": (b'{"symbol": "\xff"}', "BAD_REQUEST"),
    "UTF-16": (_text().encode("utf-16"), "BAD_REQUEST"),
    "lone surrogate": (_raw("clientOrderId", r'"\ud800"'), "BAD_REQUEST"),
    "NUL": (_raw("clientOrderId", r'"\u0000"'), "BAD_REQUEST"),
    "unknown field": (_text(pric="1"), "BAD_REQUEST"),
    "price is NaN": (_raw("price", "NaN"), "BAD_REQUEST"),
    "price is text NaN": (_text(price="NaN"), "BAD_REQUEST"),
    "price is Infinity": (_raw("price", "-Infinity"), "BAD_REQUEST"),
    "price is 1e308": (_raw("price", "1e308"), "BAD_REQUEST"),
    "price is text 1e308": (_text(price="1e308"), "BAD_REQUEST"),
    "price is a float": (_raw("price", "20000.5"), "BAD_REQUEST"),
    "price is true": (_text(price=True), "BAD_REQUEST"),
    "price is null": (_text(price=None), "BAD_REQUEST"),
    "price is a list": (_text(price=["20000"]), "BAD_REQUEST"),
    "price is an object": (_text(price={"a": 1}), "BAD_REQUEST"),
    "price is empty": (_text(price=""), "BAD_REQUEST"),
    "price is negative": (_text(price="-1"), "BAD_REQUEST"),
    "price is zero": (_text(price="0"), "BAD_REQUEST"),
    "price has a sign": (_text(price="+1"), "BAD_REQUEST"),
    "price has blanks": (_text(price=" 1"), "BAD_REQUEST"),
    "price has underscores": (_text(price="1_000"), "BAD_REQUEST"),
    "price in Arabic digits": (_text(price="٢٠٠٠٠"), "BAD_REQUEST"),
    "price in full-width digits": (_text(price="\uff12\uff10"), "BAD_REQUEST"),
    "price has seven decimals": (_text(price="1.1234567"), "BAD_REQUEST"),
    "quantity has nine decimals": (_text(quantity="0.123456789"), "BAD_REQUEST"),
    "quantity has 5 000 digits": (_raw("quantity", "9" * 5_000), "BAD_REQUEST"),
    "quantity is text of 5 000 digits": (_text(quantity="9" * 5_000), "BAD_REQUEST"),
    "quantity is 2^63": (_text(quantity=str(2**63)), "BAD_REQUEST"),
    "deep nesting": ('{"symbol": ' + "[" * 20_000 + "]" * 20_000 + "}", "BAD_REQUEST"),
    "deep objects": ('{"a": ' * 5_000 + "1" + "}" * 5_000, "BAD_REQUEST"),
    "symbol unknown": (_text(symbol="NOTHING"), "UNKNOWN_SYMBOL"),
    "symbol in lower case": (_text(symbol="btcusdt"), "BAD_REQUEST"),
    "symbol is a number": (_text(symbol=5), "BAD_REQUEST"),
    "symbol is SQL": (_text(symbol="'; DROP TABLE orders; --"), "BAD_REQUEST"),
    "side unknown": (_text(side="HOLD"), "BAD_REQUEST"),
    "side is a path": (_text(side="$.price"), "BAD_REQUEST"),
    "side is a path of nothing": (_text(side=" - at `$.nothing`"), "BAD_REQUEST"),
    "side is the words of an error": (_text(side="Object missing required field `nothing`"), "BAD_REQUEST"),
    "side in lower case": (_text(side="sell"), "BAD_REQUEST"),
    "type unknown": (_text(type="MAGIC"), "BAD_REQUEST"),
    "a stop without its price": (_text(type="STOP_LOSS_LIMIT"), "BAD_REQUEST"),
    "a stop price without a stop": (_text(stopPrice="1"), "BAD_REQUEST"),
    "a stop at market with a limit": (_text(type="STOP_LOSS", stopPrice="1"), "BAD_REQUEST"),
    "timeInForce unknown": (_text(timeInForce="GTT"), "BAD_REQUEST"),
    "GTD without a date": (_text(timeInForce="GTD"), "BAD_REQUEST"),
    "a date without GTD": (_text(goodTillDate=1), "BAD_REQUEST"),
    "a LIMIT_MAKER that takes": (_text(type="LIMIT_MAKER", timeInForce="IOC"), "BAD_REQUEST"),
    "MARKET with a price": (_text(type="MARKET"), "BAD_REQUEST"),
    "iceberg of nothing": (_text(icebergQty="0"), "BAD_REQUEST"),
    "a LIMIT by amount": (_text(quoteOrderQty="1"), "BAD_REQUEST"),
    "a MARKET order of both": (_raw("price", '"1"').replace('"LIMIT"', '"MARKET", "quoteOrderQty": "1"'), "BAD_REQUEST"),
    "mode unknown": (_text(selfTradePreventionMode="TRANSFER"), "BAD_REQUEST"),
    "client order id too long": (_text(clientOrderId="a" * 37), "BAD_REQUEST"),
    "client order id empty": (_text(clientOrderId=""), "BAD_REQUEST"),
    "client order id with a blank": (_text(clientOrderId="a b"), "BAD_REQUEST"),
    "client order id with a new line": (_text(clientOrderId="a\n"), "BAD_REQUEST"),
    "response type unknown": (_text(newOrderRespType="ALL"), "BAD_REQUEST"),
}
QUERIES = [
    "/v1/order",
    "/v1/order?orderId=0",
    "/v1/order?orderId=-1",
    "/v1/order?orderId=1.0",
    "/v1/order?orderId=1e3",
    "/v1/order?orderId=%D9%A3",
    "/v1/order?orderId=" + "9" * 5_000,
    "/v1/order?orderId=9007199254740993",
    "/v1/order?orderId=1&orderId=2",
    "/v1/order?orderId=1&origClientOrderId=a",
    "/v1/order?origClientOrderId=%FF",
    "/v1/order?origClientOrderId=%00",
    "/v1/order?orderId",
    "/v1/order?&&&",
    "/v1/order?" + "&".join(f"a{number}=1" for number in range(500)),
    "/v1/openOrders?symbol=NOTHING",
    "/v1/openOrders?limit=1",
    "/v1/allOrders?limit=0",
    "/v1/allOrders?limit=1001",
    "/v1/allOrders?after=x",
    "/v1/myTrades?after=99999999999999999999",
    "/v1/ledger?after=-1",
    "/v1/account?x=1",
]
PUBLIC = [
    "/v1/depth",
    "/v1/depth?symbol=NOTHING",
    "/v1/depth?symbol=BTCUSDT&limit=4",
    "/v1/depth?symbol=BTCUSDT&limit=5001",
    "/v1/trades?symbol=BTCUSDT&limit=x",
    "/v1/ticker?symbol=%FF",
    "/v1/ping?x=1",
]


def test_no_bad_order_becomes_a_command() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        await exchange.kernel.sleep(10**9)
        before = exchange.inputs()
        for name, (body, code) in BODIES.items():
            answer = await ann.raw("POST", "/v1/order", body if isinstance(body, bytes) else body.encode())
            shown = json.loads(answer.body)
            assert (answer.status, shown["code"]) == (400, code), (name, answer)
            assert shown["message"] and len(shown["message"]) <= 400 and shown["retryable"] is False, name
            assert dict(answer.headers)["X-Request-ID".lower()] == shown["requestId"]
        large = await ann.raw("POST", "/v1/order", b'{"symbol": "' + b"A" * BODY_BYTES_MAX + b'"}')
        assert (large.status, json.loads(large.body)["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")
        odd = await ann.raw("POST", "/v1/order", _text().encode(), "text/xml")
        assert odd.status == 415
        for target in QUERIES:
            status, shown = await ann.ask("GET", target)
            assert status == 400, (target, shown)
        for target in PUBLIC:
            status, shown = await exchange.get(target)
            assert status == 400, (target, shown)
        assert exchange.inputs() == before
        assert (await ann.place("SELL", "20000", "1"))[0] == 200

    play(scenario)


def test_what_clearing_refuses_has_its_status_and_code() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        assert (await ann.place("SELL", "20000", "1", clientOrderId="one"))[0] == 200
        assert (await ann.place("SELL", "20000", "1", clientOrderId="one"))[0] == 200
        refusals = {
            "DUPLICATE_CLIENT_ORDER_ID": (409, {"clientOrderId": "one", "quantity": "2"}),
            "PRICE_OFF_TICK": (400, {"price": "20000.001"}),
            "QUANTITY_OFF_LOT": (400, {"quantity": "0.00001"}),
            "INSUFFICIENT_BALANCE": (400, {"quantity": "100"}),
            "NOTIONAL_TOO_SMALL": (400, {"price": "0.01"}),
        }
        for code, (status, changes) in refusals.items():
            got, shown = await ann.ask("POST", "/v1/order", GOOD | changes)
            assert (got, shown["code"]) == (status, code), shown

    play(scenario)


def test_forms_and_the_frameworks_own_errors() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        form = b"symbol=BTCUSDT&side=SELL&type=LIMIT&price=20000&quantity=1"
        answer = await ann.raw("POST", "/v1/order", form, "application/x-www-form-urlencoded; charset=utf-8")
        assert answer.status == 200, answer.body
        twice = await ann.raw("POST", "/v1/order?side=BUY", form, "application/x-www-form-urlencoded")
        assert twice.status == 400
        for method, path, status, code in (
            ("GET", "/nowhere", 404, "NOT_FOUND"),
            ("PATCH", "/v1/order", 405, "METHOD_NOT_ALLOWED"),
            ("OPTIONS", "/v1/order", 405, "METHOD_NOT_ALLOWED"),
        ):
            got = await exchange.public.request(method, path, [("X-Request-ID", "mine-1")])
            shown = json.loads(got.body)
            assert (got.status, shown["code"], shown["requestId"]) == (status, code, "mine-1"), shown
        made = await exchange.public.request("GET", "/v1/ping", [("X-Request-ID", "not valid!")])
        assert len(dict(made.headers)["x-request-id"]) == 16

    play(scenario)


@pytest.mark.parametrize("depth", [NESTING_MAX - 1, NESTING_MAX])
def test_nesting_is_counted_outside_of_strings(depth: int) -> None:
    text = '{"a": "' + "[" * 100 + '\\"", "b": ' + "[" * depth + "]" * depth + "}"
    if depth < NESTING_MAX:
        assert parse_json(text.encode())["a"].startswith("[[")
        return
    with pytest.raises(Problem):
        parse_json(text.encode())


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from([b"", b"application/json", b"text/plain"]))
def test_any_bytes_are_fields_or_a_problem(query: bytes, body: bytes, kind: bytes) -> None:
    try:
        fields = parse_fields(query, kind, body)
    except Problem as problem:
        assert 400 <= problem.status < 500
    else:
        assert isinstance(fields, dict)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists))
def test_any_json_is_read_alike_or_refused(value: object) -> None:
    body = json.dumps({"value": value}, ensure_ascii=False).encode(errors="surrogatepass")
    try:
        assert parse_json(body) == {"value": value}
    except Problem as problem:
        assert problem.status == 400


def test_forms() -> None:
    assert parse_form(b"a=1&b=%C3%A9&c=") == {"a": "1", "b": "é", "c": ""}
    for bad in (b"a=1&a=2", b"a", b"a=%ff", b"\xff=1", b"a=1&&"):
        with pytest.raises(Problem):
            parse_form(bad)
