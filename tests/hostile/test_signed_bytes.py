"""A signed request with one bit changed is nobody's: it is refused, has no effect, and burns no nonce. About 4 s."""

import os
import random
import re

import pytest

from tests.hostile.siege import Siege, request

ORDER = b'{"symbol": "ETHBTC", "side": "SELL", "type": "LIMIT", "price": "0.05", "quantity": "0.1"}'
ALL_BITS = os.environ.get("TRADEWIND_HOSTILE_BITS") == "all"
SIGNED = re.compile(
    rb"(?P<line>POST \S+) HTTP/1\.1\r\n.*?"
    rb"(?i:X-API-KEY): (?P<key>\S+)\r\n(?i:X-API-TIMESTAMP): (?P<time>\S+)\r\n"
    rb"(?i:X-API-NONCE): (?P<nonce>\S+)\r\n(?i:X-API-SIGNATURE): (?P<signature>\S+)\r\n.*?\r\n\r\n(?P<body>.+)",
    re.DOTALL,
)
REFUSED = {400, 401, 403, 404, 405}


def _places(whole: bytes) -> list[int]:
    """Of every byte that is signed."""
    found = SIGNED.fullmatch(whole)
    assert found is not None, whole
    return [place for name in SIGNED.groupindex for place in range(*found.span(name))]


def _flipped(whole: bytes, place: int, bit: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :]


def test_every_byte_is_signed(siege: Siege) -> None:
    draw = random.Random(11)
    before = siege.orders("ETHBTC")
    whole = siege.signed("POST", "/v1/order", ORDER)
    for place in _places(whole):
        for bit in range(8) if ALL_BITS else [draw.randrange(8)]:
            heard = siege.say(_flipped(whole, place, bit))[0]
            assert heard.status in REFUSED, (place, bit, whole[place : place + 1], heard)
    assert siege.orders("ETHBTC") == before
    placed, _ = siege.say(whole)
    assert placed.status == 200, placed
    again, _ = siege.say(whole)
    assert (again.status, again.code) == (409, "REPLAYED_REQUEST")
    assert siege.orders("ETHBTC") == before + 1


ODD: dict[str, tuple[bytes, bytes, int]] = {
    "a key in other letters": (rb"X-API-KEY: (\S+)", rb"X-API-KEY: \1\1", 401),
    "a key twice": (rb"(X-API-KEY: \S+)", rb"\1\r\n\1", 401),
    "a second, foreign key": (rb"(X-API-KEY: \S+)", rb"\1\r\nX-API-KEY: other", 401),
    "a first, foreign key": (rb"(X-API-KEY: \S+)", rb"X-API-KEY: other\r\n\1", 401),
    "a signature twice": (rb"(X-API-SIGNATURE: \S+)", rb"\1\r\n\1", 401),
    "a nonce twice": (rb"(X-API-NONCE: \S+)", rb"\1\r\n\1", 401),
    "a time twice": (rb"(X-API-TIMESTAMP: \S+)", rb"\1\r\n\1", 401),
    "two content types": (rb"Host: x", rb"Host: x\r\nContent-Type: application/json\r\nContent-Type: text/plain", 415),
    "a time with a sign": (rb"X-API-TIMESTAMP: ", rb"X-API-TIMESTAMP: +", 401),
    "a time with zeros": (rb"X-API-TIMESTAMP: ", rb"X-API-TIMESTAMP: 00", 401),
    "a signature in capitals": (rb"X-API-SIGNATURE: \S+", lambda found: found[0].upper(), 401),
    "a signature cut short": (rb"(X-API-SIGNATURE: \S{63})\S", rb"\1", 401),
    "a name with an underscore": (rb"X-API-KEY", rb"X_API_KEY", 401),
    "blanks around a value": (rb"X-API-NONCE: (\S+)", rb"X-API-NONCE:  \t\1 \t", 200),
    "a name in small letters": (rb"X-API-KEY", rb"x-api-key", 200),
    "somebody else's address": (rb"Host: x", rb"Host: x\r\nX-Forwarded-For: 203.0.113.9", 200),
}  # type: ignore[dict-item]


@pytest.mark.parametrize("name", ODD)
def test_headers_are_one_or_none(siege: Siege, name: str) -> None:
    pattern, by, status = ODD[name]
    whole = siege.signed("POST", "/v1/order/test", ORDER)
    changed = re.sub(pattern, by, whole, count=1)
    assert changed != whole
    heard = siege.say(changed)[0]
    assert heard.status == status, heard
    if status == 401:
        assert siege.say(whole)[0].status == 200, "a refused request must burn no nonce"


def test_no_header_gets_an_operators_route(siege: Siege) -> None:
    for more in (
        b"X-Admin-Token: x",
        b"Authorization: Bearer x",
        b"X-Forwarded-For: 127.0.0.1",
        b"X-Original-URL: /admin/status",
    ):
        for heard in (siege.say(request("GET", "/admin/status", b"", more))[0], siege.say(siege.signed("GET", "/metrics"))[0]):
            assert heard.status == 404
