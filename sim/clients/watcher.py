"""A subscriber: connects as API.md says, keeps what it is pushed, and connects again after whatever may end a connection.

It looks for a dead server once a second (as a WebSocket ping would), begins a public channel with its snapshot and its private
feed with `?after=` the last number that it has. A gap that nobody told it of is a finding; being told (1013) is not.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import trio

from sim.clients.doors import TIMEOUT_S
from sim.clients.signing import signed_headers
from sim.clients.views import AccountView, BookView, Gap, TradesView
from sim.cluster import Cluster
from sim.front import Credentials
from sim.kernel.incarnation import Incarnation
from sim.models.links import MILLISECOND_NS
from sim.models.ways import Way
from sim.plan import Watch
from sim.web.client import AsgiClient, Closed, Rejected, WebSocket

PRIVATE = "private"  # the one channel of a private socket
AGAIN_NS = 150 * MILLISECOND_NS
LOOK_NS = 1_000 * MILLISECOND_NS
BUFFERED = 2  # frames that wait in its socket: few, so that a reader is soon a slow one


@dataclass(frozen=True)
class Pushed:
    """One frame of a channel. `at_ns`, in the world's time, is when it came in; a slow reader may read it much later."""

    channel: str
    snapshot: bool
    shown: dict[str, Any]
    at_ns: int


@dataclass
class Watcher:
    """What it was pushed survives the deaths of its node."""

    watch: Watch
    cluster: Cluster
    who: Credentials | None
    pushed: list[Pushed] = field(default_factory=list)
    views: dict[str, BookView | TradesView | AccountView] = field(default_factory=dict)
    connections: int = 0
    locked_out: bool = False  # by a key that is no longer any good

    def __post_init__(self) -> None:
        self._kernel = self.cluster.kernel
        self._server = self._kernel.node(self.watch.gateway)
        for channel in self.channels:
            kind = channel.rpartition(".")[2]
            self.views[channel] = BookView() if kind == "book" else TradesView() if kind == "trades" else AccountView()

    @property
    def channels(self) -> tuple[str, ...]:
        return (PRIVATE,) if self.watch.account else self.watch.channels

    def start(self) -> None:
        self._kernel.node(self.watch.name).start(self._live)

    async def _live(self, life: Incarnation) -> None:
        deaf, hang_up = self.cluster.faults.clients.deaf, self.cluster.faults.clients.hang_up
        way = Way(self._kernel, self.cluster.faults.network, life.node, life.number, self._server.name)
        address = f"198.51.100.{1 + crc32(self.watch.name.encode()) % 250}"
        client = AsgiClient(self._kernel, self._server, address, way.delay_ns, way.passes, way.breaks, BUFFERED)
        while not self.locked_out:
            if self.watch.name in deaf:
                await deaf[self.watch.name].wait()
            async with trio.open_nursery() as nursery:
                hang_up[self.watch.name] = nursery.cancel_scope.cancel
                nursery.start_soon(self._look_out, nursery.cancel_scope)
                try:
                    await self._connect(client, life)
                except (ConnectionError, Rejected, Closed) as end:
                    self._note(end)
                nursery.cancel_scope.cancel()
            await self._kernel.sleep(AGAIN_NS)

    def _note(self, end: Exception) -> None:
        match end:
            case Closed(code=code):
                self.cluster.marks.count(f"subscriber closed: {code}")
            case Rejected(status=401, body=body) if b"BAD_SIGNATURE" in body:
                self.locked_out = True
                self.cluster.marks.count("subscriber locked out")
            case Rejected(status=status) if status not in (401, 503):
                self._kernel.report("A12 feeds", f"{self.watch.name}: its upgrade is refused with {status}: {end}")

    async def _look_out(self, scope: trio.CancelScope) -> None:
        """A server that has died says nothing any more."""
        at_first = self._server.incarnation
        while self._server.incarnation is at_first:
            await self._kernel.sleep(LOOK_NS)
        self.cluster.marks.count("subscriber found its gateway gone")
        scope.cancel()

    async def _connect(self, client: AsgiClient, life: Incarnation) -> None:
        self.connections += 1
        for view in self.views.values():
            view.seq = None
        socket: WebSocket | None = None
        with trio.move_on_after(TIMEOUT_S):  # on a way that is cut nobody answers
            socket = await (self._open_private(client, life) if self.watch.account else client.websocket("/ws"))
        if socket is None:
            self.cluster.marks.count("subscriber found no way")
            return
        try:
            for channel in self.watch.channels:
                await socket.send(json.dumps({"op": "subscribe", "channel": channel}))
            await self._read(socket)
        finally:
            socket.close()

    async def _open_private(self, client: AsgiClient, life: Incarnation) -> WebSocket:
        assert self.who is not None
        view = self.views[PRIVATE]
        resumes = view.reached > 0
        target = "/ws/private" + (f"?after={view.reached}" if resumes else "")
        nonce = f"{life.node.replace('/', '-')}.{life.number}.{self.connections}"
        now_ns = self._kernel.node(life.node).wall.now()
        socket = await client.websocket(target, signed_headers(self.who, "GET", target, b"", now_ns, nonce))
        if resumes:
            view.begin(view.reached)
            self.cluster.marks.count("private feed resumed")
        return socket

    async def _read(self, socket: WebSocket) -> None:
        deaf = self.cluster.faults.clients.deaf
        while True:
            if self.watch.name in deaf:
                await deaf[self.watch.name].wait()
            shown = json.loads(await socket.receive())
            try:
                again = self._take(shown, socket.arrived_ns)
            except Gap as gap:
                self._kernel.report("A12 feeds", f"{self.watch.name}, connection {self.connections}: {gap}: {shown}")
                return
            if again:
                return

    def _take(self, shown: dict[str, Any], at_ns: int) -> bool:
        """True when it is better to begin again. Raises Gap."""
        if shown.get("type") == "error":
            if shown["code"] != "UNKNOWN_SYMBOL":  # not listed yet
                self._kernel.report("A12 feeds", f"{self.watch.name} is told {shown}")
            return True
        channel = PRIVATE if "e" in shown else shown.get("channel", "")
        snapshot = "snapshot" in (shown.get("type"), shown.get("e"))
        if shown.get("type") == "subscribed":
            return False
        self.pushed.append(Pushed(channel, snapshot, shown, at_ns))
        if channel not in self.views:
            raise Gap(f"nobody subscribed to {channel}")
        view = self.views[channel]
        if snapshot:
            view.snapshot(shown)
            self.cluster.marks.count("snapshot after missed updates" if shown.get("resync") else "snapshot at subscription")
        else:
            view.delta(shown)
        return False
