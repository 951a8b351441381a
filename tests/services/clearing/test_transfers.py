"""Money between accounts of a family: at once within a shard, and as soon as it is heard in another's."""

import pytest

from tests.services.clearing.drawing import Drawing, check
from tradewind.messages.commands import Transfer
from tradewind.messages.replies import Refused
from tradewind.services.clearing.tables import SENT_TRANSFERS
from tradewind.services.clearing.transfers import REFERENCE_NS
from tradewind.values.ids import ID_MAX
from tradewind.values.refusals import Refusal

DAY_S = REFERENCE_NS // 10**9


def test_within_a_shard_it_is_there_at_once() -> None:
    check("""
        fund ann 100 USDT
        buy 1 @ 60 ann #x
        send 41 USDT ann bob r1         -> INSUFFICIENT_BALANCE
        send 40 USDT ann bob r1         -> ok
        bob                             -> 40+0 USDT
        ann                             -> 0+60 USDT
        transit                         ->
    """)


def test_to_another_shard_it_goes_through_transit() -> None:
    """ann is shard 1's, bob shard 0's, which is down for a while; the money is under way meanwhile, and never twice there."""
    check(
        """
        fund ann 100 USDT
        stop clearing/0
        send 40 USDT ann bob r1         -> ok
        send 40 USDT ann bob r1         -> same
        ann                             -> 60+0 USDT
        bob                             ->
        transit                         -> 40+0 USDT
        start clearing/0
        bob                             -> 40+0 USDT
        transit                         -> -40+0 USDT, 40+0 USDT
        send 15 USDT bob ann r1         -> ok
        ann                             -> 75+0 USDT
        transit                         -> -25+0 USDT, 25+0 USDT
        send 5 USDT ann cat r2          -> ok
        cat                             -> 5+0 USDT
        """,
        clearing=2,
    )


def test_a_reference_means_one_transfer_for_a_day() -> None:
    check(f"""
        fund ann 100 USDT
        send 5 USDT ann bob r1          -> ok
        send 5 USDT ann bob r1          -> same
        send 6 USDT ann bob r1          -> DUPLICATE_IDEMPOTENCY_KEY
        send 5 BTC ann bob r1           -> DUPLICATE_IDEMPOTENCY_KEY
        send 5 USDT ann cat r1          -> DUPLICATE_IDEMPOTENCY_KEY
        send 5 USDT bob ann r1          -> ok
        bob                             ->
        ann                             -> 100+0 USDT
        wait {DAY_S - 60} s
        send 5 USDT ann bob r1          -> same
        wait 120 s
        send 6 USDT ann bob r1          -> ok
        send 6 USDT ann bob r1          -> same
        bob                             -> 6+0 USDT
    """)


@pytest.mark.parametrize("crashing", [False, True])
def test_references_of_yesterday_are_forgotten_two_for_each_that_comes(crashing: bool) -> None:
    made = Drawing(1, "asset BTC 0, asset USDT 0", "list BTCUSDT BTC USDT")
    (node,) = made.venue.of("clearing")
    made.play("fund ann 1000 USDT")
    for reference in ("c", "a", "d", "b"):
        made.play(f"send 1 USDT ann bob {reference}")
    made.play(f"wait {DAY_S + 60} s")
    left = []
    for reference in ("b", "n", "m", "b"):
        if crashing:
            node.reload()
        made.play(f"send 1 USDT ann bob {reference}")
        left.append([row.reference for row in node.kept.of(SENT_TRANSFERS)])
    assert left == [["b", "d"], ["b", "n"], ["b", "m", "n"], ["b", "m", "n"]]


@pytest.mark.parametrize(
    ("transfer", "code"),
    [
        (Transfer(1, 1, "USDT", 5, "r"), Refusal.BAD_REQUEST),
        (Transfer(1, 2, "USDT", 5, ""), Refusal.BAD_REQUEST),
        (Transfer(1, 2, "USDT", 5, "so long a name that nobody would call it"), Refusal.BAD_REQUEST),
        (Transfer(1, 0, "USDT", 5, "r"), Refusal.UNKNOWN_ACCOUNT),
        (Transfer(1, -2, "USDT", 5, "r"), Refusal.UNKNOWN_ACCOUNT),
        (Transfer(1, ID_MAX + 1, "USDT", 5, "r"), Refusal.UNKNOWN_ACCOUNT),
        (Transfer(-2, 1, "USDT", 5, "r"), Refusal.UNKNOWN_ACCOUNT),
        (Transfer(1, 2, "EUR", 5, "r"), Refusal.UNKNOWN_ASSET),
        (Transfer(1, 2, "USDT", 0, "r"), Refusal.QUANTITY_OUT_OF_RANGE),
        (Transfer(1, 2, "USDT", -5, "r"), Refusal.QUANTITY_OUT_OF_RANGE),
        (Transfer(1, 2, "USDT", 2**63, "r"), Refusal.QUANTITY_OUT_OF_RANGE),
    ],
)
def test_what_is_no_transfer(transfer: Transfer, code: Refusal) -> None:
    made = Drawing(1, "asset BTC 0, asset USDT 0", "list BTCUSDT BTC USDT")
    made.play("fund ann 1000 USDT")
    reply, events = made.venue.ask(made.venue.of("clearing")[0], transfer)
    assert isinstance(reply, Refused) and reply.code is code and not events
