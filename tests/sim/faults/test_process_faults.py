"""What becomes of processes: power cuts, SIGTERM, pauses, slowness, other versions, shards that move."""

from itertools import pairwise

import pytest

from sim.cluster import Cluster
from sim.drawing import draw_plan
from sim.plan import Fault, Plan, Process, When
from sim.run import run
from tests.sim.faults.small_world import Small, Writer, seen, shows

AT_105 = When(at_ms=105)


def struck(*faults: Fault, for_ms: int = 500, nodes: tuple[str, ...] = ("one", "two")) -> Small:
    """Nodes that tick every 10 ms, for so long."""

    async def body(small: Small) -> None:
        for node in nodes:
            small.boot(node)
        small.strike(*faults)
        await small.sleep(for_ms)

    return seen(body)


@shows("kill")
def test_a_power_cut_cleans_nothing_up() -> None:
    small = struck(Fault(do="kill", node="one", when=AT_105, for_ms=100))
    assert max(small.did("one", life=1)) == 100 and small.did("one", "cleans up", life=1) == []
    assert small.did("one", "boots, writes 1") == [0, 205] and len(small.did("two")) >= 49


@shows("kill")
def test_a_power_cut_at_each_await_in_turn() -> None:
    steps = [len(struck(Fault(do="kill", node="one", when=When(steps=n), for_ms=9_999)).did("one")) for n in range(8)]
    assert steps[0] == 0 and steps[-1] >= 3
    assert all(after - before in (0, 1) for before, after in pairwise(steps)), steps


@shows("kill")
@pytest.mark.parametrize(("before", "stands"), [(True, [1]), (False, [1, 2])])
def test_a_power_cut_at_the_second_commit(before: bool, stands: list[int]) -> None:
    async def body(small: Small) -> None:
        writer = Writer(small.boot("one"))
        small.strike(Fault(do="kill", when=When(shard="clearing/0", commit=2, before=before), for_ms=50))
        await writer.begin()
        small.kernel.nursery.start_soon(writer.write)
        await small.sleep(30)
        small.kernel.nursery.start_soon(writer.write)
        await small.sleep(30)
        assert [entry.seq for entry in small.cluster.database.journals["clearing/0"]] == stands
        assert not small.kernel.node("one").up

    seen(body)


@shows("kill_group")
def test_a_rack_dies_at_one_instant_and_boots_at_one() -> None:
    small = struck(Fault(do="kill_group", node="one", others=("two",), when=AT_105, for_ms=100), nodes=("one", "two", "three"))
    for node in ("one", "two"):
        assert max(small.did(node, life=1)) == 100 and small.did(node, "boots, writes 1") == [0, 205]
    assert len(small.did("three", life=1)) >= 49


@shows("restart_storm")
def test_a_restart_storm_kills_it_again_and_again() -> None:
    small = struck(Fault(do="restart_storm", node="one", when=AT_105, for_ms=100, amount=30))
    assert small.did("one", "boots, writes 1") == [0, 105, 135, 165, 195]
    assert len(small.did("one", life=5)) >= 28, "then it stays up"


@shows("stop")
def test_sigterm_lets_it_clean_up() -> None:
    small = struck(Fault(do="stop", node="one", when=AT_105, for_ms=100, amount=50))
    assert small.did("one", "cleans up", life=1) == [105] and small.did("one", "boots, writes 1") == [0, 205]


@shows("pause")
def test_a_paused_process_goes_on_as_if_nothing_had_been() -> None:
    small = struck(Fault(do="pause", node="one", when=AT_105, for_ms=200))
    ticks = small.did("one", life=1)
    assert [at for at in ticks if 106 <= at < 305] == [] and max(ticks) > 480
    assert small.did("one", "boots, writes 1") == [0]


@shows("slow")
def test_a_slow_process_takes_its_time_for_every_step() -> None:
    small = struck(Fault(do="slow", node="one", when=AT_105, for_ms=200, amount=20_000))
    gaps = [after - before for before, after in pairwise(small.did("one"))]
    assert 30 in gaps and gaps[-1] == 10


@shows("upgrade")
@pytest.mark.parametrize(("version", "then"), [(0, 2), (2, 2), (1, 1)])
def test_an_upgraded_node_writes_the_other_version(version: int, then: int) -> None:
    small = struck(Fault(do="upgrade", node="one", when=AT_105, for_ms=100, amount=version))
    assert small.did("one", "boots, writes 1")[0] == 0 and small.did("one", "cleans up", life=1) == [105]
    assert 205 in small.did("one", f"boots, writes {then}")
    assert small.did("two", "boots, writes 1") == [0] and small.did("two", "boots, writes 2") == []


@shows("upgrade")
def test_both_versions_stand_in_one_journal_after_a_rolling_upgrade() -> None:
    day, kept = draw_plan(1, "short"), list[Cluster]()
    way = tuple(
        Fault(do="upgrade", node=process.name, when=When(at_ms=40 * place), for_ms=30)
        for place, process in enumerate(day.processes)
    )
    plan = Plan(processes=day.processes, markets=day.markets, storm_ms=600, clients=day.clients, chain=day.chain, faults=way)
    ran = run(plan, 1, watch=kept.append)
    assert ran.findings == [] and ran.fired == {"upgrade": len(way)}
    for shard in ("clearing/0", "matching/0", "order/0", "marketdata/0"):
        versions = [entry.output[0] for entry in kept[0].database.journals[shard]]
        assert versions == sorted(versions) and set(versions) == {1, 2}, "each wrote the old one, then the new one"
    heard = {(entry.input[0], entry.output[0]) for entry in kept[0].database.journals["clearing/0"]}
    assert (1, 2) in heard or (2, 1) in heard, "and heard the other one"


MOVING = (
    Process(name="money", shards=("clearing/0", "matching/0")),
    Process(name="rest", shards=("matching/1", "order/0", "marketdata/0", "user/0", "wallet/0", "admin/0")),
)


@shows("shard_move")
@pytest.mark.parametrize("overlap_ms", [0, 100, -100])
def test_a_shard_moves_in_the_middle_of_traffic(overlap_ms: int) -> None:
    day = draw_plan(1, "short")
    move = Fault(do="shard_move", node="rest", peer="matching/0", when=When(at_ms=50), amount=overlap_ms)
    kept: list[Cluster] = []
    plan = Plan(processes=MOVING, markets=day.markets, storm_ms=600, clients=day.clients, chain=day.chain, faults=(move,))
    ran = run(plan, 1, watch=kept.append)
    assert ran.findings == [] and ran.fired == {"shard_move": 1}
    [cluster] = kept
    assert cluster.processes["money"] == ("clearing/0",) and "matching/0" in cluster.processes["rest"]
    assert cluster.database.shards["matching/0"].address == "rest"
    assert {entry.epoch for entry in cluster.database.journals["matching/0"]} >= {1, 2}, "both have written"
