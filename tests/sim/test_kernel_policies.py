"""Schedule policies keep what their names promise, and draws keep apart."""

import itertools
from collections import Counter

import trio

from sim.kernel import draws, policies
from sim.kernel.incarnation import Incarnation
from sim.kernel.policies import Policy
from sim.kernel.world import World

TURNS = 30


def _turns(policy: Policy, nodes: int = 3) -> list[int]:
    """Who took each turn, when every node has one task that takes TURNS of them without waiting for anything."""
    world, order = World(1, policy), list[int]()

    async def spin(me: int) -> None:
        for _ in range(TURNS):
            await trio.lowlevel.checkpoint()
            order.append(me)

    async def director() -> None:
        lives = []
        for me in range(nodes):

            async def main(life: Incarnation, me: int = me) -> None:
                await spin(me)

            lives.append(world.node(f"node/{me}").start(main))
        for life in lives:
            await life.over.wait()

    assert world.run(director).clean
    return order


def test_fifo_is_by_age() -> None:
    assert _turns(policies.Fifo()) == [0, 1, 2] * TURNS


def test_random_mixes_and_is_fair_in_each_pass() -> None:
    order = _turns(policies.Shuffled(1))
    passes = [tuple(order[start : start + 3]) for start in range(0, 3 * TURNS, 3)]
    assert all(sorted(each) == [0, 1, 2] for each in passes)
    assert len(set(passes)) == 6


def test_a_starved_node_runs_when_the_others_have_ended() -> None:
    order = _turns(policies.Starve(1, "node/1"))
    assert order[2 * TURNS :] == [1] * TURNS


def test_pct_runs_one_task_alone_and_changes_its_mind_twice_at_most() -> None:
    seen = Counter[int]()
    for seed in range(30):
        order = _turns(policies.Pct(seed, depth=3, horizon_steps=100))
        seen[sum(before != after for before, after in itertools.pairwise(order))] += 1
    assert min(seen) == 2  # one after the other
    assert max(seen) <= 10  # and the few passes in which patience let everybody run
    assert len(seen) >= 3


def test_a_deviation_leaves_everything_before_it_as_it_was() -> None:
    plain, deviating = _turns(policies.Deviating(1, frozenset())), _turns(policies.Deviating(1, frozenset(range(15, 25))))
    assert plain == _turns(policies.Fifo())
    first = next(at for at, (left, right) in enumerate(zip(plain, deviating, strict=True)) if left != right)
    assert 3 * 13 <= first < 3 * 25


def test_every_policy_is_drawn_by_some_seed() -> None:
    drawn = Counter(type(policies.drawn(seed, ["a", "b"])).__name__ for seed in range(400))
    assert set(drawn) == {"Shuffled", "Pct", "Starve", "Fifo"}
    assert drawn["Shuffled"] > 200
    assert 20 < drawn["Fifo"] < 60


def test_draws_are_uniform_enough_and_within_bounds() -> None:
    source = draws.keyed(1, "test")
    counts = Counter(draws.between(source, 5, 9) for _ in range(5000))
    assert set(counts) == {5, 6, 7, 8, 9}
    assert min(counts.values()) > 850
    assert sorted(draws.pick(source, "abc") for _ in range(50))[0] == "a"
    orders = set[tuple[int, ...]]()
    for _ in range(200):
        items = [1, 2, 3]
        draws.shuffle(source, items)
        orders.add(tuple(items))
    assert len(orders) == 6
