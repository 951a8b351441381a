"""An account of the demo, as its owner's programs see it: signed requests and the private feed."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
from trio_websocket import WebSocketConnection, open_websocket_url

from tests.e2e.child import ExchangeChild
from tradewind.client.rest import ApiError, Client
from tradewind.client.signing import signed_headers

WAIT_S = 30.0
PRIVATE = "/ws/private"


class Trader(Client):
    """`name` is the part of the email before the @."""

    def __init__(self, exchange: ExchangeChild, name: str) -> None:
        [self.account] = [one for one in exchange.demo.accounts if one["email"].startswith(f"{name}@")]
        super().__init__(exchange.public, self.account["key"], self.account["secret"])
        self._exchange = exchange

    async def place(self, side: str, price: str, quantity: str, **more: Any) -> Any:
        order = {"symbol": "BTCUSDT", "side": side, "type": "LIMIT", "price": price, "quantity": quantity}
        return await self.call("POST", "/v1/order", None, order | more)

    async def refused(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> tuple[int, str]:
        """(status, code) of a request that must not succeed."""
        try:
            answer = await self.call(method, path, query, body)
        except ApiError as error:
            return error.status, error.code
        raise AssertionError(answer)

    async def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """(free, locked) by asset."""
        shown = (await self.call("GET", "/v1/account"))["balances"]
        return {one["asset"]: (Decimal(one["free"]), Decimal(one["locked"])) for one in shown}

    @asynccontextmanager
    async def updates(self, after: int | None = None) -> "AsyncIterator[Feed]":
        query = "" if after is None else f"after={after}"
        now_ms, nonce = time.time_ns() // 1_000_000, secrets.token_hex(12)
        signed = signed_headers(self.account["key"], self.account["secret"], now_ms, nonce, "GET", PRIVATE, query, b"")
        url = self._exchange.public.replace("http", "ws", 1) + PRIVATE + (f"?{query}" if query else "")
        headers = [(name.encode(), value.encode()) for name, value in signed]
        async with open_websocket_url(url, extra_headers=headers) as socket:
            yield Feed(socket)


class Feed:
    """A WebSocket of JSON messages."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket

    async def say(self, message: Any) -> None:
        await self._socket.send_message(msgspec.json.encode(message).decode())

    async def next(self) -> Any:
        return msgspec.json.decode(await self._socket.get_message())

    async def until(self, **wanted: Any) -> list[Any]:
        """Everything up to and with the first message that has these fields."""
        seen = [await self.next()]
        while any(seen[-1].get(name) != value for name, value in wanted.items()):
            seen.append(await self.next())
        return seen


@asynccontextmanager
async def market(exchange: ExchangeChild, *channels: str) -> AsyncIterator[Feed]:
    """The public socket, subscribed; the answers and snapshots are still to be read."""
    async with open_websocket_url(exchange.public.replace("http", "ws", 1) + "/ws") as socket:
        feed = Feed(socket)
        for channel in channels:
            await feed.say({"op": "subscribe", "channel": channel})
        yield feed


def folded(levels: Sequence[Sequence[str]], into: dict[str, str]) -> None:
    """Apply a snapshot's or delta's levels: quantity zero means gone."""
    for price, quantity in levels:
        into.pop(price, None)
        if Decimal(quantity):
            into[price] = quantity
