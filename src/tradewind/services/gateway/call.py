"""One call of a client, admitted: who asks, and for what. The same for REST and for order entry over the socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from tradewind.services.gateway.asked import Asked

A = TypeVar("A", bound=Asked)


def nobody_waits() -> None:
    pass


_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """`account` and `permissions` are 0 on public routes. `command_id` names the effect of a write (16 bytes). `asked` has been
    validated. `handed` is called when the call's command can no longer be overtaken by one that is handed over after it."""

    request_id: str
    account: int
    permissions: int
    command_id: bytes
    asked: A
    handed: Callable[[], None] = field(default=nobody_waits, kw_only=True)


@dataclass(frozen=True, slots=True)
class Raw:
    """A request as it was sent. Header names are lower-case bytes; `peer` is the address of the connection's other end."""

    method: str
    path: bytes
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes
    peer: str


def raw_of(scope: Any, body: bytes) -> Raw:
    """From an ASGI scope, http or websocket."""
    raw_path = scope.get("raw_path") or scope["path"].encode()
    client = scope.get("client") or ("", 0)
    return Raw(scope.get("method", "GET"), raw_path, scope["query_string"], _headers_of(scope), body, client[0])


def _headers_of(scope: Any) -> dict[bytes, bytes]:
    """A repeated header is a list with commas (RFC 9110 5.3): so a chain of proxies is whole, and a second key or signature
    makes neither of them valid."""
    given = scope["headers"]
    headers = dict(given)
    if len(headers) == len(given):
        return headers
    joined: dict[bytes, list[bytes]] = {}
    for name, value in given:
        joined.setdefault(name, []).append(value)
    return {name: b", ".join(values) for name, values in joined.items()}


def encode_json(value: Any) -> bytes:
    """Bytes are JSON already."""
    return value if isinstance(value, bytes) else _encoder.encode(value)
