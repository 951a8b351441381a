"""Power cuts, pauses, slowness and crashes of nodes."""

import itertools

import trio

from sim.kernel import policies
from sim.kernel.incarnation import Incarnation
from sim.kernel.result import RunResult
from sim.kernel.world import World

MS = 10**6
S = 10**9


def test_a_kill_freezes_every_task_at_once_and_runs_no_clean_up() -> None:
    world, seen = World(1), list[str]()

    async def child(life: Incarnation) -> None:
        try:
            await trio.sleep(0.004)
        finally:
            seen.append("clean-up")

    async def service(life: Incarnation) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child, life)
            try:
                await trio.sleep_forever()
            finally:
                seen.append("clean-up")

    async def director() -> None:
        node = world.node("a")
        node.start(service)
        await world.sleep(2 * MS)
        before = world.now_ns
        node.kill()
        assert not node.up
        assert world.now_ns == before
        await world.sleep(S)
        assert seen == []

    assert world.run(director).clean


def test_a_kill_in_the_middle_of_a_pass_stops_tasks_that_were_about_to_run() -> None:
    for seed in range(20):
        world, ran = World(seed, policies.Fifo()), list[str]()

        async def service(life: Incarnation, world: World = world, ran: list[str] = ran) -> None:
            await world.sleep_until(MS)
            ran.append("victim")

        async def director(world: World = world) -> None:
            node = world.node("a")

            async def killer() -> None:
                await world.sleep_until(MS)
                node.kill()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(killer)  # older than the victim, so first in the very same pass
                await world.sleep(0)
                node.start(service)

        world.run(director)
        assert ran == []


def test_a_task_that_kills_its_own_node_never_returns_from_its_port() -> None:
    world, seen = World(1), list[str]()

    async def service(life: Incarnation) -> None:
        await life.check()
        world.node("a").kill()
        try:
            await life.check()
            seen.append("returned")
        except Exception:
            seen.append("retried")

    async def director() -> None:
        world.node("a").start(service)
        await world.sleep(S)

    assert world.run(director).clean
    assert seen == []


def test_a_fuse_kills_at_every_await_in_turn() -> None:
    reached = list[tuple[int, bool]]()
    for steps in itertools.count():
        world, turns, seen = World(1), list[int](), list[str]()

        async def service(life: Incarnation, turns: list[int] = turns, seen: list[str] = seen) -> None:
            try:
                for turn in range(3):
                    turns.append(turn)
                    await trio.lowlevel.checkpoint()
                await trio.sleep_forever()
            finally:
                seen.append("clean-up")

        async def director(world: World = world, turns: list[int] = turns, seen: list[str] = seen, steps: int = steps) -> None:
            node = world.node("a")
            node.start(service)
            node.kill_after(steps)
            await world.sleep(S)
            reached.append((len(turns), node.up))
            assert seen == []

        assert world.run(director).clean
        if reached[-1][1]:
            break
    assert reached == [(0, False), (1, False), (2, False), (3, False), (3, True)]


