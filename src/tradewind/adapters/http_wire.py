"""One HTTP/1.1 connection: h11 over a trio stream, for either end."""

import h11
import trio

RECEIVE_BYTES = 65_536
HEAD_BYTES_MAX = 16_384

Headers = list[tuple[bytes, bytes]]


class Overlong(Exception):
    """The peer's body is longer than we take."""


class Broken(Exception):
    """The connection ended in the middle of a message."""


class Wire:
    def __init__(self, stream: trio.SocketStream, role: type[h11.CLIENT] | type[h11.SERVER]) -> None:
        self.stream = stream
        self.http = h11.Connection(role, max_incomplete_event_size=HEAD_BYTES_MAX)

    async def next_event(self) -> h11.Event:
        """Raises h11.RemoteProtocolError, trio.BrokenResourceError, trio.ClosedResourceError."""
        while True:
            event = self.http.next_event()
            if isinstance(event, h11.Event):
                return event
            if event is h11.PAUSED:
                raise Broken("a message began before the last one ended")
            self.http.receive_data(await self.stream.receive_some(RECEIVE_BYTES))

    async def body(self, limit: int) -> bytes:
        """The rest of the message whose head has just been read. Raises Overlong, Broken and what next_event raises."""
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > limit:
                    raise Overlong(f"more than {limit} bytes")
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            else:
                raise Broken("the connection ended within a body")

    def pack(self, head: h11.Request | h11.Response, body: bytes) -> bytes:
        """A whole message, so that it leaves in one segment."""
        parts = [self.http.send(head), self.http.send(h11.Data(data=body)), self.http.send(h11.EndOfMessage())]
        return b"".join([part for part in parts if part])

    def recycle(self) -> bool:
        """Make ready for the next message; False when the connection can't carry another."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            return True
        return False

    def lies_quiet(self) -> bool:
        """Whether an idle connection is still open: nothing was asked, so anything readable is its end."""
        try:
            return not self.stream.socket.is_readable() and not self.http.trailing_data[0]
        except OSError:
            return False

    def close(self) -> None:
        self.stream.socket.close()


def header(headers: object, name: bytes) -> bytes:
    """A header's value, b"" when it is missing. `name` in lower case."""
    for key, value in headers:  # type: ignore[attr-defined]
        if key == name:
            return bytes(value)
    return b""
