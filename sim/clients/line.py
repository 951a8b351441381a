"""One client's line to one server: requests and sockets, its patience with them, and what it makes of an answer."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import trio

from sim.clients.doors import NOT_DONE, TIMEOUT_S, UNKNOWN, Heard
from sim.clients.signing import Headers, signed_headers
from sim.cluster import Cluster
from sim.front import Credentials
from sim.kernel.incarnation import Incarnation
from sim.kernel.node import Node
from sim.models.ways import Way
from sim.web.client import AsgiClient, Closed, Rejected, Response

T = TypeVar("T")


class Line:
    """For one life of the client's node."""

    def __init__(self, cluster: Cluster, life: Incarnation, server: Node, address: str) -> None:
        self.cluster = cluster
        self.node = life.node
        way = Way(cluster.kernel, cluster.faults.network, life.node, life.number, server.name)
        self.http = AsgiClient(cluster.kernel, server, address, way.delay_ns, way.passes, way.breaks)
        self._life = life
        self._sent = 0

    def signature(self, who: Credentials, method: str, target: str, body: bytes) -> Headers:
        """Under a nonce of its own."""
        self._sent += 1
        nonce = f"{self.node.replace('/', '-')}.{self._life.number}.{self._sent}"
        return signed_headers(who, method, target, body, self.cluster.kernel.node(self.node).wall.now(), nonce)

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T | Heard:
        """What `ask` returns, or NOT_DONE or UNKNOWN if there was no answer."""
        try:
            with trio.move_on_after(TIMEOUT_S):
                return await ask()
        except (ConnectionRefusedError, Rejected):
            return NOT_DONE
        except (ConnectionResetError, Closed):
            return UNKNOWN
        self.cluster.marks.count("client's patience ended")
        return UNKNOWN

    async def send(self, method: str, target: str, headers: Headers, fields: dict[str, Any] | None) -> Heard:
        body = b"" if fields is None else json.dumps(fields).encode()
        headers = [*headers, ("Content-Type", "application/json")] if body else headers
        answer = await self.patiently(partial(self.http.request, method, target, headers, body))
        return answer if isinstance(answer, Heard) else heard_of(answer)


def heard_of(answer: Response) -> Heard:
    shown = json.loads(answer.body) if answer.body else {}
    if answer.status == 200:
        several = shown.get("results", shown.get("orders")) if isinstance(shown, dict) else shown
        shown = [shown] if several is None else several
        return Heard("", tuple(one["orderId"] for one in shown if "orderId" in one))
    if answer.status in (503, 429):
        return NOT_DONE
    if answer.status >= 500:
        return UNKNOWN
    return Heard(str(shown["code"]))
