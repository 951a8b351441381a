"""What no design could survive is softened, and said; what can be survived is left as it is."""

from pathlib import Path

import pytest

from sim import scenario
from sim.cli import main
from sim.cluster import Cluster
from sim.drawing import PROFILES, draw_plan
from sim.faults.validator import AHEAD_MAX_MS, BadPlan, soften
from sim.judging.judge import books
from sim.plan import Client, Fault, Plan, Process, When, to_json
from sim.run import run
from tradewind.ports.store import JournalEntry

DAY = draw_plan(1, "short")
STANDBY = (Process(name="a", shards=("clearing/0",)), Process(name="b", shards=("clearing/0",)))


def plan(*faults: Fault, **rest: object) -> Plan:
    return Plan(storm_ms=1_000, clients=(Client(name="client/1", account=1),), faults=faults, **rest)  # type: ignore[arg-type]


DEAD = Fault(do="kill", node="clearing/0", when=When(at_ms=100), for_ms=2_000)


@pytest.mark.parametrize(
    ("asked", "run_as", "word"),
    [
        (plan(Fault(do="kill", node="nobody")), (), "no node nobody"),
        (plan(Fault(do="kill_group", node="order/0", others=("nobody",))), (), "no node nobody"),
        (plan(Fault(do="pause")), (), "no victim"),
        (plan(Fault(do="bus_down", for_ms=-1)), (), "negative"),
        (plan(Fault(do="shard_move", node="order/0", peer="order/0")), (), "already"),
        (plan(Fault(do="shard_move", node="order/0", peer="order/7")), (), "cannot serve"),
        (plan(Fault(do="store_failover_lossy", amount=3)), (Fault(do="store_failover"),), "accepts_loss"),
        (
            plan(Fault(do="clock_step", node="clearing/0", amount=90_000, for_ms=10)),
            (Fault(do="clock_step", node="clearing/0", amount=AHEAD_MAX_MS, for_ms=10),),
            "never goes back",
        ),
        (
            plan(Fault(do="clock_skew", node="client/1", amount=-90_000, for_ms=900)),
            (Fault(do="clock_skew", node="client/1", amount=-90_000, for_ms=500),),
            "no signature",
        ),
        (
            plan(Fault(do="clog", node="order/0", for_ms=9_000)),
            (Fault(do="clog", node="order/0", for_ms=1_000),),
            "arrives after 1000 ms",
        ),
        (plan(DEAD), (Fault(do="kill", node="clearing/0", when=When(at_ms=100), for_ms=650),), "nobody would serve clearing/0"),
    ],
)
def test_what_is_softened(asked: Plan, run_as: tuple[Fault, ...], word: str) -> None:
    softer, [said] = soften(asked)
    assert softer.faults == run_as and word in said and said.startswith(asked.faults[0].do)
    assert soften(softer) == (softer, ()), "once is enough"


@pytest.mark.parametrize(
    "asked",
    [
        plan(Fault(do="kill", when=When(shard="clearing/0", commit=3), for_ms=9_000)),
        plan(Fault(do="store_failover_lossy", amount=3), accepts_loss=True),
        plan(Fault(do="clock_step", node="client/1", amount=90_000, for_ms=400)),
        plan(Fault(do="cut", node="order/0", peer="store", for_ms=9_000)),
        plan(Fault(do="kill", node="clearing/0", when=When(at_ms=900), for_ms=9_000)),
        plan(Fault(do="pause", node="a", for_ms=9_000), processes=STANDBY),
        plan(Fault(do="bus_down", for_ms=9_000), Fault(do="store_down", for_ms=9_000)),
    ],
)
def test_what_is_left_as_it_is(asked: Plan) -> None:
    assert soften(asked) == (asked, ())


@pytest.mark.parametrize("profile", PROFILES)
def test_drawn_plans_are_softened_once(profile: str) -> None:
    for seed in range(30):
        softer, _ = soften(draw_plan(seed, profile))
        assert soften(softer) == (softer, ())


def test_a_run_and_a_saved_scenario_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told_of = scenario.Scenario(
        says="a loss that nobody accepts",
        seed=1,
        expect=("fault: store_failover",),
        plan=Plan(storm_ms=200, faults=(Fault(do="store_failover_lossy", when=When(at_ms=50), for_ms=20, amount=1),)),
    )
    asked, saved = tmp_path / "asked.toml", tmp_path / "saved.toml"
    asked.write_text(scenario.to_toml(told_of))
    assert main(["run", str(asked), "--save", str(saved)]) == 0
    assert "softened: store_failover_lossy: what was acknowledged would be gone" in capsys.readouterr().out
    again = scenario.read(saved)
    assert "accepts_loss" in again.softened[0] and [fault.do for fault in again.plan.faults] == ["store_failover"]


LOSSY = Fault(
    do="store_failover_lossy", when=When(on="OrderAccepted of clearing", in_storm=True, count=8), for_ms=100, amount=30
)
# Who has been paid out has been paid out: no operator may give up what a wallet knows.
TRADERS = tuple(client for client in DAY.clients if not client.name.startswith(("customer", "reviewer")))
LOSING = Plan(markets=DAY.markets, storm_ms=600, clients=TRADERS, faults=(LOSSY,), accepts_loss=True)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault(do="kil", node="clearing/0"), "'kil': there is none of that name"),
        (Fault(do="commit_refused", when=When(at_ms=10)), "fate of a commit"),
        (Fault(do="kill", when=When(on="clearing/0")), "nothing is called 'clearing/0'"),
        (Fault(do="kill", when=When(on="commit of nobody")), "there is no shard or service nobody"),
        (Fault(do="kill", when=When(on="Traded of matching", before=True)), "cannot be met before it happens"),
    ],
)
def test_what_nobody_understands_is_refused_before_anything_runs(
    fault: Fault, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[Cluster] = []
    with pytest.raises(BadPlan, match=word):
        run(plan(DEAD, fault), 1, watch=kept.append)
    assert kept == []
    file = tmp_path / "wrong.json"
    file.write_bytes(to_json(plan(DEAD, fault)))
    assert main(["run", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"fault 2 of the plan, '{fault.do}'") and word in printed.err


def test_who_accepts_loss_is_not_judged_for_it() -> None:
    kept: list[Cluster] = []
    ran = run(LOSING, 1, watch=kept.append)
    assert ran.findings == [] and ran.fired == {"store_failover_lossy": 1}
    assert kept[0].lost.entries >= 30 and books(kept[0]).journals


def test_but_for_everything_else() -> None:
    """The same run, and nobody remembers what was given up: then acknowledgements are missing."""

    def forget(cluster: Cluster) -> None:
        def add(entries: list[JournalEntry]) -> None:
            assert entries

        cluster.lost.add = add  # type: ignore[method-assign,assignment]

    assert "A11 durability" in run(LOSING, 1, watch=forget).identities
