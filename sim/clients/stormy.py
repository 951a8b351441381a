"""A door through which one wish goes many times at once, while a retry storm lasts."""

import trio

from sim.clients.doors import UNKNOWN, Door, Heard
from sim.cluster import Cluster
from sim.plan import Op


class StormyDoor:
    """Whatever comes back of so many requests is one outcome: an order stands once or not at all."""

    def __init__(self, inner: Door, cluster: Cluster, node: str) -> None:
        self._inner = inner
        self._cluster = cluster
        self._node = node

    async def run(self) -> None:
        await self._inner.run()

    async def find(self, op: Op, name: str) -> Heard:
        return await self._inner.find(op, name)

    async def ask(self, op: Op, name: str, about: int) -> Heard:
        times = self._cluster.faults.clients.storm.get(self._node, 1)
        if times == 1:
            return await self._inner.ask(op, name, about)
        heard: list[Heard] = []

        async def once() -> None:
            heard.append(await self._inner.ask(op, name, about))

        async with trio.open_nursery() as nursery:
            for _ in range(times):
                nursery.start_soon(once)
        self._cluster.marks.count("request sent many times at once", times)
        if op.do in ("place", "repeat") and len({one.orders for one in heard if one.yes}) > 1:
            self._cluster.kernel.report("A10 idempotency", f"{self._node}: {op} sent {times} times at once became {heard}")
        return together(heard)


def together(heard: list[Heard]) -> Heard:
    """A yes stands, whatever the others were told; while one of them may still stand nobody knows; else any refusal will do."""
    yes = [one for one in heard if one.yes]
    if yes:
        return yes[0]
    doubts = [one for one in heard if not one.conclusive]
    if any(one.code == UNKNOWN.code for one in doubts):
        return UNKNOWN
    own = [one for one in heard if one.code != "REPLAYED_REQUEST"]
    return doubts[0] if doubts else own[0] if own else UNKNOWN
