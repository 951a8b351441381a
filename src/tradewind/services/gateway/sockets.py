"""One WebSocket for the gateway's handlers, the same on both Quart pairs."""

import trio
from quart import Websocket
from quart.wrappers import base

# Quart 0.23 tells a handler by this exception; 0.22, which has no such name, by cancelling it.
_GONE: tuple[type[Exception], ...] = (OSError, getattr(base, "ClientDisconnectedError", OSError))


class PeerGone(Exception):
    """The peer has left: nothing more will come, nothing more can be said."""


class Socket:
    """Quart's websocket with one way to hear that the peer has gone.

    Quart also cancels the handler when the peer goes, on either pair and perhaps first; a handler that ends on PeerGone
    and cleans up without awaiting is right in both cases.
    """

    def __init__(self, websocket: Websocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes:
        """The next message, as the peer framed it. Raises PeerGone."""
        try:
            # Quart hands over None for an empty binary message.
            return await self._websocket.receive() or ""
        except _GONE as gone:
            raise PeerGone from gone

    async def send(self, text: str) -> None:
        """Return when the socket has taken `text`; always a checkpoint, so that a push loop can't spin. Raises PeerGone."""
        await trio.lowlevel.checkpoint()
        try:
            await self._websocket.send(text)
        except _GONE as gone:
            raise PeerGone from gone
