"""A program that stirs trio as hard as it can, printed as one hash. test_kernel_determinism runs it in its own processes."""

import sys
from collections.abc import Callable

import trio

from sim.kernel import draws, policies
from sim.kernel.incarnation import Incarnation
from sim.kernel.result import RunResult
from sim.kernel.world import World

POLICIES: dict[str, Callable[[int], policies.Policy]] = {
    "random": policies.Shuffled,
    "fifo": lambda seed: policies.Fifo(),
    "pct": policies.Pct,
    "starve": lambda seed: policies.Starve(seed, "node/1"),
}
TASKS, NODES = 300, 3


async def _worker(world: World, me: int, lock: trio.Lock, send: trio.MemorySendChannel[int]) -> None:
    draw = world.draws("worker", me)
    for turn in range(4):
        match draws.below(draw, 5):
            case 0:
                await world.sleep(draws.below(draw, 10**6))
            case 1:
                async with lock:
                    await trio.sleep(draws.below(draw, 1000) / 1e6)
            case 2:
                with trio.move_on_after(draws.below(draw, 300) / 1e6):
                    await world.ask(10**5, 10**5, lambda: me)
            case 3:
                async with trio.open_nursery() as nursery:
                    for child in range(3):
                        nursery.start_soon(world.sleep, draws.below(draw, 10**5) + child)
                    if draws.chance(draw, 1, 2):
                        nursery.cancel_scope.cancel()
            case _:
                await send.send(me)
        world.trace("turn", me, turn)


async def _service(world: World, life: Incarnation) -> None:
    lock, (send, receive) = trio.Lock(), trio.open_memory_channel[int](2)

    async def reader() -> None:
        async for got in receive:
            world.trace("got", life.node, got)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        for me in range(TASKS // NODES):
            nursery.start_soon(_worker, world, me, lock, send)


def stress(seed: int, policy: str) -> RunResult:
    """300 tasks on three nodes, locks, cancellations, nested nurseries; kills, pauses and slowness in between."""
    world = World(seed, POLICIES[policy](seed), trace_max=100_000)

    async def director() -> None:
        nodes = [world.node(f"node/{number}") for number in range(NODES)]
        for node in nodes:
            node.start(lambda life: _service(world, life))
        await world.sleep(300_000)
        nodes[0].pause(200_000)
        nodes[1].kill()
        nodes[2].slow(1_000)
        await world.sleep(100_000)
        nodes[1].restart()
        await world.sleep(200_000)
        nodes[2].slow(0)
        await nodes[2].stop(10**9)
        await world.sleep(10**9)

    return world.run(director)


def leaky(seed: int) -> RunResult:
    """A planted leak: what the service does follows the order of a set of strings."""
    world = World(seed)

    names = frozenset(("ann", "bobby", "cy", "d", "evelyn"))

    async def director() -> None:
        for name in names:
            await world.sleep(len(name))

    return world.run(director)


if __name__ == "__main__" and sys.argv[1] == "leak":
    print(leaky(1).hash)
elif __name__ == "__main__":
    for each in POLICIES:
        shown = stress(int(sys.argv[1]), each)
        print(each, shown.steps, shown.hash, shown.now_ns, len(shown.trace), len(shown.crashes), len(shown.findings))
