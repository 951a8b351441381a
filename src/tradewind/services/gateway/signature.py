"""The native signature (API.md): HMAC-SHA256 over the bytes as they were sent, nothing re-encoded."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

from tradewind.services.gateway.problems import Problem

WINDOW_MS = 30_000
NONCE_TTL_S = 4 * WINDOW_MS / 1000  # a signature is good for twice the window; its nonce is remembered for twice that
NONCE = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
TIMESTAMP = re.compile(rb"[0-9]{1,16}")
API_KEY = re.compile(rb"[A-Za-z0-9_-]{1,64}")


class Signed(NamedTuple):
    """The four headers, well formed. `timestamp_ms` is what the client's clock said."""

    api_key: str
    timestamp: bytes
    nonce: bytes
    signature: bytes

    @property
    def timestamp_ms(self) -> int:
        return int(self.timestamp)


def unauthorized(code: str, message: str) -> Problem:
    return Problem(401, code, message)


def signed_of(headers: Mapping[bytes, bytes]) -> Signed:
    """Headers have lower-case names. Raises Problem."""
    api_key = headers.get(b"x-api-key", b"")
    timestamp = headers.get(b"x-api-timestamp", b"")
    nonce = headers.get(b"x-api-nonce", b"")
    signature = headers.get(b"x-api-signature", b"")
    if not (api_key and timestamp and nonce and signature):
        raise unauthorized("NOT_SIGNED", "X-API-KEY, X-API-TIMESTAMP, X-API-NONCE and X-API-SIGNATURE are required")
    if API_KEY.fullmatch(api_key) is None or TIMESTAMP.fullmatch(timestamp) is None or NONCE.fullmatch(nonce) is None:
        raise unauthorized("BAD_SIGNATURE", "a signature header is malformed")
    return Signed(api_key.decode("ascii"), timestamp, nonce, signature)


def canonical(signed: Signed, method: str, raw_path: bytes, raw_query: bytes, body: bytes) -> bytes:
    """What is signed."""
    parts = (signed.timestamp, signed.nonce, method.encode(), raw_path, raw_query, hashlib.sha256(body).hexdigest().encode())
    return b"\n".join(parts)


def sign(secret: bytes, message: bytes) -> bytes:
    """Lower-case hex."""
    return hmac.digest(secret, message, "sha256").hex().encode()


def is_right(secret: bytes, message: bytes, signature: bytes) -> bool:
    """Constant time; on bytes, so that no foreign character can raise."""
    return hmac.compare_digest(sign(secret, message), signature)


def is_timely(signed: Signed, now_ns: int) -> bool:
    return abs(now_ns // 1_000_000 - signed.timestamp_ms) <= WINDOW_MS


def command_id(api_key: str, nonce: bytes) -> bytes:
    """The name of a signed write's effect: the same key and nonce can have no second one."""
    return hashlib.blake2b(api_key.encode() + b"\n" + nonce, digest_size=16).digest()
