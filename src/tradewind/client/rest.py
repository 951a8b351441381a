"""The native REST API: signed requests, errors as exceptions, and the doubt of an answer that never came."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from tradewind.client.clock import Clock
from tradewind.client.connection import Connection, Response
from tradewind.client.failures import ApiError, NoAnswer
from tradewind.client.signing import signed_headers

TIMEOUT_S = 10.0
STALE = "STALE_TIMESTAMP"


class Client:
    """`base`: "http://host:port". Without a key only public calls. One request at a time per client."""

    def __init__(
        self, base: str, key: str = "", secret: str = "", *, headers: dict[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        address = urlsplit(base)
        assert address.hostname is not None, base
        self.base = base
        self.clock = clock or Clock()
        self._connection = Connection(address.hostname, address.port or 80)
        self._key = key
        self._secret = secret
        self._headers = list((headers or {}).items())

    async def call(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, timeout_s: float = TIMEOUT_S
    ) -> Any:
        """The decoded answer. Raises ApiError, and NoAnswer when the connection failed (see its `sent`).

        A request that is refused because our clock is off is signed again by theirs.
        """
        try:
            return await self._call(method, path, query, body, timeout_s)
        except ApiError as error:
            if error.code != STALE or not await self.set_clock():
                raise
        return await self._call(method, path, query, body, timeout_s)

    async def set_clock(self) -> bool:
        """Measure how far the exchange's clock is from ours; whether that has changed anything. Raises like `call`."""
        asked = self.clock.own_ms()
        shown = await self._call("GET", "/v1/time", None, None, TIMEOUT_S)
        return self.clock.measured(asked, shown["serverTime"])

    async def _call(self, method: str, path: str, query: dict[str, Any] | None, body: Any, timeout_s: float) -> Any:
        raw_query = urlencode(query or {})
        raw_body = b"" if body is None else msgspec.json.encode(body)
        headers = list(self._headers)
        if raw_body:
            headers.append(("Content-Type", "application/json"))
        if self._key:
            nonce = secrets.token_hex(12)
            headers += signed_headers(self._key, self._secret, self.clock.now_ms(), nonce, method, path, raw_query, raw_body)
        target = f"{path}?{raw_query}" if raw_query else path
        return decoded(await self._connection.request(method, target, headers, raw_body, timeout_s))

    async def aclose(self) -> None:
        await self._connection.aclose()


def decoded(response: Response) -> Any:
    """Raises ApiError."""
    try:
        answer = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = {"code": "NOT_JSON", "message": response.body[:200].decode("latin-1")}
        if response.status < 400:
            raise ApiError(502, answer) from None
    if response.status >= 400:
        raise ApiError(response.status, answer)
    return answer


__all__ = ["ApiError", "Client", "NoAnswer"]
