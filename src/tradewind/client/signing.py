"""The native signature (API.md): HMAC-SHA256 over the bytes as they are sent."""

import hmac
from hashlib import sha256


def signature(secret: str, timestamp_ms: int, nonce: str, method: str, path: str, query: str, body: bytes) -> str:
    """Lower-case hex. `path` and `query` raw, as in the request line, `query` without its question mark."""
    words = (str(timestamp_ms), nonce, method, path, query, sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(words).encode(), sha256).hexdigest()


def signed_headers(
    key: str, secret: str, timestamp_ms: int, nonce: str, method: str, path: str, query: str, body: bytes
) -> list[tuple[str, str]]:
    return [
        ("X-API-KEY", key),
        ("X-API-TIMESTAMP", str(timestamp_ms)),
        ("X-API-NONCE", nonce),
        ("X-API-SIGNATURE", signature(secret, timestamp_ms, nonce, method, path, query, body)),
    ]
