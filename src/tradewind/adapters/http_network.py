"""Calls between our own processes over plain HTTP/1.1, and the probes that every process answers on the same listener."""

import hmac
import logging
from collections.abc import Awaitable, Callable

import h11
import trio

from tradewind.adapters.http_client import DEADLINE, TOKEN, HttpClient
from tradewind.adapters.http_wire import HEAD_BYTES_MAX, Broken, Overlong, Wire, header
from tradewind.messages.codec import MESSAGE_BYTES_MAX
from tradewind.ports.errors import PortError
from tradewind.ports.network import Handler

CONNECTIONS_MAX = 1_024
REQUEST_S = 60.0  # for the next request to come, whole
HANDLER_S = 30.0  # when the caller names no deadline
LISTEN_BACKLOG = 128

Probe = Callable[[], Awaitable[tuple[int, str, bytes]]]  # status, content type, body
Answer = tuple[int, str, bytes]
log = logging.getLogger(__name__)


class HttpNetwork:
    """Implements ports.network.Network; `run` must be running to answer, not to call.

    Trust rests on `token`, which both ends know, and on a network that nobody else reads: there is no encryption.
    """

    def __init__(
        self,
        token: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        advertised_host: str = "",
        body_bytes_max: int = MESSAGE_BYTES_MAX,
    ) -> None:
        """Listen on `host`:`port` (0: any free one); others reach us at `advertised_host`, by default `host`."""
        assert token, "an empty token would let everybody in"
        self._token = token.encode()
        self._host = host
        self._port = port
        self._advertised_host = advertised_host or host
        self._body_bytes_max = body_bytes_max
        self._address = ""
        self._calls: dict[str, Handler] = {}
        self._probes: dict[str, Probe] = {}
        self._client = HttpClient(self._token, body_bytes_max)
        self._connections = trio.CapacityLimiter(CONNECTIONS_MAX)

    @property
    def address(self) -> str:
        return self._address

    def near(self, path: str) -> Handler | None:
        return self._calls.get(path)

    def serve(self, path: str, handler: Handler) -> None:
        self._calls[path] = handler

    def get(self, path: str, probe: Probe) -> None:
        """Answer GET `path` without a token: for liveness, readiness and metrics."""
        self._probes[path] = probe

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        return await self._client.call(address, path, body, deadline_s)

    async def run(self, task_status: trio.TaskStatus["HttpNetwork"] = trio.TASK_STATUS_IGNORED) -> None:
        """Answer until cancelled. Started once `address` is real. Raises OSError when the port is taken."""
        listeners = await trio.open_tcp_listeners(self._port, host=self._host, backlog=LISTEN_BACKLOG)
        port = listeners[0].socket.getsockname()[1]
        self._address = (
            f"[{self._advertised_host}]:{port}" if ":" in self._advertised_host else f"{self._advertised_host}:{port}"
        )
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(trio.serve_listeners, self._attend, listeners)
                task_status.started(self)
        finally:
            self._address = ""
            self._client.close()

    async def _attend(self, stream: trio.SocketStream) -> None:
        """One connection. Whatever goes wrong on it ends it, and only it."""
        wire = Wire(stream, h11.SERVER)
        try:
            self._connections.acquire_on_behalf_of_nowait(wire)
        except trio.WouldBlock:
            wire.close()
            return
        try:
            while await self._turn(wire) and wire.recycle():
                pass
        except (Broken, h11.LocalProtocolError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the peer has gone
        finally:
            self._connections.release_on_behalf_of(wire)
            wire.close()

    async def _turn(self, wire: Wire) -> bool:
        """One request and its answer; False when the connection is over."""
        answer: Answer = (408, "text/plain", b"the request did not come in time")
        request = None
        try:
            with trio.move_on_after(REQUEST_S) as patience:
                request = await wire.next_event()
                if not isinstance(request, h11.Request):
                    return False
                refusal = self._refusal(request)
                body = await wire.body(self._body_limit(refusal))
                patience.deadline = float("inf")
                answer = refusal or await self._answer(request, body)
        except Overlong as error:
            answer = (413, "text/plain", str(error).encode())
        except h11.RemoteProtocolError as error:
            answer = (error.error_status_hint, "text/plain", str(error).encode())
        if request is None and answer[0] == 408:
            return False  # it was only idle
        with trio.move_on_after(REQUEST_S):
            await wire.stream.send_all(wire.pack(_head(answer), answer[2]))
            return True
        return False

    def _body_limit(self, refusal: Answer | None) -> int:
        """Even a refused body is read: closing with bytes unread would reset the connection and lose the answer."""
        return HEAD_BYTES_MAX if refusal is not None and refusal[0] == 401 else self._body_bytes_max

    def _refusal(self, request: h11.Request) -> Answer | None:
        """Judged by the head alone. The token comes first: strangers learn no paths. Raises Overlong."""
        path = request.target.decode("ascii", errors="replace")
        if request.method == b"GET":
            return None if path in self._probes else (404, "text/plain", b"no such page")
        if not hmac.compare_digest(header(request.headers, TOKEN), self._token):
            return (401, "text/plain", b"the internal token is missing or wrong")
        if request.method != b"POST":
            return (405, "text/plain", b"only GET and POST")
        if path not in self._calls:
            return (404, "text/plain", b"not served here")
        length = header(request.headers, b"content-length")
        if length.isdigit() and int(length) > self._body_bytes_max:
            raise Overlong(f"more than {self._body_bytes_max} bytes")
        return None

    async def _answer(self, request: h11.Request, body: bytes) -> Answer:
        path = request.target.decode("ascii")
        asked_ms = header(request.headers, DEADLINE)
        seconds = min(int(asked_ms) / 1_000, HANDLER_S) if asked_ms.isdigit() else HANDLER_S
        try:
            with trio.move_on_after(seconds):
                if request.method == b"GET":
                    return await self._probes[path]()
                return (200, "application/octet-stream", await self._calls[path](body))
        except PortError as error:
            return (503, "text/plain", str(error).encode())
        except Exception:
            # This is where connections are supervised: a fault in one handler must not take the probes of all others down.
            log.exception("the handler of %s failed", path)
            return (500, "text/plain", b"the handler failed")
        return (504, "text/plain", b"the deadline passed")


def _head(answer: Answer) -> h11.Response:
    headers = [(b"content-type", answer[1].encode()), (b"content-length", b"%d" % len(answer[2]))]
    return h11.Response(status_code=answer[0], headers=headers)
