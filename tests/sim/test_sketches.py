"""Where taking away stalls, tiny plans are made of pieces of the large one, and aimed anew."""

from collections.abc import Iterator

import pytest

from sim import scenario
from sim.clients.customer import is_customer
from sim.drawing import PROFILES, draw_plan
from sim.kernel import draws
from sim.plan import Client, Fault, Op, Plan, When
from sim.run import run
from sim.shrink import removals, smaller
from sim.shrink.aiming import scaled
from sim.shrink.mending import about, mended, replace
from sim.shrink.shrinking import Budget, shrink
from sim.shrink.sketches import FAULTS, OPERATIONS, sketch
from sim.shrink.trials import Size, Trials
from sim.zoo import keeper

UNHURRIED = 1e9  # seconds
IDENTITY = "A5 settlement"
LATE = When(shard="clearing/0", commit=12, in_storm=True)
ATTEMPTS = 100


class Whatever(Trials):
    """Every plan fails of it, so that only the shrinker's own rules decide."""

    def fails(self, plan: Plan, seed: int) -> bool:
        return not self.strict or self.innocent(plan, seed)


def sketched(plan: Plan, seed: int) -> Iterator[Plan]:
    for number in range(ATTEMPTS):
        yield mended(sketch(plan, draws.keyed(seed, "test", number)), plan)


@pytest.mark.parametrize("profile", [profile for profile in PROFILES if profile != "soak"])
def test_sketches_are_small_and_a_file_can_say_them(profile: str) -> None:
    plan = draw_plan(3, profile)
    for one in sketched(plan, 3):
        size = Size.of(one)
        assert size.operations <= OPERATIONS and size.faults <= FAULTS, one
        assert all(op.at_ms < one.storm_ms for client in one.clients for op in client.ops)
        assert scenario.parse(scenario.to_toml(scenario.of_plan(one, 1, "a sketch"))).staged().faults == one.faults


def test_sketches_are_made_of_the_plans_own() -> None:
    plan = draw_plan(2, "wallet")
    wishes = {client.name: [replace(op, at_ms=0) for op in client.ops] for client in plan.clients}
    seen: set[str] = set()
    for one in sketched(plan, 2):
        assert all(replace(op, at_ms=0) in wishes[client.name] for client in one.clients for op in client.ops)
        assert {fault.do for fault in one.faults} <= {fault.do for fault in plan.faults}
        seen |= {op.do for client in one.clients for op in client.ops}
    assert {"place", "cancel", "deposit", "withdraw", "approve"} <= seen, "all sorts come together"


def test_the_same_seed_has_the_same_sketches() -> None:
    plan = draw_plan(5, "doubts")
    assert list(sketched(plan, 5)) == list(sketched(plan, 5)) != list(sketched(plan, 6))


def test_what_counts_commits_counts_less_far_in_a_shorter_day() -> None:
    late, on = When(shard="clearing/0", commit=40, in_storm=True), When(on="LegSettled of clearing", count=8)
    for when, now in ((late, replace(late, commit=10)), (on, replace(on, count=2)), (When(at_ms=99), When(at_ms=99))):
        assert scaled(Fault(do="kill", when=when), 5, 20) == Fault(do="kill", when=now)


def test_who_decides_about_a_withdrawal_goes_with_it_and_not_before() -> None:
    """Its number is the customer's; the reviewer has others, and so has the trader of the same account."""
    trader = Client(name="client/1", account=1, ops=(Op(id=7, do="cancel_all"),))
    customer = Client(name="customer/1", account=1, ops=(Op(id=7, do="withdraw", symbol="USDT", quantity=10**7),))
    reviewer = Client(name="reviewer/1", ops=(Op(id=1, do="approve", at_ms=30, of=7, whose=1),))
    plan = Plan(clients=(trader, customer, reviewer))
    assert mended(plan, plan) == plan
    without = mended(replace(plan, clients=(trader, replace(customer, ops=()), reviewer)), plan)
    assert without.clients[2].ops == ()
    trials = Whatever(plan, 1, "")
    smaller.numbers(trials)
    [approval], [withdrawal] = trials.plan.clients[2].ops, trials.plan.clients[1].ops
    assert approval.of == withdrawal.id == 1
    assert about(trials.plan, reviewer, approval) == ("customer/1", 1)


def test_what_clean_code_does_as_well_is_not_kept() -> None:
    """A step that goes too far is done again, looking each time."""
    plan = replace(draw_plan(4, "short"), chain=None)
    trials = Whatever(plan, 4, "", innocent=lambda plan, seed: Size.of(plan).operations >= 5)
    trials.milestone(removals.operations)
    assert Size.of(trials.plan).operations == 5 and not trials.strict


def test_a_late_commit_of_a_long_day_becomes_an_early_one_of_a_short_day() -> None:
    """A settlement that fails so late that without most operations there is no such commit."""
    late = Fault(do="commit_refused", when=LATE)
    days = ((replace(_traders_day(seed), faults=(late,)), seed) for seed in range(1, 40))
    plan, seed = next(day for day in days if IDENTITY in _found(*day))
    small = shrink(plan, seed, IDENTITY, plant=keeper.mutant("h28").plant, budget=Budget(70, UNHURRIED), polish=False)
    assert small.after.operations <= OPERATIONS < small.before.operations and small.after.faults == 1, small
    assert small.plan.faults[0].when.commit < LATE.commit
    assert IDENTITY in _found(small.plan, small.seed) and not run(small.plan, small.seed).findings


def _traders_day(seed: int) -> Plan:
    plan = draw_plan(seed, "short")
    return replace(plan, chain=None, clients=tuple(client for client in plan.clients if not is_customer(client)))


def _found(plan: Plan, seed: int) -> list[str]:
    with keeper.mutant("h28").plant() as machines:
        return run(plan, seed, machines=machines).identities
