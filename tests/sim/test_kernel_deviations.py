"""Any schedule is first in first out with deviations, which a person can read, and of which few make a failure."""

from itertools import pairwise

import pytest
import trio

from sim.drawing import draw_plan
from sim.kernel import policies
from sim.kernel.deviations import BadSchedule, Deviated, Deviation, Recording, read, write
from sim.kernel.world import World
from sim.run import run
from sim.shrink.ddmin import ddmin
from sim.shrink.mending import replace

RUNNERS = 6


def race(policy: policies.Policy) -> list[int]:
    """In which order six tasks come in, after three rounds each."""
    world, order = World(7, policy), []

    async def runner(number: int) -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        order.append(number)

    async def director() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(RUNNERS):
                nursery.start_soon(runner, number)

    world.run(director)
    return order


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("kind", [policies.Shuffled, policies.Pct])
def test_the_recorded_schedule_is_the_same_run(kind: type[policies.Shuffled], seed: int) -> None:
    recording = Recording(kind(seed))
    order = race(recording)
    assert order != list(range(RUNNERS)), "this seed shows nothing"
    assert race(Deviated(read(write(recording.deviations)))) == order


@pytest.mark.parametrize("schedule", ["shuffled", "pct", "starve:clearing/0"])
def test_a_whole_exchange_runs_again_from_the_text(schedule: str) -> None:
    recorded: list[Recording] = []

    def through(policy: policies.Policy) -> policies.Policy:
        recorded.append(Recording(policy))
        return recorded[0]

    plan = replace(draw_plan(3, "short"), schedule=schedule)
    once = run(plan, 3, through=through)
    again = run(replace(plan, schedule=write(recorded[0].deviations)), 3)
    assert again.result.hash == once.result.hash


def test_few_deviations_are_needed_for_one_overtaking() -> None:
    recording = Recording(policies.Shuffled(2))
    order = race(recording)
    wanted = next((ahead, behind) for ahead, behind in pairwise(order) if ahead > behind)

    def overtakes(left: list[Deviation]) -> bool:
        now = race(Deviated(left))
        return now.index(wanted[0]) < now.index(wanted[1])

    least = ddmin(recording.deviations, overtakes)
    assert 0 < len(least) <= 2 < len(recording.deviations)
    assert race(Deviated([])) == list(range(RUNNERS))


TEXTS = (
    ("fifo", ()),
    ("fifo but 873: 1 0", (Deviation(873, (1, 0)),)),
    ("fifo but 1: 2 later 3 4, 9: later 0", (Deviation(1, (2,), (3, 4)), Deviation(9, (), (0,)))),
)


@pytest.mark.parametrize(("text", "deviations"), TEXTS)
def test_a_schedule_is_text(text: str, deviations: tuple[Deviation, ...]) -> None:
    assert write(deviations) == text
    if deviations:
        assert read(text) == deviations


@pytest.mark.parametrize("text", ["fifo but ", "fifo but x: 1", "fifo but 3: a", "fifo but 3: 1 later b"])
def test_a_text_that_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(BadSchedule):
        read(text)


def test_somebody_runs_whatever_a_person_writes() -> None:
    everybody_later = [Deviation(number, (9, 9), tuple(range(RUNNERS))) for number in range(1, 20)]
    assert sorted(race(Deviated(everybody_later))) == list(range(RUNNERS))
