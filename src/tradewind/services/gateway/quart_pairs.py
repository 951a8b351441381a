"""The parts of Quart that the gateway replaces, by Quart's own hooks, on both Quart pairs (0.22 and 0.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, cast

import trio
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioWebsocket
from quart_trio.wrappers import websocket as wrappers

from tradewind.services.gateway.respond import Answered
from tradewind.services.gateway.strict import BODY_BYTES_MAX

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# Messages of one peer that its handler has not taken yet; then we stop reading from that peer.
UNREAD_MAX = 16
# Where a request's scope keeps its body: Quart's own way to it costs three waits, for bytes that are there.
WHOLE_BODY = "tradewind.body"

Handled = Callable[[Any, bytes], Awaitable[Answered]]  # an ASGI scope and the whole body


class WholeRequest(TrioASGIHTTPConnection):
    """Reads the whole body, then runs the handler, all in one task: about a fifth of a bare request's cost less.

    Quart runs two more tasks per request to stream the body and to cancel the handler when its client leaves. Our bodies
    are short, and an order that has been received is carried out whether or not its client waits for the answer.

    What stands in `direct`, by method and path, has no use for Quart's request context, routing and response either: another
    sixth of an order's cost. Everything else about HTTP (unknown paths, methods, HEAD, pages) is Quart's.
    """

    direct: ClassVar[Mapping[tuple[str, str], Handled]] = {}

    async def __call__(self, receive: Receive, send: Send) -> None:
        scope: Any = self.scope
        whole = await _whole(receive)
        if whole is None:
            return  # left in mid-request: nothing has been asked of us
        handled = self.direct.get((scope["method"], scope["path"]))
        if handled is not None:
            await _send(send, await handled(scope, whole))
            return
        request = self._create_request_from_scope(send)
        body: Any = request.body
        scope[WHOLE_BODY] = whole
        body.set_result(whole)
        await self._send_response(send, await self.app.handle_request(request))


async def _whole(receive: Receive) -> bytes | None:
    """None when the peer has left. Of a body that is too long only as much is kept as shows that it is."""
    pieces: list[bytes] = []
    kept_bytes = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        piece = message.get("body", b"")
        if kept_bytes <= BODY_BYTES_MAX:
            pieces.append(piece)
            kept_bytes += len(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _send(send: Send, answered: Answered) -> None:
    headers = [(b"content-length", b"%d" % len(answered.body)), *answered.headers]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": answered.body, "more_body": False})


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


def fit(app: QuartTrio, direct: Mapping[tuple[str, str], Handled] | None = None) -> None:
    """Make `app` use these parts. MAX_CONTENT_LENGTH stays the app's, within the server's own limit."""
    direct = direct or {}
    app.asgi_http_class = cast(type[WholeRequest], type("WholeRequest", (WholeRequest,), {"direct": direct}))
    app.websocket_class = _bounded()
