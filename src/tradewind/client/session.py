"""The private socket, kept alive: order entry with request ids, and the account's updates, each once and in order.

The connection may end at any time; the session connects again and resumes behind the last update that it has. What could not
be resumed comes as a snapshot (`{"e": "snapshot", "resync": true}`), so who folds updates never has a hole without knowing.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
import trio

from tradewind.client.failures import ApiError, NoAnswer
from tradewind.client.patience import Patience
from tradewind.client.rest import STALE, TIMEOUT_S, Client
from tradewind.client.signing import signed_headers
from tradewind.client.websocket import Rejected, SocketClosed, WebSocket, open_socket

PATH = "/ws/private"
CONNECT_S = 10.0
FORBIDDEN = frozenset((400, 403, 404))  # asking again would not help
Heard = Callable[[dict[str, Any]], None]


class Asked:
    """A request that has been sent."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.done = trio.Event()
        self.answer: dict[str, Any] | None = None
        self.lost = ""

    async def result(self, timeout_s: float = TIMEOUT_S) -> Any:
        """Raises ApiError; NoAnswer when the connection was lost or nothing came in time: it may have been done."""
        with trio.move_on_after(timeout_s):
            await self.done.wait()
        if self.answer is None:
            raise NoAnswer(self.lost or f"nothing within {timeout_s} s", sent=True)
        if "error" in self.answer:
            raise ApiError(self.answer["status"], self.answer["error"])
        return self.answer.get("result")


class Session:
    """Made by `open_session`. Any number of tasks may ask at once; requests are handled in the order they were sent."""

    def __init__(self, client: Client, key: str, secret: str, heard: Heard | None, query: dict[str, Any]) -> None:
        self.seq = -1  # of the last update heard
        self.connections = 0  # so far
        self._client = client
        self._key = key
        self._secret = secret
        self._heard = heard
        self._query = query
        self._socket: WebSocket | None = None
        self._connected = trio.Event()
        self._waiters: dict[int, Asked] = {}
        self._asked = 0

    async def ask(self, method: str, params: dict[str, Any], timeout_s: float = TIMEOUT_S) -> Any:
        """The result. Raises ApiError; NoAnswer when the connection was lost or nothing came in time (see its `sent`)."""
        asked = await self.begin(method, params, timeout_s)
        try:
            return await asked.result(timeout_s)
        finally:
            self._waiters.pop(asked.number, None)

    async def begin(self, method: str, params: dict[str, Any], timeout_s: float = TIMEOUT_S) -> Asked:
        """Send it and return: what is begun after it reaches the exchange after it. Raises NoAnswer."""
        self._asked += 1
        number, asked, sent = self._asked, Asked(self._asked), False
        try:
            with trio.fail_after(timeout_s):
                while self._socket is None:
                    await self._connected.wait()
                self._waiters[number] = asked
                sent = True
                await self._socket.send(msgspec.json.encode({"id": number, "method": method, "params": params}).decode())
        except (SocketClosed, trio.TooSlowError) as error:
            self._waiters.pop(number, None)
            raise NoAnswer(repr(error), sent) from error
        return asked

    async def run(self) -> None:
        """Until cancelled. Raises ApiError when the exchange will not have us."""
        patience = Patience(float("inf"))
        while True:
            try:
                socket = await self._open()
            except NoAnswer:
                await patience.pause()
                continue
            except ApiError as error:
                if error.status in FORBIDDEN or error.status == 401:
                    raise
                await patience.pause()
                continue
            patience.restart()
            self._socket = socket
            self.connections += 1
            self._connected.set()
            try:
                while True:
                    for message in await socket.receive():
                        self._hear(msgspec.json.decode(message))
            except SocketClosed as closed:
                self._drop(repr(closed))
            finally:
                self._drop("the session has ended")
                await socket.aclose()
            await patience.pause()

    def _drop(self, why: str) -> None:
        self._socket = None
        self._connected = trio.Event()
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters.values():
            waiter.lost = why
            waiter.done.set()

    async def _open(self) -> WebSocket:
        try:
            return await self._shake_hands()
        except ApiError as error:
            if error.code != STALE or not await self._client.set_clock():
                raise
        return await self._shake_hands()

    async def _shake_hands(self) -> WebSocket:
        """Raises NoAnswer and ApiError."""
        query = urlencode(self._query | ({"after": self.seq} if self.seq >= 0 else {}))
        now_ms, nonce = self._client.clock.now_ms(), secrets.token_hex(12)
        headers = signed_headers(self._key, self._secret, now_ms, nonce, "GET", PATH, query, b"")
        target = f"{PATH}?{query}" if query else PATH
        try:
            return await open_socket(self._client.base.replace("http", "ws", 1), target, headers, CONNECT_S)
        except Rejected as rejected:
            try:
                body = msgspec.json.decode(rejected.body, type=dict[str, Any])
            except msgspec.DecodeError:
                body = {"code": "NOT_JSON", "message": rejected.body[:200].decode("latin-1")}
            raise ApiError(rejected.status, body) from rejected

    def _hear(self, message: dict[str, Any]) -> None:
        if "e" not in message:
            waiter = self._waiters.pop(message["id"], None) if type(message.get("id")) is int else None
            if waiter is not None:
                waiter.answer = message
                waiter.done.set()
            return
        if message["e"] == "updates":
            for update in message["updates"]:
                self._hear(update)
            return
        if message["e"] != "snapshot":
            if self.seq >= 0 and message["seq"] <= self.seq:
                return
            assert self.seq < 0 or message["seq"] == self.seq + 1, (self.seq, message)
        self.seq = message["seq"]
        if self._heard is not None:
            self._heard(message)


@asynccontextmanager
async def open_session(
    base: str, key: str, secret: str, *, heard: Heard | None = None, after: int = -1, cancel_on_disconnect: bool = False
) -> AsyncIterator[Session]:
    """`base`: "http://host:port". `heard` gets every update, as the API writes it, without waiting; without it none is asked
    for. `after`: resume there.

    With `cancel_on_disconnect` the exchange cancels all of the account's orders when this session ends, however it ends; that
    includes a connection that is lost and made again.
    """
    client = Client(base)
    query = {"updates": "none" if heard is None else "joined"} | (
        {"cancelOnDisconnect": "true"} if cancel_on_disconnect else {}
    )
    session = Session(client, key, secret, heard, query)
    session.seq = after
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.run)
            yield session
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await client.aclose()
