"""A contract suite in a simulated world: each of its tests runs inside a kernel, on virtual time."""

import inspect
from collections.abc import Callable
from typing import Any

import trio
import trio.testing

from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World as Kernel
from sim.zoo.patching import patched
from tradewind.messages.topology import Topology
from tradewind.runtime.limits import Limits


async def _sleep(_: Incarnation) -> None:
    await trio.sleep_forever()


class Nodes:
    """A database, a broker and a network, and as many processes before them as a test wants."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.cluster = Cluster(kernel, Topology(), Limits())
        self._count = 0

    def life(self) -> Incarnation:
        self._count += 1
        return self.kernel.node(f"node/{self._count}").start(_sleep)


def simulated(*contracts: type, world: Callable[[Nodes], object], without: tuple[str, ...] = (), seed: int = 1) -> type:
    """A test class with every test of `contracts` but those `without`; `world` makes what they ask for, of whichever name."""

    def in_a_kernel(contract: type, name: str) -> Callable[[object], None]:
        def test(self: object) -> None:
            kernel = Kernel(seed)
            body: Any = getattr(contract(), name)
            [asked_for] = inspect.signature(body).parameters

            async def main() -> None:
                await body(**{asked_for: world(Nodes(kernel))})

            async def settle(cushion_s: float = 0.0) -> None:
                # Tasks are blocked at once; what they have sent arrives only when time passes.
                await kernel.sleep(int(cushion_s * 1e9))

            with patched(trio.testing, "wait_all_tasks_blocked", settle):
                ran = kernel.run(main)
            assert ran.clean, (ran.findings, ran.crashes)

        return test

    named = {name: contract for contract in contracts for name in dir(contract) if name.startswith("test_")}
    assert named and set(without) <= set(named), without
    return type("Simulated", (), {name: in_a_kernel(named[name], name) for name in named if name not in without})