def test_a_restart_is_another_incarnation_and_forgets_the_dead_ones_timers() -> None:
    world, ticks = World(1), list[tuple[int, int]]()

    async def service(life: Incarnation) -> None:
        while True:
            await trio.sleep(1)
            ticks.append((life.number, world.now_ns // S))

    async def director() -> None:
        node = world.node("a")
        node.start(service)
        await world.sleep(2 * S + S // 2)
        node.restart()
        await world.sleep(2 * S + S // 4)

    assert world.run(director).clean
    assert ticks == [(1, 1), (1, 2), (2, 3), (2, 4)]


def test_a_paused_node_goes_on_where_it_stood() -> None:
    world, ticks = World(1), list[int]()

    async def service(life: Incarnation) -> None:
        for _ in range(4):
            await world.sleep(S)
            ticks.append(world.now_ns // (S // 10))

    async def director() -> None:
        node = world.node("a")
        node.start(service)
        await world.sleep(S + S // 2)
        node.pause(3 * S)
        await world.sleep(10 * S)

    assert world.run(director).clean
    assert ticks == [10, 45, 55, 65]  # the second tick was due at 20 and ran at the end of the pause


def test_an_older_pause_does_not_end_a_newer_one() -> None:
    world, ticks = World(1), list[int]()

    async def service(life: Incarnation) -> None:
        await world.sleep(S)
        ticks.append(world.now_ns // S)

    async def director() -> None:
        node = world.node("a")
        node.start(service)
        await world.sleep(0)
        node.pause(2 * S)
        node.pause(5 * S)
        await world.sleep(10 * S)

    assert world.run(director).clean
    assert ticks == [5]


def test_a_slow_node_pays_for_each_step() -> None:
    world, done = World(1), list[int]()

    async def service(life: Incarnation) -> None:
        for _ in range(10):
            await trio.lowlevel.checkpoint()
        done.append(world.now_ns)

    async def director() -> None:
        node = world.node("a")
        node.start(service)
        node.slow(MS)
        await world.sleep(S)

    assert world.run(director).clean
    assert done == [11 * MS]


def test_a_stop_is_a_cancellation_with_a_deadline() -> None:
    world, seen = World(1), list[str]()

    async def polite(life: Incarnation) -> None:
        try:
            await trio.sleep_forever()
        finally:
            seen.append("polite")

    async def deaf(life: Incarnation) -> None:
        try:
            with trio.CancelScope(shield=True):
                await trio.sleep(60)
        finally:
            seen.append("deaf")

    async def director() -> None:
        world.node("polite").start(polite)
        world.node("deaf").start(deaf)
        await world.sleep(MS)
        await world.node("polite").stop(5 * S)
        assert world.now_ns < S
        await world.node("deaf").stop(5 * S)
        assert world.now_ns == 5 * S + MS
        assert seen == ["polite"]

    assert world.run(director).clean


def _crashing() -> RunResult:
    world = World(1)

    async def service(life: Incarnation) -> None:
        await trio.sleep(1)
        raise ValueError("planted")

    async def director() -> None:
        world.node("a").start(service)
        await world.sleep(5 * S)
        assert not world.node("a").up
        world.trace("still here")

    return world.run(director)


def test_an_exception_crashes_its_node_and_nothing_else() -> None:
    ran = _crashing()
    assert [(crash.node, crash.at_ns, crash.message) for crash in ran.crashes] == [("a", S, "planted")]
    assert ran.crashes[0].identity == f"ValueError@{__name__}:service"
    assert ran.now_ns == 5 * S


def test_the_dead_unwind_even_behind_a_shield() -> None:
    world = World(1)

    async def service(life: Incarnation) -> None:
        with trio.CancelScope(shield=True):
            while True:
                try:
                    await world.ask(MS, MS, lambda: 1)
                    await life.check()
                    await trio.sleep_forever()
                except Exception:
                    continue

    async def director() -> None:
        world.node("a").start(service)
        world.node("b").start(service)
        await world.sleep(S)
        world.node("a").kill()

    assert world.run(director).clean


def test_what_never_ends_behind_its_shield_is_ended_with_the_run() -> None:
    world = World(1)

    async def service(life: Incarnation) -> None:
        with trio.CancelScope(shield=True):
            while True:
                await world.sleep(S)

    async def director() -> None:
        world.node("a").start(service)
        world.node("b").start(service)
        await world.sleep(S)
        world.node("a").kill()

    ran = world.run(director)
    assert ran.clean
    assert ran.now_ns == S


def test_calls_run_as_the_server_and_die_with_it() -> None:
    world, seen = World(1), list[object]()

    async def server(life: Incarnation) -> None:
        await trio.sleep_forever()

    async def quick() -> str:
        return "answer"

    async def endless() -> str:
        await trio.sleep(1)
        seen.append("answered after death")
        return "late"

    async def director() -> None:
        node = world.node("server")
        node.start(server)
        await world.sleep(MS)
        seen.append(await world.call(node, MS, MS, quick))
        world.after(S // 2, node.kill)
        with trio.move_on_after(10) as waited:
            await world.call(node, MS, MS, endless)
        seen.append(waited.cancelled_caught)

    assert world.run(director).clean
    assert seen == ["answer", True]
