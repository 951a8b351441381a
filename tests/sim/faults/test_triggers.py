"""Moments named by what happens: each is met where it says, and nothing else is taken for one."""

import pytest

from sim import scenario
from sim.cluster import Cluster
from sim.drawing import draw_plan
from sim.drawing.further import MOMENTS
from sim.faults.triggers import BadTrigger, read
from sim.plan import Fault, Plan, When
from sim.run import run
from tests.sim.faults.small_world import Small, seen
from tradewind.messages.codec import Output, decode

DAY = draw_plan(1, "short")


def struck(fault: Fault) -> tuple[list[tuple[object, ...]], Cluster]:
    """A short day with one fault: its trace, and what was left."""
    kept: list[Cluster] = []
    plan = Plan(markets=DAY.markets, storm_ms=300, clients=DAY.clients, chain=DAY.chain, faults=(fault,))
    ran = run(plan, 1, watch=kept.append, trace_max=100_000)
    assert ran.findings == [] and ran.fired == {fault.do: 1}
    return list(ran.result.trace), kept[0]


def before_it(trace: list[tuple[object, ...]], kind: str) -> list[tuple[object, ...]]:
    """What had happened before the fault struck."""
    place = next(place for place, event in enumerate(trace) if event[1:3] == ("fault", kind))
    return trace[:place]


@pytest.mark.parametrize(("before", "stands"), [(True, 1), (False, 2)])
def test_at_a_commit(before: bool, stands: int) -> None:
    fault = Fault(do="kill", when=When(on="commit of clearing/0", count=2, in_storm=True, before=before), for_ms=100)
    trace, _ = struck(fault)
    storm = [event for event in before_it(trace, "kill") if event[1] == "fate" and event[2] == "clearing/0"]
    boots = [event for event in trace if event[1] == "boot" and event[2] == "client/1"]
    assert len([event for event in storm if event[0] >= boots[0][0]]) == stands


@pytest.mark.parametrize(("before", "last"), [(True, 2), (False, 4)])
def test_at_a_publication(before: bool, last: int) -> None:
    async def body(small: Small) -> None:
        bus = small.boot("one").bus
        small.strike(Fault(do="kill", when=When(on="publish of matching/0 seq 3", before=before), for_ms=9_999))
        for seq in (1, 2, 4):  # entries 3 and 4 were said together
            assert small.kernel.node("one").up
            small.kernel.nursery.start_soon(bus.publish, "matching/0", seq, b"x")
            await small.sleep(20)
        assert not small.kernel.node("one").up and small.did("one")
        assert small.cluster.broker.stream("matching/0").last == last

    seen(body)


def test_at_the_first_event_of_a_kind() -> None:
    fault = Fault(do="bus_flush", when=When(on="Traded of matching"))
    trace, cluster = struck(fault)
    last = next(event for event in reversed(before_it(trace, "bus_flush")) if event[1] == "commit")
    shard, seqs, _ = str(last[3]).split()
    after, upto = map(int, seqs.split(".."))
    trades = [
        entry.seq
        for entry in cluster.database.journals[shard]
        if any(type(event).__name__ == "Traded" for event in decode(Output, entry.output).events)
    ]
    assert shard.startswith("matching/") and after < trades[0] <= upto


def test_when_something_is_tallied_for_the_second_time() -> None:
    plan = Plan(
        markets=DAY.markets,
        storm_ms=300,
        chain=DAY.chain,
        clients=DAY.clients,
        faults=(
            Fault(do="bus_lose_tail", when=When(at_ms=100), amount=50),
            Fault(do="bus_lose_tail", when=When(at_ms=200), amount=50),
            Fault(do="store_slow", when=When(on="marked: fault: bus_lose_tail", count=2), for_ms=50, amount=5),
        ),
    )
    ran = run(plan, 1, trace_max=100_000)
    assert ran.findings == []
    faults = [event[2] for event in ran.result.trace if event[1] == "fault"]
    assert faults == ["bus_lose_tail", "bus_lose_tail", "store_slow"]


def test_who_did_it_is_the_victim_of_a_mark() -> None:
    fault = Fault(do="pause", when=When(on="marked: told: place yes", in_storm=True), for_ms=50)
    trace, _ = struck(fault)
    [paused] = [event for event in trace if event[1] == "pause"]
    assert str(paused[2]).startswith("client/")


def test_what_no_node_has_done_has_no_victim() -> None:
    flush = Fault(do="bus_flush", when=When(at_ms=100))
    kill = Fault(do="kill", when=When(on="marked: fault: bus_flush"), for_ms=50)
    ran = run(Plan(markets=DAY.markets, storm_ms=300, clients=DAY.clients, chain=DAY.chain, faults=(flush, kill)), 1)
    assert ran.findings == [] and ran.fired == {"bus_flush": 1}


@pytest.mark.parametrize(
    "when",
    [
        When(on="commit of nobody"),
        When(on="clearing/0"),
        When(on="publish of matching/0 seq x"),
        When(on="NoSuchEvent of clearing"),
        When(on="Traded of matching", before=True),
        When(on="marked: fenced", before=True),
        When(on="commit of clearing", count=0),
    ],
)
def test_what_names_nothing_is_refused(when: When) -> None:
    with pytest.raises(BadTrigger):
        read(when)


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_moment_that_is_drawn_can_be_read(moment: str) -> None:
    assert read(When(on=moment)).who


def test_a_person_can_write_one() -> None:
    text = """
says = "clearing dies after its 2nd commit"
seed = 1
expect = ["fault: kill"]
[plan]
storm_ms = 300
faults = [{ do = "kill", when = { on = "commit of clearing", count = 2, in_storm = true }, for_ms = 50 }]
"""
    told_of = scenario.parse(text)
    assert scenario.parse(scenario.to_toml(told_of)) == told_of
    assert told_of.plan.faults[0].when == When(on="commit of clearing", count=2, in_storm=True)
