"""What the database does when it is away, in doubt, full, taken over, or has too many clients."""

import pytest
import trio

from sim.faults import FATES
from sim.plan import Fault, When
from tests.sim.faults.small_world import Small, Writer, outcome_of, seen, shows
from tradewind.ports.store import POSITIONS
from tradewind.ports.tables import Query

AT_ONCE = When(at_ms=1)
LOOK = [Query(POSITIONS)]


async def writer(small: Small) -> Writer:
    made = Writer(small.boot("writer"))
    await made.begin()
    return made


def stands(small: Small) -> list[int]:
    return [entry.seq for entry in small.cluster.database.journals.get("clearing/0", [])]


@shows("store_down")
def test_down_nothing_is_done() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        small.strike(Fault(do="store_down", when=AT_ONCE, for_ms=50))
        await small.sleep(5)
        assert await one.write() == "Unavailable"
        assert await outcome_of(one.world.store.read(LOOK)) == "Unavailable"
        await small.sleep(60)
        assert await one.write() == "done" and stands(small) == [1]

    seen(body)


@shows("store_slow")
def test_slow_it_is_late_both_ways() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        small.strike(Fault(do="store_slow", when=AT_ONCE, for_ms=1_000, amount=100))
        await small.sleep(5)
        began_ms = small.now_ms
        assert await one.write() == "done"
        assert small.now_ms - began_ms >= 200

    seen(body)


@shows(*FATES)
@pytest.mark.parametrize(
    ("fate", "told", "left"),
    [
        ("commit_refused", "Unavailable", [1]),
        ("commit_unknown_done", "Unknown", [1, 2]),
        ("commit_unknown_lost", "Unknown", [1]),
    ],
)
def test_the_fate_of_one_commit(fate: str, told: str, left: list[int]) -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        small.strike(Fault(do=fate, when=When(shard="clearing/0", commit=2)))
        assert [await one.write(), await one.write()] == ["done", told]
        assert stands(small) == left
        assert small.injector.fired[fate] == 1

    seen(body)


@shows("store_doubt")
def test_in_doubt_commits_stand_or_not_and_nobody_is_told() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        small.strike(Fault(do="store_doubt", when=AT_ONCE, for_ms=60_000, amount=1_000))
        await small.sleep(5)
        told = []
        for _ in range(20):
            told.append(await one.write())
            one.head = one.head if len(stands(small)) == one.head.seq else small.cluster.database.shards["clearing/0"].head
        assert set(told) == {"Unknown"} and 0 < len(stands(small)) < 20

    seen(body)


@shows("store_failover")
def test_a_failover_leaves_commits_under_way_in_doubt_and_loses_nothing() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        two = Writer(one.world, "clearing/1")
        await two.begin()
        told: dict[str, str] = {}

        async def write(whose: Writer, after_ms: int) -> None:
            await small.sleep(after_ms)
            told[whose.shard] = await whose.write()

        slow = Fault(do="store_slow", when=AT_ONCE, for_ms=2_000, amount=100)
        small.strike(slow, Fault(do="store_failover", when=When(at_ms=150), for_ms=300))
        await small.sleep(5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write, one, 0)  # arrives at 105, its answer would at 205
            nursery.start_soon(write, two, 100)  # would arrive at 205
        assert told == {"clearing/0": "Unknown", "clearing/1": "Unavailable"}
        assert stands(small) == [1]
        await small.sleep(500)
        assert await outcome_of(one.world.store.read(LOOK)) == "done"

    seen(body)


@shows("store_failover_lossy")
def test_without_a_synchronous_standby_the_newest_commits_were_never_there() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        await one.world.bus.publish("clearing/0", 4, b"said")
        small.strike(Fault(do="store_failover_lossy", when=When(at_ms=500), for_ms=100, amount=3))
        assert [await one.write() for _ in range(4)] == ["done"] * 4
        await small.sleep(550)
        assert stands(small) == [1]
        assert small.cluster.database.shards["clearing/0"].head.seq == 1
        lost = small.cluster.lost
        assert [lost.answer("clearing/0", seq, f"request-{seq}") for seq in (1, 2, 3, 4)] == [False, True, True, True]
        assert small.cluster.broker.stream("clearing/0").last == 0, "the operator flushes it, or writers would meet the future"
        await small.sleep(100)
        again = Writer(small.boot("another"))
        await again.begin()
        assert await again.write() == "done" and stands(small) == [1, 2]

    seen(body)


def test_a_zombie_of_the_history_that_was_lost_commits_nothing() -> None:
    """Epoch and seq come a second time: only the chain tells the two histories apart."""

    async def body(small: Small) -> None:
        small.strike(Fault(do="store_failover_lossy", when=When(at_ms=3_000), for_ms=100, amount=2))
        await (await writer(small)).write()
        await small.sleep(1_500)
        zombie = Writer(small.boot("zombie"), hand=1)
        await zombie.begin()
        assert await zombie.write() == "done" and zombie.head.seq == 2
        await small.sleep(2_000)
        assert stands(small) == []
        one = Writer(small.boot("another"), hand=2)
        await one.begin()
        assert [await one.write(), await one.write()] == ["done", "done"]
        woken = Writer(small.doors["another"], hand=1)
        woken.lease, woken.head = zombie.lease, zombie.head
        assert (woken.lease.epoch, woken.head.seq) == (one.lease.epoch, one.head.seq) == (2, 2)
        assert await woken.write() == "Fenced"
        assert await one.write() == "done" and stands(small) == [1, 2, 3]

    seen(body)


@shows("store_full")
def test_full_it_reads_and_does_not_write() -> None:
    async def body(small: Small) -> None:
        one = await writer(small)
        small.strike(Fault(do="store_full", when=AT_ONCE, for_ms=50))
        await small.sleep(5)
        assert await one.write() == "Unavailable"
        assert await outcome_of(one.world.store.renew(one.lease, 1.0)) == "Unavailable"
        assert await outcome_of(one.world.store.read(LOOK)) == "done"
        await small.sleep(60)
        assert await one.write() == "done" and stands(small) == [1]

    seen(body)


@shows("store_exhausted")
def test_beyond_the_last_connection_calls_are_refused() -> None:
    async def body(small: Small) -> None:
        store = small.boot("writer").store
        told: list[str] = []

        async def read() -> None:
            told.append(await outcome_of(store.read(LOOK)))

        small.strike(Fault(do="store_exhausted", when=AT_ONCE, for_ms=50, amount=2))
        for expected in (["Unavailable", "done", "done"], ["done", "done", "done"]):
            await small.sleep(5)
            told.clear()
            async with trio.open_nursery() as nursery:
                for _ in range(3):
                    nursery.start_soon(read)
            assert sorted(told) == expected
            await small.sleep(60)

    seen(body)
