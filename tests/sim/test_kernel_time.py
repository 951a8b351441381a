"""Virtual time: jumps, ties, wall clocks, and runs that cannot go on."""

from collections.abc import AsyncGenerator

import trio
import trio.testing

from sim.kernel.clock import EPOCH_2031_NS
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World

S = 10**9


def test_events_fire_in_order_and_ties_in_the_order_asked() -> None:
    world, seen = World(1), list[str]()

    async def director() -> None:
        world.after(2 * S, lambda: seen.append("late"))
        world.after(S, lambda: seen.append("first of two"))
        world.after(S, lambda: seen.append("second of two"))
        world.after(S, lambda: seen.append("never")).cancel()
        await world.sleep(3 * S)

    ran = world.run(director)
    assert seen == ["first of two", "second of two", "late"]
    assert ran.now_ns == 3 * S


def test_trio_deadlines_and_simulator_events_share_one_time() -> None:
    world, seen = World(1), list[int]()

    async def director() -> None:
        with trio.move_on_after(0.3):
            await world.sleep(S)
        seen.append(world.now_ns)
        await trio.sleep(0.1)
        seen.append(world.now_ns)
        await world.sleep(S // 10)
        seen.append(world.now_ns)

    world.run(director)
    assert [at // 1000 for at in seen] == [300_000, 400_000, 500_000]


def test_what_was_asked_of_trio_soon_happens_before_time_moves() -> None:
    world, seen = World(1), list[int]()

    async def director() -> None:
        token = trio.lowlevel.current_trio_token()
        for _ in range(100):
            token.run_sync_soon(lambda: seen.append(world.now_ns))
        await world.sleep(S)

    world.run(director)
    assert seen == [0] * 100


def test_waiting_for_idleness_does_not_move_time() -> None:
    world = World(1)

    async def director() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 5)
            await trio.testing.wait_all_tasks_blocked()
            assert world.now_ns == 0

    assert world.run(director).now_ns == 5 * S


def test_wall_clocks_start_in_2031_and_lie_on_request() -> None:
    world = World(1)

    async def director() -> None:
        wall = world.node("a").wall
        assert wall.now() == EPOCH_2031_NS
        wall.drift(100)
        await world.sleep(10 * S)
        assert wall.now() == EPOCH_2031_NS + 10 * S + 1_000_000
        wall.step(-S)
        wall.drift(0)
        assert wall.now() == EPOCH_2031_NS + 9 * S + 1_000_000
        assert world.node("b").wall.now() == EPOCH_2031_NS + 10 * S

    assert world.run(director).clean


def test_a_deadlock_ends_the_run_and_names_who_waits() -> None:
    world = World(1)

    async def stuck_service(life: Incarnation) -> None:
        await trio.Event().wait()

    async def director() -> None:
        world.node("a").start(stuck_service)
        await trio.sleep(1)
        await trio.sleep_forever()

    ran = world.run(director)
    assert [finding.name for finding in ran.findings] == ["deadlock"]
    assert f"a#1 waits at {__name__}:stuck_service:" in ran.findings[0].what
    assert f"director waits at {__name__}:director:" in ran.findings[0].what
    assert ran.now_ns == S


def test_runs_end_at_their_limits() -> None:
    world_of_ticks = World(1, time_max_ns=60 * S)

    async def tick() -> None:
        while True:
            await world_of_ticks.sleep(S)

    async def spin() -> None:
        while True:
            await trio.lowlevel.checkpoint()

    assert [finding.name for finding in world_of_ticks.run(tick).findings] == ["time_limit"]
    assert [finding.name for finding in World(1, steps_max=1000).run(spin).findings] == ["step_limit"]


def test_an_unfinished_async_generator_fails_the_run() -> None:
    world, kept = World(1), list[object]()

    async def numbers() -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    async def director() -> None:
        generator = numbers()
        kept.append(generator)
        await generator.__anext__()

    assert [finding.name for finding in world.run(director).findings] == ["async_generator"]


def test_a_fault_of_the_simulator_is_raised_not_recorded() -> None:
    world = World(1)

    def broken_model() -> None:
        raise LookupError("ours")

    async def director() -> None:
        world.after(S, broken_model)
        await trio.sleep_forever()

    try:
        world.run(director)
    except LookupError as error:
        assert str(error) == "ours"
    else:
        raise AssertionError("the model's fault went unnoticed")
