"""The documents say what is served, no more and no less, and stay unseen where nobody wants them to be."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import yaml as any_yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.services.gateway.exchange import TOKEN, Exchange, play
from tradewind.services.gateway.app import make_admin_app, make_app
from tradewind.services.gateway.asked import read
from tradewind.services.gateway.documents import yaml
from tradewind.services.gateway.options import UNLIMITED
from tradewind.services.gateway.orders import PlaceAsked
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.pushes import PUSHES
from tradewind.services.gateway.table import asyncapi_document, openapi_document, operators_document

PATHS = ("/openapi.json", "/openapi.yaml", "/asyncapi.json", "/docs")


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in _references(one)]
    return [found for one in value for found in _references(one)] if isinstance(value, list) else []


def _resolve(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.parametrize("document", [openapi_document, operators_document])
def test_the_document_is_openapi_and_has_what_is_served_and_nothing_else(document: Any) -> None:
    shown = document()
    validate(shown)

    async def scenario(exchange: Exchange) -> None:
        gateway = exchange.gateways["gateway/0"]
        app = make_app(gateway) if document is openapi_document else make_admin_app(gateway, TOKEN)
        served = {
            (method.lower(), rule.rule)
            for rule in app.url_map.iter_rules()
            if not rule.websocket
            for method in (rule.methods or set()) - {"HEAD"}
        }
        assert served == {(method, path) for path, methods in shown["paths"].items() for method in methods}

    play(scenario, furnished=False)
    for methods in shown["paths"].values():
        for operation in methods.values():
            assert operation["x-weight"] >= 1 and operation["x-permission"] and operation["summary"]
            secured = operation["x-permission"] != "PUBLIC"
            assert bool(operation.get("security")) is secured, operation["operationId"]
            assert {"200", "400", "429", "503", "504"} <= set(operation["responses"])
    names = [one["operationId"] for methods in shown["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("document", [openapi_document, operators_document, asyncapi_document])
def test_references_lead_somewhere_and_yaml_says_the_same(document: Any) -> None:
    shown = document()
    references = _references(shown)
    assert len(references) > 20 and all(_resolve(shown, one) for one in references)
    assert any_yaml.safe_load(yaml(shown)) == json.loads(json.dumps(shown))
    assert "(?!" not in json.dumps(shown), "only Python needs that"
    for schema in shown["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_sockets_document_has_every_door_method_and_push() -> None:
    shown = asyncapi_document()
    addresses = {channel["address"]: channel for channel in shown["channels"].values()}
    assert {"/ws", "/ws/private", "/ws-api/v3"} <= set(addresses)
    assert {"order.place", "ExecutionReport"} <= set(addresses["/ws/private"]["messages"])
    for push in PUSHES:
        assert push.shape.__name__ in addresses[push.door]["messages"]


TEXT = (
    st.sampled_from(["BTCUSDT", "BUY", "LIMIT", "1", "1.5", "01", "-1", "", "a b", "GTC", "x" * 40, "a\n", "ACK"]) | st.text()
)
VALUES = TEXT | st.integers() | st.booleans() | st.none() | st.just([])
NAMES = st.sampled_from(
    ["symbol", "side", "type", "quantity", "price", "timeInForce", "clientOrderId", "goodTillDate", "newOrderRespType", "odd"]
)


@given(st.dictionaries(NAMES, VALUES), st.booleans())
def test_what_validates_is_what_the_document_says(given_fields: dict[str, Any], plausible: bool) -> None:
    """Of one body, the gateway's reader and a stranger's reader of the schema say the same; but for texts that count as
    numbers, which query strings need."""
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT"} | given_fields if plausible else given_fields
    schema = openapi_document()
    checker = Draft202012Validator({"$ref": "#/components/schemas/PlaceAsked", "components": schema["components"]})
    valid = checker.is_valid(fields)
    try:
        read(PlaceAsked, dict(fields))
    except Problem as problem:
        assert problem.status == 400 and not valid, (fields, problem.message)
    else:
        digits = isinstance(fields.get("goodTillDate"), str)
        assert valid or digits, fields


def test_documents_are_seen_only_where_they_are_let() -> None:
    async def hidden(exchange: Exchange) -> None:
        unknown = await exchange.public.request("GET", "/nothing", [("X-Request-ID", "same")])
        for path in PATHS:
            answer = await exchange.public.request("GET", path, [("X-Request-ID", "same")])
            assert (answer.status, answer.body) == (404, unknown.body)

    async def shown(exchange: Exchange) -> None:
        answers = {path: await exchange.public.request("GET", path) for path in PATHS}
        assert {answer.status for answer in answers.values()} == {200}
        kinds = {path: dict(answer.headers)["content-type"].partition(";")[0] for path, answer in answers.items()}
        assert list(kinds.values()) == ["application/json", "application/yaml", "application/json", "text/html"]
        assert json.loads(answers["/openapi.json"].body) == json.loads(json.dumps(openapi_document()))
        page = answers["/docs"].body.decode()
        assert all(f"<code>{path}</code>" in page for path in openapi_document()["paths"])
        assert (
            "<script" not in page
            and "//" not in page.replace("application//", "").split("</style>")[1].replace("&#x27;", "")[:200]
        )
        assert dict(answers["/docs"].headers)["content-security-policy"].startswith("default-src 'none'")

    play(hidden, furnished=False)
    play(shown, furnished=False, options=replace(UNLIMITED, docs=True))


def test_private_frames_are_of_the_shapes_that_the_document_has() -> None:
    shapes = {push.shape.__name__: push.shape for push in PUSHES}
    kinds = {
        "executionReport": "ExecutionReport", "trade": "TradeReport", "outboundAccountPosition": "AccountPosition",
        "snapshot": "Snapshot",
    }  # fmt: skip

    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        feed = await ann.private()
        await ann.place("SELL", "20000", "1", icebergQty="0.5")
        await bob.place("BUY", "20000", "0.5", newOrderRespType="FULL")
        seen: set[str] = set()
        while seen != set(kinds):
            frame = json.loads(await feed.receive())
            msgspec.convert(frame, shapes[kinds[frame["e"]]])
            seen.add(frame["e"])

    play(scenario)
