"""Binance's signature: hex HMAC-SHA256 over the query string and the body as they were sent, without `signature` itself.

The path and the method are not signed. So that a signed read can't be sent again as a write, a write is refused when its
signature has been seen before, and whatever this gateway does not know the machine does: the signature names the effect.
"""

import hashlib
import hmac
from typing import NamedTuple

from tradewind.services.gateway.compat.faults import Fault, fault, invalid, missing
from tradewind.services.gateway.signature import API_KEY, TIMESTAMP, sign
from tradewind.services.gateway.strict import parse_form

RECV_WINDOW_MS, RECV_WINDOW_MS_MAX = 5_000, 60_000
AHEAD_MS = 1_000
SIGNATURE_CHARACTERS = 64
_MARK = b"signature="


class Signed(NamedTuple):
    """`payload` is what was signed. Both times in ms."""

    api_key: str
    timestamp: int
    recv_window: int
    payload: bytes
    signature: bytes


def without_signature(part: bytes) -> tuple[bytes, bytes | None]:
    """(`part` without its `signature` parameter, the signature): None when there is none. All other bytes stay as they are.
    Raises Fault."""
    pieces = part.split(b"&")
    at = [index for index, piece in enumerate(pieces) if piece.startswith(_MARK)]
    if not at:
        return part, None
    if len(at) > 1:
        raise invalid("signature")  # which of them is the signature, another reader might see otherwise
    signature = pieces.pop(at[-1])[len(_MARK) :]
    return b"&".join(pieces), signature


def signed_of(api_key: bytes, query: bytes, body: bytes) -> Signed:
    """Of a query string and a form body. Raises Fault."""
    bare_query, in_query = without_signature(query)
    bare_body, in_body = without_signature(body)
    if (in_query is None) == (in_body is None):
        raise missing("signature")
    fields = parse_form(bare_query) | parse_form(bare_body)
    signature = in_query if in_query is not None else in_body
    assert signature is not None
    return Signed(key_of(api_key), *times_of(fields), bare_query + bare_body, signature)


def key_of(api_key: bytes) -> str:
    """Raises Fault."""
    if API_KEY.fullmatch(api_key) is None:
        raise fault(-2014, "API-key format invalid.", 401)
    return api_key.decode("ascii")


def times_of(fields: dict[str, object]) -> tuple[int, int]:
    """(timestamp, recvWindow). Raises Fault."""
    timestamp = str(fields.get("timestamp", ""))
    if not timestamp:
        raise missing("timestamp")
    window = str(fields.get("recvWindow", RECV_WINDOW_MS)).removesuffix(".0")
    if TIMESTAMP.fullmatch(timestamp.encode()) is None:
        raise invalid("timestamp")
    if TIMESTAMP.fullmatch(window.encode()) is None:
        raise invalid("recvWindow")
    if int(window) > RECV_WINDOW_MS_MAX:
        raise fault(-1131, "recvWindow must be less than 60000")
    return int(timestamp), int(window)


def check_time(signed: Signed, now_ns: int) -> None:
    """Raises Fault."""
    now = now_ns // 1_000_000
    if signed.timestamp >= now + AHEAD_MS:
        raise fault(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now - signed.timestamp > signed.recv_window:
        raise fault(-1021, "Timestamp for this request is outside of the recvWindow.")


def is_right(secret: bytes, *payloads: bytes, signature: bytes) -> bytes | None:
    """The signature, as we make it, when it is over one of `payloads`; hex digits of either case. Constant time."""
    given = signature.lower()
    for payload in payloads:
        made = sign(secret, payload)
        if hmac.compare_digest(made, given):
            return made
    return None


def refused_key() -> Fault:
    """One text whether the key is unknown or may not do this, so that nobody can find out which keys exist."""
    return fault(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def command_id(api_key: str, timestamp: int, signature: bytes) -> bytes:
    """The name of a signed write's effect: the same signed request can have no second one."""
    named = b"\n".join((b"compat", api_key.encode(), str(timestamp).encode(), signature))
    return hashlib.blake2b(named, digest_size=16).digest()
