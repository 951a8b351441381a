"""What a follower hears of a feed: everything, once, in order, causes first, whatever the bus forgets."""

import trio

from sim.kernel.incarnation import Incarnation
from tests.runtime.bench import Bench, small
from tests.runtime.doors import Odd
from tests.runtime.toys import HEARD, MACHINES, Follower
from tradewind.messages.codec import encode
from tradewind.messages.events import Batch, Traded
from tradewind.messages.replies import Created
from tradewind.ports.store import POSITIONS
from tradewind.runtime.feeds import FeedReader

SECOND_NS = 1_000_000_000
NAMES = [f"n{number}" for number in range(1, 8)]


def heard(bench: Bench, follower: str = "clearing") -> list[str]:
    return [row.name for row in bench.rows(HEARD) if row.follower == follower]


def positions(bench: Bench, shard: str) -> dict[str, int]:
    return {row.source: row.position for row in bench.rows(POSITIONS) if row.shard == shard}


async def say(bench: Bench, names: list[str]) -> None:
    for name in names:
        await bench.add(name)


def test_a_gap_is_read_from_the_journal() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        await say(bench, NAMES[:5])
        await bench.until(lambda: len(bench.broker.stream("admin/0").entries) == 5)
        del bench.broker.stream("admin/0").entries[1:4]
        bench.boot("clearing/0")
        await bench.until(lambda: len(heard(bench)) == 5)
        assert heard(bench) == NAMES[:5] and bench.cluster.marks.counts["gap read from the journal"] == 1

    bench.play(story)


def test_a_lost_suffix_is_found_though_nothing_more_is_said() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        await say(bench, NAMES[:5])
        await bench.until(lambda: len(bench.broker.stream("admin/0").entries) == 5)
        bench.broker.lose_tail("admin/0", 3)
        bench.boot("clearing/0")
        await bench.until(lambda: len(heard(bench)) == 5)
        assert heard(bench) == NAMES[:5]

    bench.play(story)


def test_garbage_on_a_feed_is_read_from_the_journal_instead() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        await say(bench, NAMES[:3])
        stream = bench.broker.stream("admin/0")
        await bench.until(lambda: len(stream.entries) == 3)
        stream.entries[1] = (2, b"garbage")
        bench.boot("clearing/0")
        await bench.until(lambda: len(heard(bench)) == 3)
        await say(bench, NAMES[3:])
        await bench.until(lambda: len(heard(bench)) == 7)
        assert heard(bench) == NAMES

    bench.play(story)


def test_the_bus_may_forget_everything_at_any_time() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("clearing/0")
        bench.boot("admin/0")
        for name in NAMES:
            bench.broker.flush()
            assert isinstance((await bench.add(name)).reply, Created)
        bench.broker.flush()
        await bench.until(lambda: len(heard(bench)) == 7)
        assert heard(bench) == NAMES

    bench.play(story)


def test_without_a_bus_commands_take_the_network_and_feeds_are_polled() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        bench.boot("clearing/0")
        await say(bench, NAMES[:2])
        bench.faults.bus.down = True
        await say(bench, NAMES[2:4])
        await bench.until(lambda: len(heard(bench)) == 4)
        await bench.until(lambda: bench.ready("admin/0") == bench.ready("clearing/0") == "degraded")
        await bench.kernel.sleep(30 * SECOND_NS)
        assert bench.ready("admin/0") == bench.ready("clearing/0") == "degraded"
        bench.faults.bus.down = False
        await say(bench, NAMES[4:])
        await bench.until(lambda: len(heard(bench)) == 7)
        await bench.until(lambda: bench.ready("admin/0") == bench.ready("clearing/0") == "ok")
        assert heard(bench) == NAMES

    bench.play(story)


class Stranger(Follower):
    """Hears a feed on which nothing is for it."""

    name = "clearing"
    hears = frozenset({Traded})


