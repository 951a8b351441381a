"""What a caller is told: the answer, by whichever way it comes; Unavailable only for what surely did not happen."""

import pytest
import trio

from sim.kernel.incarnation import Incarnation
from tests.runtime.bench import Bench, small
from tests.runtime.toys import BROKEN, DONE
from tradewind.messages.codec import encode
from tradewind.messages.replies import Answers, Created
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.runtime.inbox import Inbox
from tradewind.runtime.memory import CommandMemory
from tradewind.runtime.wake import Wake

SECOND_NS = 1_000_000_000


@pytest.fixture(autouse=True)
def mended() -> None:
    BROKEN.clear()


def done(bench: Bench) -> dict[str, int]:
    return {row.name: row.times for row in bench.rows(DONE)}


def test_what_neither_bus_nor_network_took_is_unavailable() -> None:
    bench = Bench()

    async def story() -> None:
        bench.faults.bus.down = True
        with pytest.raises(Unavailable):
            await bench.add("one")
        assert 2 * SECOND_NS <= bench.kernel.now_ns <= 5 * SECOND_NS  # some patience, not all of it
        bench.boot("admin/0")
        await bench.kernel.sleep(10 * SECOND_NS)
        assert done(bench) == {}

    bench.play(story)


def test_what_is_late_by_one_clock_may_still_be_done_by_another() -> None:
    """A writer whose clock is ahead finds a command late that its successor finds in the inbox and does."""
    bench = Bench(limits=small(lease_s=0.5))

    async def story() -> None:
        bench.faults.bus.cut.add("ahead")
        ahead = bench.boot("admin/0", "ahead")
        await bench.running("ahead")
        bench.boot("admin/0", "behind")
        ahead.wall.step(60 * SECOND_NS)
        asked = bench.kernel.now_ns
        with pytest.raises(Unknown, match="deadline"):
            await bench.add("one")
        assert bench.kernel.now_ns < asked + 2 * SECOND_NS and done(bench) == {}
        ahead.kill()
        await bench.until(lambda: done(bench) == {"one": 1})

    bench.play(story)


def test_what_an_inbox_may_hold_is_unknown() -> None:
    bench = Bench()

    async def story() -> None:
        with pytest.raises(Unknown):
            await bench.add("one")
        assert bench.kernel.now_ns >= 5 * SECOND_NS

    bench.play(story)


def test_a_command_that_the_bus_lost_is_asked_for_again_over_the_network() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        await bench.running("admin/0")
        bench.faults.bus.unknown_per_thousand = 1_000  # half of what is sent is lost, and nobody is told which
        for place in range(1, 9):
            assert (await bench.add(f"n{place}")).reply == Created(place)
        assert done(bench) == {f"n{place}": 1 for place in range(1, 9)}
        assert bench.cluster.marks.counts["command sent over the network"] > 0

    bench.play(story)


def test_an_answer_that_the_bus_lost_is_asked_for_again_over_the_network() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        await bench.running("admin/0")

        def lose(shard: str, number: int, node: str) -> None:
            bench.faults.bus.down = True  # at the instant of the commit: its answer will not be sent

        bench.faults.store.after.append(lose)
        assert (await bench.add("one")).reply == Created(1)
        assert done(bench) == {"one": 1} and bench.cluster.marks.counts["answer not sent"] == 1

    bench.play(story)


def test_an_answer_that_the_bus_brings_ends_the_call_that_is_still_under_way() -> None:
    bench = Bench(limits=small(hedge_s=0.01))
    bench.faults.network.pace.added_ns = 3 * SECOND_NS
    bench.faults.store.pace.added_ns = SECOND_NS // 20

    async def story() -> None:
        bench.boot("admin/0")
        await bench.running("admin/0")
        begun = bench.kernel.now_ns
        assert (await bench.add("one")).reply == Created(1)
        assert bench.kernel.now_ns - begun < SECOND_NS
        assert bench.cluster.marks.counts["command sent over the network"] == 1

    bench.play(story)


def test_garbage_in_a_callers_mailbox_is_passed_over() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        assert (await bench.add("one")).reply == Created(1)
        bench.mail("caller/client", b"garbage")
        bench.mail("caller/client", encode(Answers((b"garbage inside",))))
        assert (await bench.add("two")).reply == Created(2)
        assert bench.cluster.marks.counts["answer undecodable"] == 2

    bench.play(story)


def test_a_full_inbox_takes_nothing_more_from_the_network_and_stops_reading_the_bus() -> None:
    bench = Bench(limits=small(inbox_buffer_max=4, batch_max=4))
    told: list[str] = []

    async def story() -> None:
        async def client(life: Incarnation) -> None:
            world = bench.cluster.ports(life)
            inbox = Inbox("inbox/admin/0", 0, world, bench.limits, Wake())

            async def submit(number: int) -> None:
                try:
                    answer = await inbox.submit(b"%d" % number)
                    told.append(answer.decode())
                except Unavailable:
                    told.append("full")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(inbox.run)
                for number in range(7):
                    nursery.start_soon(submit, number)
                await trio.sleep(0.1)
                assert len(inbox) == 4 and told == ["full"] * 3
                for number in range(20):
                    bench.mail("inbox/admin/0", b"bus %d" % number)
                    await trio.sleep(0.05)
                held = len(inbox)
                assert 4 < held < 8  # the read that was under way may still come in
                await trio.sleep(5)
                assert len(inbox) == held
                heard: list[bytes] = []
                while len(heard) < 24:
                    await trio.sleep(0.05)
                    while inbox:
                        delivery = inbox.pop()
                        heard.append(delivery.body)
                        if delivery.waiter is not None:
                            delivery.waiter.resolve(b"done")
                assert [body for body in heard if body.startswith(b"bus")] == [b"bus %d" % number for number in range(20)]
                await trio.sleep(0.1)
                assert told == ["full"] * 3 + ["done"] * 4
                nursery.cancel_scope.cancel()
            finished.set()

        finished = trio.Event()
        bench.kernel.node("inbox").start(client)
        await finished.wait()

    bench.play(story)


def test_memory_keeps_what_is_young_and_no_more_than_it_may() -> None:
    memory = CommandMemory(horizon_ns=100, size_max=3)
    for at in (0, 10, 20):
        memory.add(b"%d" % at, "r", at, b"")
    assert memory.get(b"0") is not None and memory.forgotten_early == 0
    memory.add(b"110", "r", 110, b"")  # 0 is too old now
    assert memory.get(b"0") is None and memory.get(b"10") is not None and memory.forgotten_early == 0
    memory.add(b"111", "r", 111, b"")
    assert memory.get(b"10") is None and memory.get(b"20") is not None
    memory.add(b"112", "r", 112, b"")  # 20 is young enough, but there is no room
    assert memory.get(b"20") is None and memory.forgotten_early == 1
    assert [memory.get(b"%d" % at) is not None for at in (110, 111, 112)] == [True] * 3


def test_a_command_older_than_memory_is_past_every_deadline() -> None:
    """What is forgotten by age cannot come back: it would be refused for its deadline."""
    bench = Bench(limits=small(memory_ns=10 * SECOND_NS))

    async def story() -> None:
        bench.boot("admin/0")
        once = bench.envelope("one", 7, "request-1", timeout_s=5.0)
        bench.put(once)
        await bench.kernel.sleep(20 * SECOND_NS)
        await bench.add("two")
        bench.put(once)
        await bench.until(lambda: len(bench.answers()) == 2)
        assert [type(answer.reply).__name__ for answer in bench.answers()] == ["Created", "Refused"]
        assert done(bench) == {"one": 1, "two": 1}

    bench.play(story)
