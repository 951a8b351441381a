"""Calls to other processes: connections are kept, every call has a deadline, a doubt is Unknown."""

from dataclasses import dataclass, field

import h11
import trio

from tradewind.adapters.http_wire import Broken, Overlong, Wire
from tradewind.ports.errors import Unavailable, Unknown

IDLE_S = 30.0  # shorter than the server keeps an idle connection, so that we are the ones who close it
IDLE_MAX = 8
CONCURRENT_MAX = 64
PEERS_MAX = 256
DEADLINE_S_MAX = 3_600.0
assert IDLE_MAX <= CONCURRENT_MAX

TOKEN = b"x-internal-token"
DEADLINE = b"x-deadline-ms"
SURELY_NOT_HANDLED = frozenset((401, 404, 405, 413, 503))


@dataclass
class Peer:
    """Connections to one address: those that rest, with the instant since when, and a limit to those in use."""

    idle: list[tuple[Wire, float]] = field(default_factory=list)
    slots: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(CONCURRENT_MAX))


class HttpClient:
    def __init__(self, token: bytes, body_bytes_max: int) -> None:
        self._token = token
        self._body_bytes_max = body_bytes_max
        self._peers: dict[str, Peer] = {}

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        """See ports.network.Network.call. `deadline_s` is from now."""
        assert len(body) <= self._body_bytes_max and deadline_s < DEADLINE_S_MAX, (path, len(body), deadline_s)
        attempt = _Attempt(trio.current_time() + deadline_s)
        with trio.move_on_at(attempt.deadline):
            async with self._peer(address).slots:
                return await self._exchange(address, path, body, attempt)
        raise (Unknown if attempt.sent else Unavailable)(f"{address}{path}: no answer within {deadline_s} s")

    def close(self) -> None:
        for peer in self._peers.values():
            for wire, _ in peer.idle:
                wire.close()
        self._peers.clear()

    def _peer(self, address: str) -> Peer:
        if address not in self._peers and len(self._peers) >= PEERS_MAX:
            for old in [name for name, peer in self._peers.items() if not peer.slots.borrowed_tokens]:
                for wire, _ in self._peers.pop(old).idle:
                    wire.close()
        return self._peers.setdefault(address, Peer())

    async def _exchange(self, address: str, path: str, body: bytes, attempt: "_Attempt") -> bytes:
        wire = self._rested(address) or await _connect(address)
        request = h11.Request(
            method="POST",
            target=path,
            headers=[
                (b"host", address.encode()),
                (TOKEN, self._token),
                (DEADLINE, b"%d" % max(0, int((attempt.deadline - trio.current_time()) * 1_000))),
                (b"content-length", b"%d" % len(body)),
            ],
        )
        kept = False
        try:
            attempt.sent = True
            await wire.stream.send_all(wire.pack(request, body))
            response = await wire.next_event()
            if not isinstance(response, h11.Response):
                raise Broken("no response")
            answer = await wire.body(self._body_bytes_max)
            kept = wire.recycle()
        except (Broken, Overlong, h11.ProtocolError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise Unknown(f"{address}{path}: {error}") from error
        finally:
            self._rest(address, wire) if kept else wire.close()
        if response.status_code == 200:
            return answer
        failure = Unavailable if response.status_code in SURELY_NOT_HANDLED else Unknown
        raise failure(f"{address}{path}: {response.status_code} {answer[:200].decode(errors='replace')}")

    def _rested(self, address: str) -> Wire | None:
        idle = self._peer(address).idle
        while idle:
            wire, since = idle.pop()
            if trio.current_time() - since < IDLE_S and wire.lies_quiet():
                return wire
            wire.close()
        return None

    def _rest(self, address: str, wire: Wire) -> None:
        peer = self._peers.get(address)
        if peer is None or len(peer.idle) >= IDLE_MAX:
            wire.close()
        else:
            peer.idle.append((wire, trio.current_time()))


@dataclass
class _Attempt:
    deadline: float  # trio's clock
    sent: bool = False


async def _connect(address: str) -> Wire:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        await trio.lowlevel.checkpoint()
        raise Unavailable(f"{address!r} is no address")
    try:
        return Wire(await trio.open_tcp_stream(host.strip("[]"), int(port)), h11.CLIENT)
    except OSError as error:
        raise Unavailable(f"{address}: {error}") from error
