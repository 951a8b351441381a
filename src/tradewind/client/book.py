"""A market's book as it is now: a snapshot, then every delta; after a gap or a lost connection a snapshot again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from tradewind.client.failures import ApiError, NoAnswer
from tradewind.client.patience import Patience
from tradewind.client.websocket import Rejected, SocketClosed, WebSocket, open_socket

PATH = "/ws"
CONNECT_S = 10.0


class Gap(Exception):
    """A delta does not follow the one before."""


class Book:
    """Levels by price, as decimal text on both sides. `seq` is -1 as long as nothing is known."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.seq = -1
        self.resyncs = 0
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self._moved = trio.Event()

    def hear(self, message: dict[str, Any]) -> None:
        """A snapshot or a delta of the channel. Raises Gap."""
        if message.get("type") == "snapshot":
            self.bids, self.asks = {}, {}
        elif message["prevSeq"] != self.seq:
            raise Gap(f"{self.symbol}: after {self.seq} came {message['prevSeq']}..{message['seq']}")
        for side, levels in ((self.bids, message["data"]["bids"]), (self.asks, message["data"]["asks"])):
            for price, quantity in levels:
                if quantity.strip("0."):
                    side[price] = quantity
                else:
                    side.pop(price, None)
        self.seq = message["seq"]
        self._moved.set()
        self._moved = trio.Event()

    async def until(self, seq: int) -> None:
        """Return when it stands at `seq` or later."""
        while self.seq < seq:
            await self._moved.wait()


class _Follower:
    def __init__(self, base: str, book: Book) -> None:
        self._url = base.replace("http", "ws", 1)
        self._book = book
        self._channel = f"market.{book.symbol}.book"

    async def run(self) -> None:
        """Until cancelled. Raises ApiError when the exchange has no such market."""
        patience = Patience(float("inf"))
        while True:
            try:
                socket = await open_socket(self._url, PATH, [], CONNECT_S)
            except (NoAnswer, Rejected):
                await patience.pause()
                continue
            try:
                await self._follow(socket, patience)
            except (SocketClosed, Gap):
                self._book.resyncs += 1
            finally:
                await socket.aclose()
            await patience.pause()

    async def _follow(self, socket: WebSocket, patience: Patience) -> None:
        await socket.send(msgspec.json.encode({"op": "subscribe", "channel": self._channel}).decode())
        while True:
            for text in await socket.receive():
                message = msgspec.json.decode(text)
                if message.get("type") == "error":
                    raise ApiError(400, message)
                if "data" in message:
                    self._book.hear(message)
                    patience.restart()


@asynccontextmanager
async def open_book(base: str, symbol: str) -> AsyncIterator[Book]:
    """`base`: where public market data is served, "http://host:port". Returns with the first snapshot."""
    book = Book(symbol)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_Follower(base, book).run)
        await book.until(0)
        yield book
        nursery.cancel_scope.cancel()
