"""What a client signs, as API.md tells it."""

from sim.front import Credentials
from tradewind.services.gateway.signature import Signed, canonical, sign

Headers = list[tuple[str, str]]


def signed_headers(who: Credentials, method: str, target: str, body: bytes, now_ns: int, nonce: str) -> Headers:
    """The four headers of one request; `now_ns` is what the client's wall clock says."""
    path, _, query = target.partition("?")
    signed = Signed(who.api_key, str(now_ns // 1_000_000).encode(), nonce.encode(), b"")
    message = canonical(signed, method, path.encode(), query.encode(), body)
    return [
        ("X-API-KEY", signed.api_key),
        ("X-API-TIMESTAMP", signed.timestamp.decode()),
        ("X-API-NONCE", nonce),
        ("X-API-SIGNATURE", sign(who.secret.encode(), message).decode()),
    ]
