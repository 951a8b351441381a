"""What Redis does when it forgets, doubts, repeats itself, is late or away."""

import pytest

from sim.plan import Fault, When
from tests.sim.faults.small_world import MS, Small, outcome_of, seen, shows

AT_ONCE = When(at_ms=1)
FEED, OTHER = "clearing/0", "matching/0"


async def filled(small: Small, *feeds: str, count: int = 5) -> None:
    bus = small.boot("writer").bus
    for feed in feeds:
        for seq in range(1, count + 1):
            await bus.publish(feed, seq, b"%d" % seq)


async def positions(small: Small, feed: str) -> list[int]:
    return [seq for seq, _ in await small.doors["writer"].bus.read(feed, 0, 0.01)]


@shows("bus_down")
def test_down_it_refuses_and_afterwards_has_what_it_had() -> None:
    async def body(small: Small) -> None:
        await filled(small, FEED)
        bus = small.doors["writer"].bus
        small.strike(Fault(do="bus_down", when=AT_ONCE, for_ms=50))
        await small.sleep(5)
        assert await outcome_of(bus.publish(FEED, 6, b"6")) == "Unavailable"
        await small.sleep(60)
        assert await positions(small, FEED) == [1, 2, 3, 4, 5]

    seen(body)


@shows("bus_slow")
def test_slow_it_is_late_both_ways() -> None:
    async def body(small: Small) -> None:
        bus = small.boot("writer").bus
        small.strike(Fault(do="bus_slow", when=AT_ONCE, for_ms=1_000, amount=100))
        await small.sleep(5)
        began_ms = small.now_ms
        await bus.publish(FEED, 1, b"1")
        assert small.now_ms - began_ms >= 200

    seen(body)


@shows("bus_flush", "bus_evict", "bus_trim", "bus_lose_tail")
@pytest.mark.parametrize(
    ("fault", "left", "other", "last"),
    [
        (Fault(do="bus_flush", when=AT_ONCE), [], [], 0),
        (Fault(do="bus_evict", peer=FEED, when=AT_ONCE), [], [1, 2, 3, 4, 5], 0),
        (Fault(do="bus_evict", when=AT_ONCE), [], [], 0),
        (Fault(do="bus_trim", peer=FEED, when=AT_ONCE, amount=2), [4, 5], [1, 2, 3, 4, 5], 5),
        (Fault(do="bus_trim", when=AT_ONCE, amount=0), [], [], 5),
        (Fault(do="bus_lose_tail", peer=FEED, when=AT_ONCE, amount=2), [1, 2, 3], [1, 2, 3, 4, 5], 3),
        (Fault(do="bus_lose_tail", when=AT_ONCE, amount=9), [], [], 0),
    ],
)
def test_what_it_forgets(fault: Fault, left: list[int], other: list[int], last: int) -> None:
    """The entries that are left, those of another stream, and the greatest number that it admits to having given."""

    async def body(small: Small) -> None:
        await filled(small, FEED, OTHER)
        small.strike(fault)
        await small.sleep(5)
        assert (await positions(small, FEED), await positions(small, OTHER)) == (left, other)
        assert await small.doors["writer"].bus.last(FEED) == last

    seen(body)


@shows("bus_doubt")
def test_in_doubt_a_write_may_have_happened_or_not() -> None:
    async def body(small: Small) -> None:
        bus = small.boot("writer").bus
        small.strike(Fault(do="bus_doubt", when=AT_ONCE, for_ms=1_000, amount=1_000))
        await small.sleep(5)
        told = [await outcome_of(bus.send("inbox/user/0", b"x")) for _ in range(20)]
        assert set(told) == {"Unknown"}
        assert 0 < len(await bus.receive("inbox/user/0", 0, 0.01)) < 20

    seen(body)


@shows("bus_duplicates")
def test_a_mailbox_gets_things_twice_and_a_feed_does_not() -> None:
    async def body(small: Small) -> None:
        bus = small.boot("writer").bus
        small.strike(Fault(do="bus_duplicates", when=AT_ONCE, for_ms=1_000, amount=1_000))
        await small.sleep(5)
        await bus.send("inbox/user/0", b"x")
        await bus.publish(FEED, 1, b"1")
        assert [body for _, body in await bus.receive("inbox/user/0", 0, 0.01)] == [b"x", b"x"]
        assert await positions(small, FEED) == [1]

    seen(body)


@shows("bus_malformed")
def test_things_are_cut_in_half() -> None:
    async def body(small: Small) -> None:
        bus = small.boot("writer").bus
        small.strike(Fault(do="bus_malformed", when=AT_ONCE, for_ms=1_000, amount=1_000))
        await small.sleep(5)
        await bus.send("inbox/user/0", b"abcd")
        await bus.publish(FEED, 1, b"efgh")
        assert [body for _, body in await bus.receive("inbox/user/0", 0, 0.01)] == [b"ab"]
        assert [body for _, body in await bus.read(FEED, 0, 0.01)] == [b"ef"]

    seen(body)


async def heard_ms(small: Small, feed: str) -> int:
    began_ns = small.kernel.now_ns
    await small.doors["reader"].bus.read(feed, 0, 1.0)
    return (small.kernel.now_ns - began_ns) // MS


@shows("bus_delay")
def test_one_stream_is_late_and_the_other_is_not() -> None:
    async def body(small: Small) -> None:
        await filled(small, FEED, OTHER)
        small.boot("reader")
        small.strike(Fault(do="bus_delay", peer=FEED, when=AT_ONCE, for_ms=500, amount=200))
        await small.sleep(5)
        assert await heard_ms(small, OTHER) < 50
        assert 200 <= await heard_ms(small, FEED) < 250
        await small.sleep(500)
        assert await heard_ms(small, FEED) < 50

    seen(body)


@shows("bus_reorder")
def test_streams_overtake_each_other_and_stay_in_order_themselves() -> None:
    async def body(small: Small) -> None:
        await filled(small, FEED, OTHER)
        small.boot("reader")
        small.strike(Fault(do="bus_reorder", when=AT_ONCE, for_ms=60_000, amount=100))
        await small.sleep(5)
        first = [(await heard_ms(small, FEED), await heard_ms(small, OTHER)) for _ in range(10)]
        assert any(one > other for one, other in first) and any(one < other for one, other in first)
        assert await positions(small, FEED) == [1, 2, 3, 4, 5]

    seen(body)
