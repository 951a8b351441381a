"""The dead man's switch: whoever does not set it again in time has no orders any more."""

import pytest

from tests.services.clearing.drawing import Drawing, check
from tests.services.clearing.venue import SECOND_NS
from tradewind.messages.commands import CancelAfter, Tick
from tradewind.messages.events import CancelRequested
from tradewind.messages.replies import Refused, SwitchSet
from tradewind.services.clearing import switches
from tradewind.services.clearing.switches import TIMEOUT_NS_MAX
from tradewind.services.clearing.tables import DEAD_SWITCHES
from tradewind.values.refusals import Refusal


def test_it_strikes_when_nobody_has_set_it_again_and_once() -> None:
    """Played again with every machine dropped and loaded before each line: a restart keeps it."""
    check("""
        fund ann 100 USDT
        fund bob 100 USDT
        list ETHUSDT BTC USDT
        buy 1 @ 10 ann #a
        buy 1 @ 11 ann #b in ETHUSDT
        buy 1 @ 12 bob #c
        after 10 s ann                  -> ok
        wait 9 s                        ->
        after 10 s ann                  -> ok
        wait 9 s                        ->
        wait 1 s                        -> a asked for CANCEL_AFTER, b asked for CANCEL_AFTER, b canceled 1, a canceled 1
        ann                             -> 100+0 USDT
        buy 1 @ 10 ann #d
        wait 60 s                       ->
        bob                             -> 88+12 USDT
    """)


def test_it_strikes_although_its_shard_was_away_at_that_hour() -> None:
    check("""
        fund ann 100 USDT
        buy 1 @ 10 ann #a
        after 10 s ann
        stop clearing
        wait 60 s                       ->
        start clearing                  -> a asked for CANCEL_AFTER, a canceled 1
    """)


def test_there_is_one_for_each_market_beside_the_one_for_all() -> None:
    check("""
        fund ann 100 USDT
        list ETHUSDT BTC USDT
        buy 1 @ 10 ann #a
        buy 1 @ 11 ann #b in ETHUSDT
        after 10 s ann NOSUCH           -> UNKNOWN_SYMBOL
        after 10 s ann ETHUSDT          -> ok
        after 20 s ann                  -> ok
        wait 10 s                       -> b asked for CANCEL_AFTER, b canceled 1
        after 5 s ann ETHUSDT
        wait 5 s                        ->
        wait 5 s                        -> a asked for CANCEL_AFTER, a canceled 1
    """)


def test_it_can_be_taken_away() -> None:
    check("""
        fund ann 100 USDT
        buy 1 @ 10 ann #a
        after 0 s ann                   -> ok
        after 10 s ann                  -> ok
        after 0 s ann                   -> ok
        wait 60 s                       ->
    """)


def drawn() -> Drawing:
    return Drawing(1, "asset BTC 0, asset USDT 0", "list BTCUSDT BTC USDT")


@pytest.mark.parametrize("timeout_ns", [-1, TIMEOUT_NS_MAX + 1])
def test_it_strikes_within_a_day(timeout_ns: int) -> None:
    made = drawn()
    reply, events = made.venue.ask(made.venue.clearing_of(1), CancelAfter(1, "", timeout_ns))
    assert isinstance(reply, Refused) and reply.code is Refusal.BAD_REQUEST and not events


def test_the_answer_says_when() -> None:
    made = drawn()
    reply, _ = made.venue.ask(made.venue.clearing_of(1), CancelAfter(1, "", 7 * SECOND_NS))
    assert reply == SwitchSet(made.venue.now + 7 * SECOND_NS)
    assert made.venue.ask(made.venue.clearing_of(1), CancelAfter(1, "", 0))[0] == SwitchSet(0)


def test_whoever_sets_it_again_and_again_fills_no_memory_and_keeps_its_place() -> None:
    made = drawn()
    (node,) = made.venue.of("clearing")
    for _ in range(1_000):
        made.venue.ask(node, CancelAfter(1, "", TIMEOUT_NS_MAX))
        made.venue.ask(node, CancelAfter(2, "", 3_600 * SECOND_NS))
    at = {row.account: row.strikes_at for row in node.kept.of(DEAD_SWITCHES)}
    assert at.keys() == {1, 2} and node.alarm() == at[2] < at[1]
    assert len(node.machine._switches._line) < 100


@pytest.mark.parametrize("crashing", [False, True])
def test_those_that_strike_at_once_are_as_many_entries_as_their_orders_need(
    crashing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account's orders always fit, and a switch with nothing behind it costs no entry of its own."""
    monkeypatch.setattr(switches, "ACCOUNT_ORDERS_MAX", 3)
    made = drawn()
    (node,) = made.venue.of("clearing")
    for name, orders in (("ann", 2), ("bob", 0), ("cat", 1), ("dan", 1), ("eve", 0)):
        made.play(f"fund {name} 100 USDT")
        for number in range(orders):
            made.play(f"buy 1 @ 10 {name} #{name}{number}")
        made.play(f"after 60 s {name}")
    made.venue.now += 100 * SECOND_NS
    struck = []
    while 0 < node.alarm() <= made.venue.now:
        if crashing:
            node.reload()
        events = node.apply(Tick(), made.venue.now).events
        struck.append([event.account for event in events if isinstance(event, CancelRequested)])
    assert struck == [[1, 1, 3], [4]] and not node.kept.of(DEAD_SWITCHES) and node.alarm() == 0
