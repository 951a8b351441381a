"""A door in front of the exchange that loses what a network may lose: answers, requests, or every connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio

from tests.e2e.child import ExchangeChild

PIECE = 65_536


class Cutter:
    """`base` is what clients are told. Of the connections that stand when it is asked, and of those after."""

    def __init__(self, target: str, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.cuts = 0
        self._target = urlsplit(target)
        self._lose_answers = 0
        self._lose_requests = 0
        self._streams: list[trio.SocketStream] = []

    def lose_answer(self) -> None:
        """The next answer does not come: its connection ends instead."""
        self._lose_answers += 1

    def lose_request(self) -> None:
        """The next request does not arrive, and the client cannot know that."""
        self._lose_requests += 1

    async def cut(self) -> None:
        """Every connection ends now."""
        streams, self._streams = self._streams, []
        for stream in streams:
            await trio.aclose_forcefully(stream)
        self.cuts += 1

    async def serve(self, client: trio.SocketStream) -> None:
        assert self._target.hostname and self._target.port
        try:
            server = await trio.open_tcp_stream(self._target.hostname, self._target.port)
        except OSError:  # it is down: so are we
            await trio.aclose_forcefully(client)
            return
        self._streams += [client, server]
        async with trio.open_nursery() as nursery:

            async def pump(source: trio.SocketStream, sink: trio.SocketStream, *, request: bool) -> None:
                try:
                    while piece := await source.receive_some(PIECE):
                        if request and self._lose_requests:
                            self._lose_requests -= 1
                            break
                        if not request and self._lose_answers:
                            self._lose_answers -= 1
                            break
                        await sink.send_all(piece)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    pass
                nursery.cancel_scope.cancel()

            nursery.start_soon(lambda: pump(client, server, request=True))
            nursery.start_soon(lambda: pump(server, client, request=False))
        for stream in (client, server):
            await trio.aclose_forcefully(stream)


@asynccontextmanager
async def cutter(exchange: ExchangeChild) -> AsyncIterator[Cutter]:
    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        door = Cutter(exchange.public, listener.socket.getsockname()[1])
        nursery.start_soon(trio.serve_listeners, door.serve, [listener])
        yield door
        nursery.cancel_scope.cancel()
