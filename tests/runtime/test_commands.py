"""A command has its effect once, whatever the bus, its caller and the clock do."""

import pytest

from tests.runtime.bench import Bench
from tests.runtime.toys import BROKEN, DONE
from tradewind.messages.replies import Created, Refused
from tradewind.values.refusals import Refusal


@pytest.fixture(autouse=True)
def mended() -> None:
    BROKEN.clear()


def done(bench: Bench) -> dict[str, int]:
    return {row.name: row.times for row in bench.rows(DONE)}


def test_a_redelivery_gets_the_first_answer_and_has_one_effect() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        once = bench.envelope("one", 7, "request-1")
        for _ in range(3):
            bench.put(once)
        await bench.until(lambda: len(bench.answers()) == 3)
        bench.kernel.node("admin/0").restart()
        bench.put(once)
        await bench.until(lambda: len(bench.answers()) == 4)
        assert {(answer.seq, answer.reply) for answer in bench.answers()} == {(1, Created(1))}
        assert done(bench) == {"one": 1} and len(bench.journal()) == 1

    bench.play(story)


def test_a_replay_is_refused_also_after_a_restart_and_after_the_bus_forgot_everything() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        assert (await bench.add("one", command_id=7)).reply == Created(1)
        assert (await bench.add("one", command_id=7)).reply == Refused(Refusal.REPLAYED_REQUEST)
        bench.kernel.node("admin/0").restart()
        assert (await bench.add("one", command_id=7)).reply == Refused(Refusal.REPLAYED_REQUEST)
        bench.broker.flush()
        assert (await bench.add("one", command_id=7)).reply == Refused(Refusal.REPLAYED_REQUEST)
        assert done(bench) == {"one": 1}

    bench.play(story)


def test_a_command_past_its_deadline_is_refused() -> None:
    bench = Bench()

    async def story() -> None:
        bench.put(bench.envelope("late", 7, "request-1", timeout_s=1.0))
        await bench.kernel.sleep(2_000_000_000)
        bench.boot("admin/0")
        await bench.until(lambda: len(bench.answers()) == 1)
        assert bench.answers()[0].reply == Refused(Refusal.DEADLINE_PASSED)
        assert done(bench) == {} and bench.journal() == []

    bench.play(story)


def test_a_clock_that_jumped_ahead_and_back_does_not_keep_commands_out() -> None:
    """The machine's time stays where it was told to be; deadlines are the callers', and go by the clock as it is."""
    bench = Bench()

    async def story() -> None:
        node = bench.boot("admin/0")
        node.wall.step(10_000_000_000)
        bench.put(bench.envelope("ahead", 7, "request-1", timeout_s=60.0))
        await bench.until(lambda: len(bench.answers()) == 1)
        node.wall.step(-10_000_000_000)
        bench.put(bench.envelope("back", 8, "request-2", timeout_s=1.0))
        await bench.until(lambda: len(bench.answers()) == 2)
        assert len(done(bench)) == 2
        ahead, back = [entry.at for entry in bench.journal()]
        assert back >= ahead, "time told to a machine never decreases"

    bench.play(story)


def test_undecodable_bytes_are_kept_and_the_shard_goes_on() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        bench.put(b"\x01not msgpack")
        assert (await bench.add("one")).reply == Created(1)
        [(number, body, error)] = bench.quarantine()
        assert (number, body) == (1, b"\x01not msgpack") and error
        assert bench.crashes == []

    bench.play(story)


def test_a_command_that_kills_three_times_is_kept_its_caller_refused_and_others_are_served() -> None:
    bench = Bench()
    BROKEN.add("bad")

    async def story() -> None:
        bench.boot("admin/0")
        assert (await bench.add("one")).reply == Created(1)
        assert (await bench.add("bad")).reply == Refused(Refusal.QUARANTINED)
        assert (await bench.add("two")).reply == Created(2)
        assert len(bench.crashes) == 3 and done(bench) == {"one": 1, "two": 1}
        [(_, body, _)] = bench.quarantine()
        bench.kernel.node("admin/0").restart()
        bench.put(body)  # once more, from wherever: it is known by its bytes
        assert (await bench.add("three")).reply == Created(3)
        assert len(bench.crashes) == 3 and len(bench.quarantine()) == 1

    bench.play(story)


def test_the_time_given_to_machines_never_decreases_though_the_clock_does() -> None:
    bench = Bench()

    async def story() -> None:
        node = bench.boot("admin/0")
        await bench.add("one")
        node.wall.step(-3_000_000_000)
        await bench.add("two")
        node.wall.step(-500_000_000)
        node.restart()
        await bench.add("three")
        times = [entry.at for entry in bench.journal()]
        assert len(times) == 3 and times == sorted(times)

    bench.play(story)
