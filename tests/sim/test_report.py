"""What a recorded run shows: it changes nothing, its messages have fates, its story begins with what is wrong."""

from collections import Counter
from functools import cache

import pytest

from sim.drawing import draw_plan
from sim.report.diverging import compared, parting
from sim.report.focus import first_violation
from sim.report.page import page_of
from sim.report.prose import Chosen, story
from sim.report.staging import Shown, Wanted, show, wanted
from sim.report.timeline import NEVER, Fate
from sim.run import run
from sim.zoo import keeper

CLEAN = Wanted(None, 2, "direct")
PLANTED = CLEAN._replace(mutant="h8")  # an order begins twice


@cache
def shown(one: Wanted) -> Shown:
    return show(one)


@cache
def caught() -> Shown:
    for seed in range(1, keeper.BUDGET_SEEDS):
        found = shown(PLANTED._replace(seed=seed))
        violation = first_violation(found.timeline)
        if violation is not None and violation.since_ns != NEVER and violation.about.orders:
            return found
    raise AssertionError("nobody has caught it")


def test_nobody_notices_the_recorder() -> None:
    assert run(draw_plan(2, "direct"), 2).result == shown(CLEAN).ran.result


def test_every_commit_is_a_tick_and_every_row_is_as_the_database_left_it() -> None:
    told, recorder = shown(CLEAN).timeline, shown(CLEAN).recorder
    told.check()
    database = recorder.cluster.database
    entries = Counter({mark.shard: 0 for mark in told.commits})
    for mark in told.commits:
        assert mark.first == entries[mark.shard] + 1, mark
        entries[mark.shard] = mark.last
    assert entries == {shard: len(journal) for shard, journal in database.journals.items() if journal}
    state = told.state(told.until_ns)
    kept = {
        table.name: len(rows) for table, rows in database.tables.items() if table.name in ("balances", "orders", "positions")
    }
    assert {name: len(state[name]) for name in kept} == kept and all(kept.values())


def test_messages_have_fates_and_whoever_they_concern() -> None:
    told = shown(CLEAN).timeline
    fates = Counter(message.fate for message in told.messages)
    assert fates[Fate.DELIVERED] > fates[Fate.LOST] > 0 and fates[Fate.LATE] > 0
    assert all(message.arrived_ns > message.sent_ns for message in told.messages if message.fate is Fate.LATE)
    kinds = Counter(message.kind for message in told.messages if message.about.orders)
    assert all(kinds[kind] for kind in ("send", "receive", "commit", "publish", "read")), kinds
    faults = {band.name for band in told.bands}
    assert {do.replace("_", " ") for do in shown(CLEAN).ran.fired} <= faults


def test_the_story_begins_with_what_is_wrong_and_follows_its_order() -> None:
    told = caught().timeline
    violation = first_violation(told)
    assert violation is not None
    lines = [line.text for line in story(told)]
    assert lines[0] == f"{violation.name} does not hold" and any(line.startswith("it is so since") for line in lines[:3])
    way = lines[lines.index(f"The way of order {violation.about.orders[0]}") :]
    steps = [
        ("asks", "client/"),
        ("inbox", "clearing/"),
        ("accepted", "clearing/"),
        ("commits", "matching/"),
    ]
    for word, who in steps:
        while way and not (word in way[0] and way[0].startswith(who)):
            way.pop(0)
        assert way, (word, who)


def test_it_is_wrong_from_the_commit_that_is_named_and_not_before() -> None:
    violation = first_violation(caught().timeline)
    assert violation is not None
    assert 0 < violation.since_ns < violation.at_ns
    assert any(
        mark.at_ns == violation.since_ns and violation.since.startswith(mark.shard) for mark in caught().timeline.commits
    )


def test_a_node_s_last_events_are_its_own() -> None:
    lines = [line for line in story(shown(CLEAN).timeline, Chosen(node="matching/0", last=7))]
    heading = next(place for place, line in enumerate(lines) if line.text == "The last 7 events of node matching/0")
    assert len(lines[heading + 1 :]) == 7 and all("matching/0" in line.text for line in lines[heading + 1 :])


def test_two_runs_are_compared_to_their_first_difference() -> None:
    clean, planted = show(CLEAN._replace(seed=caught().ran.seed)), caught()
    assert compared(clean, clean)[0] is None
    parted, lines = compared(clean, planted)
    assert parted is not None and parted.one != parted.other
    one, other = clean.recorder.events, planted.recorder.events
    assert one[: parted.place] == other[: parted.place]
    assert any(planted.ran.identities[0] in line.text for line in lines)
    assert parting(one, one[:-1]) == (len(one) - 1, one[-1][0], one[-1], None)


def test_a_page_holds_everything_and_asks_for_nothing() -> None:
    page = page_of(caught().timeline)
    assert "http://www.w3.org/2000/svg" in page  # a name, not an address
    assert page.count("://") == 1 and "@" + "PACKED@" not in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7", Wanted(None, 7)),
        ("7+h8", Wanted(None, 7, "swarm", "h8")),
    ],
)
def test_a_run_is_named_in_a_word(text: str, told: Wanted) -> None:
    assert wanted(text) == told
