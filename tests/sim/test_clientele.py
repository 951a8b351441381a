"""What clients do to an exchange on purpose, and what they see of what they are pushed."""

from pathlib import Path

import pytest

from sim import scenario
from sim.clients import hostile
from sim.clients.doors import NOT_DONE, UNKNOWN, Heard
from sim.clients.stormy import together
from sim.clients.views import AccountView, BookView, Gap, TradesView, View
from sim.plan import Op
from sim.zoo.patching import patched
from tests.sim.faults.test_client_faults import day
from tradewind.services.gateway.keys import Keys

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


def test_every_hostile_request_is_refused_in_plain_words() -> None:
    ops = tuple(Op(id=id, do="hostile", what=kind, at_ms=10 * id) for id, kind in enumerate(hostile.KINDS, 1))
    marks = day(ops=ops).marks
    told = {mark: count for mark, count in marks.items() if mark.startswith("told: hostile")}
    assert sum(told.values()) == len(hostile.KINDS) and "told: hostile yes" not in told
    assert told["told: hostile FRAME_REFUSED"] == len(hostile.FRAMES)


def test_a_gateway_that_cannot_hear_of_revocations_vouches_for_no_key() -> None:
    told_of = scenario.read(SCENARIOS / "found_revoked_key_at_a_gateway_cut_off.toml")
    with patched(Keys, "vouched", lambda self: True):
        assert "A13 access" in scenario.play(told_of).identities
    assert scenario.play(told_of).findings == []


@pytest.mark.parametrize("kind", [BookView, TradesView, AccountView])
def test_a_subscriber_sees_what_does_not_follow(kind: type[View]) -> None:
    view = kind()
    with pytest.raises(Gap, match="without a snapshot"):
        view.step(0, 1)
    view.begin(7)
    view.step(7, 8)
    for previous, seq in ((8, 10), (7, 8), (9, 10), (0, 1), (8, 8)):
        with pytest.raises(Gap):
            view.step(previous, seq)
    with pytest.raises(Gap, match="shown before"):
        view.begin(7)
    view.begin(8)


def test_many_answers_to_one_wish_are_one_answer() -> None:
    yes, no, replayed = Heard("", (7,)), Heard("MARKET_CLOSED"), Heard("REPLAYED_REQUEST")
    assert together([no, yes, UNKNOWN]) == yes
    assert together([no, UNKNOWN, NOT_DONE]) == UNKNOWN, "it may stand"
    assert together([replayed, NOT_DONE]) == NOT_DONE
    assert together([replayed, no]) == no
    assert together([replayed, replayed]) == UNKNOWN