def test_positions_without_effects_are_committed_though_the_feed_is_never_quiet() -> None:
    bench = Bench(machines=MACHINES | {"clearing": Stranger})

    async def story() -> None:
        bench.boot("admin/0")
        bench.boot("clearing/0")
        for number in range(100):  # one every 100 ms or so
            await bench.add(f"n{number}")
            await bench.kernel.sleep(SECOND_NS // 10)
            if number > 30:
                assert positions(bench, "clearing/0").get("admin/0", 0) > number - 20
        assert bench.journal("clearing/0") == []

    bench.play(story)


def test_an_effect_is_never_heard_before_its_cause() -> None:
    bench = Bench()

    async def story() -> None:
        for shard in ("admin/0", "clearing/0"):
            bench.boot(shard)
        bench.boot("order/0", doors=Odd({"admin/0": 0.7}))  # it hears what clearing makes of admin's words much sooner
        await say(bench, NAMES)
        await bench.until(lambda: len(heard(bench, "order")) == 14)
        story_of_order = heard(bench, "order")
        for name in NAMES:
            assert story_of_order.index(name) < story_of_order.index(name + "!")
        assert [name for name in story_of_order if name[-1] != "!"] == NAMES

    bench.play(story)


def test_a_reader_far_behind_takes_no_more_than_fits() -> None:
    """Here the consumer takes nothing at all: what is read ahead stays within the buffer and one page."""
    bench = Bench(limits=small(feed_buffer_max=20, batch_max=10, journal_page=5))
    made: list[FeedReader] = []

    async def story() -> None:
        bench.boot("admin/0")
        await say(bench, [f"n{number}" for number in range(60)])
        bench.broker.flush()

        async def read(life: Incarnation) -> None:
            reader = FeedReader("admin/0", 0, bench.cluster.ports(life), bench.limits)
            made.append(reader)
            await reader.run()

        bench.kernel.node("reader").start(read)
        await bench.until(lambda: bool(made) and len(made[0]) >= 20)
        await bench.kernel.sleep(5 * SECOND_NS)
        reader = made[0]
        assert 20 <= len(reader) <= 20 + 5
        seqs: list[int] = []
        while len(seqs) < 60:
            await bench.until(lambda: len(reader) > 0)
            seqs += [entry.seq for entry in await reader.take(7)]
            assert len(reader) <= 20 + 5
        assert seqs == list(range(1, 61))

    bench.play(story)


def test_a_loop_whose_reads_all_fail_grows_old_and_is_not_ready() -> None:
    bench = Bench()
    doors = Odd()

    async def story() -> None:
        bench.boot("admin/0")
        bench.boot("clearing/0", doors=doors)
        await bench.running("clearing/0")
        await bench.until(lambda: bench.ready("clearing/0") == "ok")
        doors.worsen()
        await bench.kernel.sleep(int((bench.limits.progress_s - 2) * SECOND_NS))
        assert bench.ready("clearing/0") == "degraded"
        await bench.until(lambda: bench.ready("clearing/0") == "down")
        old = [check for check in bench.checks("clearing/0").values() if not check.ok]
        assert old and all(check.age_s > bench.limits.progress_s for check in old)
        doors.heal()
        await bench.until(lambda: bench.ready("clearing/0") == "ok")

    bench.play(story)


def test_what_a_publisher_could_not_say_is_said_in_one_or_left_to_the_journal() -> None:
    for pending, left in ((100, 0), (2, 1)):
        bench = Bench(limits=small(publish_pending_max=pending))

        async def story(bench: Bench = bench, left: int = left) -> None:
            bench.boot("admin/0")
            await bench.running("admin/0")
            bench.faults.bus.down = True
            await say(bench, NAMES)
            assert bench.ready("admin/0") == "degraded"
            bench.faults.bus.down = False
            stream = bench.broker.stream("admin/0")
            await bench.until(lambda: stream.last == 7)
            assert len(stream.entries) < 7
            bench.boot("clearing/0")
            await bench.until(lambda: len(heard(bench)) == 7)
            assert heard(bench) == NAMES
            assert (bench.cluster.marks.counts["publication left to the journal"] > 0) == bool(left)
            await bench.until(lambda: bench.ready("admin/0") == "ok")

        bench.play(story)


def test_a_repeated_batch_is_heard_once() -> None:
    bench = Bench()

    async def story() -> None:
        bench.faults.bus.duplicate_per_thousand = 500
        bench.boot("admin/0")
        bench.boot("clearing/0")
        await say(bench, NAMES[:2])
        stream = bench.broker.stream("admin/0")
        await bench.until(lambda: stream.last == 2)
        stream.entries.append((2, encode(Batch(0, 2, {}, ()))))
        await say(bench, NAMES[2:])
        await bench.until(lambda: len(heard(bench)) == 7)
        with trio.move_on_after(3):
            await bench.until(lambda: len(heard(bench)) > 7)
        assert heard(bench) == NAMES

    bench.play(story)
