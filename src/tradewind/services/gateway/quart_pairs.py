"""The parts of Quart that the gateway replaces, by Quart's own hooks, on both Quart pairs (0.22 and 0.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio
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


class WholeRequest(TrioASGIHTTPConnection):
    """Reads the whole body, then runs the handler, all in one task: about a fifth of a bare request's cost less.

    Quart runs two more tasks per request to stream the body and to cancel the handler when its client leaves. Our bodies
    are short, and an order that has been received is carried out whether or not its client waits for the answer.
    """

    async def __call__(self, receive: Receive, send: Send) -> None:
        request = self._create_request_from_scope(send)
        body: Any = request.body
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


def fit(app: QuartTrio) -> None:
    """Make `app` use these parts. MAX_CONTENT_LENGTH stays the app's, within the server's own limit."""
    app.asgi_http_class = WholeRequest
    app.websocket_class = _bounded()
