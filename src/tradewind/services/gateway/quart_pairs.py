"""The parts of Quart that the gateway replaces, by Quart's own hooks, on both Quart pairs (0.22 and 0.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio
from quart import Response
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioWebsocket
from quart_trio.wrappers import websocket as wrappers

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# Messages of one peer that its handler has not taken yet; then we stop reading from that peer.
UNREAD_MAX = 16
# Where a request's scope keeps its body: Quart's own way to it costs three waits, for bytes that are there.
WHOLE_BODY = "tradewind.body"
FAILURE = "tradewind.failure"


class Lean:
    """An answer as it goes out: Quart's own costs as much as the handler of an order."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int, headers: dict[str, str], content_type: str) -> None:
        self.body = body
        self.status = status
        self.headers = {**headers, "content-type": content_type, "content-length": str(len(body))}

    async def send(self, send: Send) -> None:
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


Answered = Lean | Response
Straight = Callable[[Any], Awaitable[Answered] | None]


class WholeRequest(TrioASGIHTTPConnection):
    """Reads the whole body, then runs the handler, all in one task: about a fifth of a bare request's cost less.

    Quart runs two more tasks per request to stream the body and to cancel the handler when its client leaves. Our bodies
    are short, and an order that has been received is carried out whether or not its client waits for the answer.

    `straight` may answer a scope without Quart's request, contexts and routing, which cost twice what most handlers do. What it
    has no answer for, and what fails in it, is Quart's.
    """

    straight: Straight | None = None

    async def __call__(self, receive: Receive, send: Send) -> None:
        pieces = []
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # left in mid-request: nothing has been asked of us
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        whole = b"".join(pieces)
        scope: Any = self.scope
        scope[WHOLE_BODY] = whole
        answering = None if self.straight is None else self.straight(scope)
        if answering is not None:
            try:
                answered = await answering
            except Exception as failure:
                scope[FAILURE] = failure  # the view raises it: Quart tells and answers
            else:
                await (answered.send(send) if isinstance(answered, Lean) else self._send_response(send, answered))
                return
        request = self._create_request_from_scope(send)
        body: Any = request.body
        body.set_result(whole)
        await self._send_response(send, await self.app.handle_request(request))


def _bounded() -> type[TrioWebsocket]:
    """Quart 0.23 keeps what a peer says without limit; 0.22 keeps ten messages and has no such class."""
    unbounded: Any = getattr(wrappers, "TrioBuffer", None)
    if unbounded is None:
        return TrioWebsocket

    class BoundedBuffer(unbounded):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._queue._send, self._queue._receive = trio.open_memory_channel[bytes | str](UNREAD_MAX)

    class BoundedWebsocket(TrioWebsocket):
        buffer_class = BoundedBuffer

    return BoundedWebsocket


def fit(app: QuartTrio, straight: Straight | None = None) -> None:
    """Make `app` use these parts. MAX_CONTENT_LENGTH stays the app's, within the server's own limit."""

    class Fitted(WholeRequest):
        pass

    if straight is not None:
        Fitted.straight = staticmethod(straight)
    app.asgi_http_class = Fitted
    app.websocket_class = _bounded()
