"""schemathesis over the document that the code makes, against a running exchange; every request is signed."""

import hmac
import secrets
import time
from collections import Counter
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from tests.hostile.siege import PATIENCE_S, Siege
from tradewind.client.signing import signed_headers
from tradewind.services.gateway.openapi import is_compatible
from tradewind.services.gateway.table import openapi_document

# What holds for every answer. Not among them, and why:
# - response_schema_conformance: it makes the old `items: [...]` of `prefixItems` and refuses that in 3.1; see `complaint`.
# - positive_data_acceptance: a schema knows no market. An order that it takes may be off the tick, or of an unknown symbol.
# - negative_data_rejection: for it "7" is no integer and 7 no amount, but both are right here, as API.md says;
#   tests/services/gateway/test_bad_input.py has what is refused, by name.
# - missing_required_header, ignored_auth, unsupported_method: test_signed_bytes and test_access have every byte and route.
# - use_after_free, ensure_resource_availability: what is placed here ends by itself in somebody else's fill.
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
]
# What a case is given in place of what was drawn, now and then: else hardly one order would ever be placed.
FAMILIAR: dict[str, list[Any]] = {
    "symbol": ["BTCUSDT", "BTCUSDT", "ETHUSDT"],
    "price": ["70000", "69999.99", "70000.01", "70000.001"],
    "stopPrice": ["71000", "69000"],
    "quantity": ["0.001", "0.5", "0.00001"],
    "quoteOrderQty": ["100", "1.5"],
    "icebergQty": ["0.0001"],
    "side": ["BUY", "SELL"],
    "type": ["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS_LIMIT"],
    "timeInForce": ["GTC", "IOC"],
    "orderId": [1, 1024, 2048],
    "interval": ["1m", "1s", "1M"],
}
WISHES = st.dictionaries(st.sampled_from(sorted(FAMILIAR)), st.integers(0, 11))
OVERLOADED = {503, 504}  # right answers of an exchange that is starting or stuck; here it is neither


class Signer(AuthBase):
    """Signs the bytes that are about to go out."""

    def __init__(self, account: dict[str, Any]) -> None:
        self._key, self._secret = str(account["key"]), str(account["secret"])

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        given = prepared.body or b""
        body = given.encode() if isinstance(given, str) else given
        assert isinstance(body, bytes) and prepared.url is not None and prepared.method is not None
        now_ms = time.time_ns() // 1_000_000
        parts = urlsplit(prepared.url)
        if is_compatible(parts.path):
            query = "&".join(part for part in (parts.query, f"timestamp={now_ms}", "recvWindow=60000") if part)
            made = hmac.new(self._secret.encode(), query.encode() + body, sha256).hexdigest()
            prepared.url = parts._replace(query=f"{query}&signature={made}").geturl()
            prepared.headers["X-MBX-APIKEY"] = self._key
            return prepared
        nonce = secrets.token_hex(12)
        signed = signed_headers(self._key, self._secret, now_ms, nonce, prepared.method, parts.path or "/", parts.query, body)
        prepared.headers.update(dict(signed))
        return prepared


@cache
def _validator(method: str, path: str, status: int) -> Any:
    """Of the body of an answer in JSON; None for another kind."""
    document = openapi_document()
    content = _response(document, method, path, status)["content"].get("application/json")
    return content and jsonschema_rs.Draft202012Validator(content["schema"] | {"components": document["components"]})


def _response(document: dict[str, Any], method: str, path: str, status: int) -> Any:
    shown = document["paths"][path][method]["responses"][str(status)]
    if "$ref" in shown:
        return document["components"]["responses"][shown["$ref"].rpartition("/")[2]]
    return shown


def complaint(operation: Any, answer: Any) -> str:
    """How an answer differs from what the document says of it; empty when it does not."""
    validator = _validator(operation.method.lower(), operation.path, answer.status_code)
    if validator is None:
        return ""
    return "; ".join(str(error) for error in validator.iter_errors(answer.json()))


def operations() -> list[Any]:
    """Every operation of the public listener's document."""
    schema = schemathesis.openapi.from_dict(openapi_document())
    schema.config.generation.update(with_security_parameters=False)
    return [found.ok() for found in schema.get_all_operations()]


def try_operation(siege: Siege, operation: Any, examples: int, seeded: int, seen: Counter[int]) -> None:
    """`examples` cases that fit the schema and as many that do not. `seen` counts answers by status."""
    session = requests.Session()
    signer = Signer(siege.account)

    def ask(case: Any, wishes: dict[str, int]) -> None:
        _make_familiar(case, wishes)
        answer = case.call(base_url=siege.child.public, session=session, auth=signer, timeout=PATIENCE_S, allow_redirects=False)
        seen[answer.status_code] += 1
        assert answer.status_code not in OVERLOADED, (answer.status_code, answer.text, case.as_curl_command())
        case.validate_response(answer, checks=CHECKS)
        told = complaint(operation, answer)
        assert not told, (told, answer.text[:500], case.as_curl_command())

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        limits = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        if mode is GenerationMode.NEGATIVE and not _may_be_wrong(operation):
            continue
        drawn = given(case=operation.as_strategy(generation_mode=mode), wishes=WISHES)
        limits(seed(seeded)(drawn(ask)))()


def _make_familiar(case: Any, wishes: dict[str, int]) -> None:
    for part in (case.query, case.body):
        if isinstance(part, dict):
            for name, wish in wishes.items():
                if name in part:
                    part[name] = FAMILIAR[name][wish % len(FAMILIAR[name])]


def _may_be_wrong(operation: Any) -> bool:
    """Nothing is wrong where nothing is asked."""
    return bool(list(operation.iter_parameters()) or operation.body)
