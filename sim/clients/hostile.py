"""Requests that nobody should send. Each is refused in plain words, changes nothing, and leaves the server as it was.

What is hostile about each is its name. None of the orders in them may come to stand: all bear a name that begins with HOSTILE.
"""

from collections.abc import Callable
from typing import NamedTuple

from sim.clients.signing import Headers

HOSTILE = "hostile"
GOOD = (
    '{"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "30000", '
    f'"clientOrderId": "{HOSTILE}-1"'
)


class Request(NamedTuple):
    """`then`: what becomes of the signature after signing."""

    body: bytes
    method: str = "POST"
    target: str = "/v1/order"
    then: Callable[[Headers], Headers] = lambda headers: headers
    content_type: str = "application/json"


def _without(name: str) -> Callable[[Headers], Headers]:
    return lambda headers: [(key, value) for key, value in headers if key != name]


def _with(name: str, change: Callable[[str], str]) -> Callable[[Headers], Headers]:
    return lambda headers: [(key, change(value) if key == name else value) for key, value in headers]


def _flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def _order(field: str, value: str) -> bytes:
    """A good order, except for one field."""
    return (GOOD + "}").replace(f'"{field}": ', f'"{field}": {value}, "was {field}": ').encode()


REQUESTS: dict[str, Request] = {
    "no JSON": Request(GOOD.encode()),
    "a list": Request(b"[" + GOOD.encode() + b"}]"),
    "a key twice": Request(f'{GOOD}, "symbol": "ETHBTC"}}'.encode()),
    "an unknown field": Request(f'{GOOD}, "leverage": "100"}}'.encode()),
    "a number for a word": Request(_order("symbol", "7")),
    "a list for a word": Request(_order("side", '["BUY", "SELL"]')),
    "nothing at all": Request(b"null"),
    "an unknown symbol": Request((GOOD + "}").replace("BTCUSDT", "NOSUCH").encode()),
    "a huge number": Request(f'{GOOD[: GOOD.index(chr(34) + "quantity")]}"quantity": {"9" * 400}}}'.encode()),
    "a huge amount": Request((GOOD + "}").replace("0.01", "9" * 60).encode()),
    "an exponent": Request((GOOD + "}").replace("0.01", "1e2").encode()),
    "a fraction": Request((GOOD + "}").replace('"0.01"', "0.01").encode()),
    "not a number": Request((GOOD + "}").replace('"0.01"', "NaN").encode()),
    "a negative amount": Request((GOOD + "}").replace("0.01", "-0.01").encode()),
    "no UTF-8": Request(GOOD.encode() + b'\xff"}'),
    "half a character": Request((GOOD + "}").replace(f"{HOSTILE}-1", "\\ud800").encode()),
    "a deep well": Request(b'{"symbol": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    "a body too large": Request((GOOD + "}").encode() + b" " * 70_000),
    "another content type": Request((GOOD + "}").encode(), content_type="text/xml"),
    "fields in two places": Request((GOOD + "}").encode(), target="/v1/order?symbol=BTCUSDT"),
    "a wrong method": Request((GOOD + "}").encode(), method="PATCH"),
    "an unknown path": Request((GOOD + "}").encode(), target="/v1/orders/../order"),
    "an operator's path": Request(b'{"action": "HALT", "scope": "ALL", "reason": "hostile"}', target="/admin/killSwitch"),
    "a wrong signature": Request((GOOD + "}").encode(), then=_with("X-API-SIGNATURE", _flipped)),
    "a foreign signature": Request((GOOD + "}").encode(), then=_with("X-API-SIGNATURE", lambda text: "\xe9" * len(text))),
    "no signature": Request((GOOD + "}").encode(), then=_without("X-API-SIGNATURE")),
    "an unknown key": Request((GOOD + "}").encode(), then=_with("X-API-KEY", _flipped)),
    "a stale timestamp": Request((GOOD + "}").encode(), then=_with("X-API-TIMESTAMP", lambda text: text[:-5] + "0")),
    "a huge timestamp": Request((GOOD + "}").encode(), then=_with("X-API-TIMESTAMP", lambda text: "9" * 16)),
}

FRAMES: dict[str, str | bytes] = {
    "a frame that is no JSON": "subscribe me",
    "a frame of bytes": b"\x00\xff\xfe",
    "an empty frame": "",
    "a frame with a list": '["subscribe", "market.BTCUSDT.book"]',
    "a frame with a key twice": '{"op": "ping", "op": "subscribe"}',
    "a frame too large": '{"op": "' + "x" * 70_000 + '"}',
    "a channel that is none": '{"op": "subscribe", "channel": "market.BTCUSDT.orders"}',
    "a channel of nothing": '{"op": "subscribe", "channel": "market.NOSUCH.book"}',
    "leaving where one never was": '{"op": "unsubscribe", "channel": "market.BTCUSDT.book"}',
}

KINDS = (*REQUESTS, *FRAMES)
