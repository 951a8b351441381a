"""What models may do without breaking their word, and what makes them do it."""

from collections.abc import Awaitable, Callable

import pytest

from sim.drawing import draw_plan
from sim.models.buggify import SITES
from tests.sim.faults.small_world import MS, Small, Writer, seen, shows

CUT_SHORT, IDLE, PAGE, DAWDLES, JUST_IN_TIME = SITES
Measure = Callable[[Small], Awaitable[int]]


async def entries_read(small: Small) -> int:
    bus = small.boot("one").bus
    for seq in (1, 2, 3):
        await bus.publish("clearing/0", seq, b"x")
    return len(await bus.read("clearing/0", 0, 0.01))


async def ms_waited(small: Small) -> int:
    bus, began_ns = small.boot("one").bus, small.kernel.now_ns
    await bus.read("clearing/0", 0, 0.9)
    return (small.kernel.now_ns - began_ns) // (100 * MS)


async def rows_in_a_page(small: Small) -> int:
    writer = Writer(small.boot("one"))
    await writer.begin()
    for _ in range(3):
        await writer.write()
    return len(await writer.world.store.journal("clearing/0", 0, 10))


async def ms_to_commit(small: Small) -> int:
    writer = Writer(small.boot("one"))
    await writer.begin()
    began_ns = small.kernel.now_ns
    assert await writer.write() == "done"
    return min(1, (small.kernel.now_ns - began_ns) // (50 * MS))


async def ms_to_answer(small: Small) -> int:
    one, two = small.boot("one"), small.boot("two")

    async def echo(body: bytes) -> bytes:
        return body

    two.network.serve("/echo", echo)
    began_ns = small.kernel.now_ns
    assert await one.network.call("two", "/echo", b"x", 0.5) == b"x"
    return (small.kernel.now_ns - began_ns + 5 * MS) // (100 * MS)


@shows(*SITES)
@pytest.mark.parametrize(
    ("site", "measure", "usual", "awkward"),
    [
        (CUT_SHORT, entries_read, 3, 1),
        (IDLE, ms_waited, 9, 0),
        (PAGE, rows_in_a_page, 3, 1),
        (DAWDLES, ms_to_commit, 0, 1),
        (JUST_IN_TIME, ms_to_answer, 0, 5),
    ],
)
def test_an_awkward_place(site: str, measure: Measure, usual: int, awkward: int) -> None:
    measured: list[int] = []

    async def body(small: Small) -> None:
        measured.append(await measure(small))
        small.cluster.sites.close()

    seen(body)
    small = seen(body, {site: 1_000})
    assert measured == [usual, awkward]
    assert small.cluster.marks.counts[f"site: {site}"] > 0


def test_a_site_that_is_closed_or_not_in_the_plan_never_fires() -> None:
    async def body(small: Small) -> None:
        small.cluster.sites.close()
        assert await entries_read(small) == 3

    seen(body, {CUT_SHORT: 1_000})
    with pytest.raises(AssertionError):
        seen(body, {"no such place": 1})


def test_each_seed_has_its_own_places_and_a_calm_one_none() -> None:
    drawn = [draw_plan(seed).sites for seed in range(60)]
    assert {site for sites in drawn for site in sites} == set(SITES)
    assert {} in drawn and any(len(sites) > 1 for sites in drawn)
    assert all(not draw_plan(seed, "calm").sites for seed in range(20))
