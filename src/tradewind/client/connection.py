"""One HTTP/1.1 connection on trio, one request at a time."""

from dataclasses import dataclass

import h11
import trio

from tradewind.client.failures import NoAnswer

RECEIVE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """Opens at the first request, and again after a failure. Not for use by two tasks at once."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._stream: trio.SocketStream | None = None
        self._wire = h11.Connection(h11.CLIENT)

    async def request(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes, timeout_s: float
    ) -> Response:
        """Raises NoAnswer."""
        sent = False
        try:
            with trio.fail_after(timeout_s):
                stream = await self._open()
                head = [("Host", f"{self._host}:{self._port}"), ("Content-Length", str(len(body))), *headers]
                event = h11.Request(method=method, target=target, headers=head)
                wire = self._wire
                out = (wire.send(event) or b"") + (wire.send(h11.Data(data=body)) or b"" if body else b"")
                out += wire.send(h11.EndOfMessage()) or b""
                sent = True
                await stream.send_all(out)
                return await self._answer(stream)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError, h11.ProtocolError) as error:
            await self.aclose()
            raise NoAnswer(repr(error), sent) from error
        except BaseException:
            await self.aclose()
            raise

    async def _open(self) -> trio.SocketStream:
        if self._stream is None:
            self._stream = await trio.open_tcp_stream(self._host, self._port)
            self._stream.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
            self._wire = h11.Connection(h11.CLIENT)
        return self._stream

    async def _answer(self, stream: trio.SocketStream) -> Response:
        status, headers, parts = 0, {}, []
        while True:
            event = self._wire.next_event()
            if event is h11.NEED_DATA:
                received = await stream.receive_some(RECEIVE_BYTES)
                if not received:
                    raise trio.BrokenResourceError("closed by the server")
                self._wire.receive_data(received)
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
        if self._wire.our_state is h11.MUST_CLOSE or self._wire.their_state is not h11.DONE:
            await self.aclose()
        else:
            self._wire.start_next_cycle()
        return Response(status, headers, b"".join(parts))

    async def aclose(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await trio.aclose_forcefully(stream)
