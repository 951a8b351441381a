"""How fast the simulator's kernel is: timers, port calls and handler calls per second of real time.

Run it with `python -m benchmarks.sim_kernel`. A port call is what every model of a port costs: a question that arrives after a
latency at a model without a node, and its answer after another. A handler call also starts a task on the server's node.
"""

import gc
import time

import trio

from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World

CALLERS, CALLS = 100, 300
MICRO = 1000


def _measure(name: str, kind: str) -> None:
    world = World(1)
    clock = time.perf_counter

    async def caller(number: int) -> None:
        server = world.node("server")

        async def handler() -> int:
            return number

        for turn in range(CALLS):
            delay_ns = (number * 7919 + turn * 104_729) % (500 * MICRO)
            if kind == "timer":
                await world.sleep(delay_ns)
            elif kind == "trio":
                await trio.sleep(delay_ns / 1e9)
            elif kind == "ask":
                await world.ask(delay_ns, 100 * MICRO, int)
            else:
                await world.call(server, delay_ns, 100 * MICRO, handler)

    async def client(life: Incarnation) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(CALLERS):
                nursery.start_soon(caller, number)

    async def idle(life: Incarnation) -> None:
        await trio.sleep_forever()

    async def director() -> None:
        world.node("server").start(idle)
        life = world.node("client").start(client)
        await life.over.wait()

    began = clock()
    ran = world.run(director)
    took_s = clock() - began
    assert ran.clean, ran
    print(f"{name:28} {CALLERS * CALLS / took_s:>9,.0f} /s   {ran.steps:>7,} steps   {ran.now_ns / 1e9:7.3f} s virtual")


def main() -> None:
    """Print one line for each kind of wait."""
    gc.freeze()
    for name, kind in {
        "timers (world.sleep)": "timer",
        "timers (trio.sleep)": "trio",
        "port calls (world.ask)": "ask",
        "handler calls (world.call)": "call",
    }.items():
        _measure(name, kind)


if __name__ == "__main__":
    main()
