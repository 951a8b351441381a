"""The native REST API: signed requests, errors as exceptions, and the doubt of an answer that never came."""

import secrets
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from tradewind.client.connection import Connection, NoAnswer
from tradewind.client.signing import signed_headers

TIMEOUT_S = 10.0


class ApiError(Exception):
    """The exchange said no: `status` and the body's `code`. Nothing happened, unless `unknown`."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('message')}")
        self.status = status
        self.code = str(body.get("code", ""))
        self.body = body

    @property
    def unknown(self) -> bool:
        """It may have been done: ask by client order id."""
        return self.status == 504

    @property
    def retryable(self) -> bool:
        return bool(self.body.get("retryable"))


class Client:
    """`base`: "http://host:port". Without a key only public calls. One request at a time per client."""

    def __init__(self, base: str, key: str = "", secret: str = "", *, headers: dict[str, str] | None = None) -> None:
        address = urlsplit(base)
        assert address.hostname is not None, base
        self._connection = Connection(address.hostname, address.port or 80)
        self._key = key
        self._secret = secret
        self._headers = list((headers or {}).items())

    async def call(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, timeout_s: float = TIMEOUT_S
    ) -> Any:
        """The decoded answer. Raises ApiError, and NoAnswer when the connection failed (see its `sent`)."""
        raw_query = urlencode(query or {})
        raw_body = b"" if body is None else msgspec.json.encode(body)
        headers = list(self._headers)
        if raw_body:
            headers.append(("Content-Type", "application/json"))
        if self._key:
            now_ms, nonce = time.time_ns() // 1_000_000, secrets.token_hex(12)
            headers += signed_headers(self._key, self._secret, now_ms, nonce, method, path, raw_query, raw_body)
        target = f"{path}?{raw_query}" if raw_query else path
        response = await self._connection.request(method, target, headers, raw_body, timeout_s)
        try:
            answer = msgspec.json.decode(response.body)
        except msgspec.DecodeError:
            answer = {"code": "NOT_JSON", "message": response.body[:200].decode("latin-1")}
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return answer

    async def aclose(self) -> None:
        await self._connection.aclose()


__all__ = ["ApiError", "Client", "NoAnswer"]
