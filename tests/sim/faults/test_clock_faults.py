"""What clocks show when they are wrong: those of nodes, and the database's."""

import msgspec
import pytest

from sim.drawing import draw_plan
from sim.kernel.clock import EPOCH_2031_NS
from sim.plan import Fault, When
from sim.run import run
from tests.sim.faults.small_world import MS, Small, Writer, outcome_of, seen, shows

AT_ONCE = When(at_ms=1)


def ahead_ms(small: Small) -> int:
    return (small.doors["one"].clock.now() - EPOCH_2031_NS - small.kernel.now_ns) // MS


@shows("clock_step", "clock_skew", "clock_drift")
@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        # ms ahead after 11, 101 and 301 ms
        ([Fault(do="clock_step", node="one", when=AT_ONCE, for_ms=200, amount=900)], [900, 900, 0]),
        ([Fault(do="clock_step", node="one", when=AT_ONCE, for_ms=200, amount=-900)], [-900, -900, 0]),
        ([Fault(do="clock_drift", node="one", when=AT_ONCE, for_ms=200, amount=500_000)], [5, 50, 100]),
        ([Fault(do="clock_drift", node="one", when=AT_ONCE, for_ms=200, amount=-500_000)], [-5, -50, -100]),
        ([Fault(do="clock_skew", node="one", when=AT_ONCE, for_ms=200, amount=70)], [70, 70, 0]),
        (
            [
                Fault(do="clock_step", node="one", when=AT_ONCE, for_ms=9_999, amount=900),
                Fault(do="clock_skew", node="one", when=When(at_ms=51), for_ms=200, amount=-70),
            ],
            [900, -70, 0],
        ),
    ],
)
def test_what_a_clock_shows(faults: list[Fault], expected: list[int]) -> None:
    async def body(small: Small) -> None:
        small.boot("one")
        small.strike(*faults)
        shown = []
        for for_ms in (11, 90, 200):
            await small.sleep(for_ms)
            shown.append(ahead_ms(small))
        assert shown == expected

    seen(body)


@pytest.mark.parametrize("shard", ["admin/0", "user/0"])
@pytest.mark.parametrize("commit", [1, 3])
def test_clocks_may_jump_while_the_world_is_furnished(shard: str, commit: int) -> None:
    """Commands are late then, by one clock: whoever furnishes it says them again."""
    jump = Fault(do="clock_step", when=When(on=f"commit of {shard}", count=commit), for_ms=2_500, amount=9_000)
    ran = run(msgspec.structs.replace(draw_plan(1, "short"), faults=(jump,)), 1)
    assert ran.findings == [] and ran.fired == {"clock_step": 1}
    assert ran.marks["command past its deadline"] > 0


@shows("clock_step")
@pytest.mark.parametrize(("step_ms", "told"), [(0, "Held"), (3_000, "done"), (-3_000, "Held")])
def test_the_databases_clock_judges_leases(step_ms: int, told: str) -> None:
    async def body(small: Small) -> None:
        first, second = (small.boot(node).store for node in ("one", "two"))
        await first.acquire("clearing/0", "first", "", 2.0)
        small.strike(Fault(do="clock_step", node="store", when=AT_ONCE, for_ms=9_999, amount=step_ms))
        await small.sleep(100)
        assert await outcome_of(second.acquire("clearing/0", "second", "", 2.0)) == told

    seen(body)


@shows("clock_step")
def test_whose_lease_ran_out_early_is_fenced() -> None:
    async def body(small: Small) -> None:
        first, second = (Writer(small.boot(node)) for node in ("one", "two"))
        await first.begin()
        small.strike(Fault(do="clock_step", node="store", when=AT_ONCE, for_ms=9_999, amount=30_000))
        await small.sleep(100)
        second.lease = await second.world.store.acquire("clearing/0", "second", "", 2.0)
        assert await first.write() == "Fenced" and await second.write() == "done"

    seen(body)
