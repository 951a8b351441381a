"""Withdrawals: one legal path each, whoever races with whom."""

import itertools

import pytest

from tests.services.wallet.stories import Story, check
from tradewind.services.wallet.rules import decide
from tradewind.services.wallet.tables import WITHDRAWALS
from tradewind.services.wallet.withdrawals import CLOSED_NS
from tradewind.values.refusals import Refusal
from tradewind.values.wallet import WITHDRAWAL_NEXT, WithdrawalStatus


def test_from_the_request_to_the_payout() -> None:
    check("""
        report a1                 -> nothing
        ask 7 5                   -> 7 PENDING
        approve 7 by 90           -> 7 APPROVED
        approve 7 by 91           -> again
        sent 7 t                  -> INVALID_WITHDRAW_STATE
        sign 7 t                  -> 7 SIGNED
        sign 7 t                  -> again
        sign 7 u                  -> INVALID_WITHDRAW_STATE
        sent 7 t                  -> 7 BROADCAST
        sent 7 t                  -> nothing
        mined 7 t a2              -> OFF_CHAIN
        report a2                 -> nothing
        mined 7 t a2              -> nothing
        report a3                 -> nothing
        approve 7 by 90           -> again
        reject 7 by 90            -> INVALID_WITHDRAW_STATE
        report a4                 -> 7 COMPLETED, 7 paid 5 and 1
        mined 7 t a2              -> nothing
        mined 7 u a2              -> INVALID_WITHDRAW_STATE
    """)


def test_whoever_decides_first_has_decided() -> None:
    check("""
        ask 1 5                   -> 1 PENDING
        ask 2 5                   -> 2 PENDING
        ask 3 5                   -> 3 PENDING
        approve 1 by 11           -> SELF_APPROVAL
        reject 1 by 11            -> SELF_APPROVAL
        reject 1 by 90            -> 1 REJECTED, 1 back
        approve 1 by 91           -> INVALID_WITHDRAW_STATE
        cancel 1                  -> INVALID_WITHDRAW_STATE
        reject 1 by 91            -> again
        cancel 2                  -> 2 CANCELED, 2 back
        approve 2 by 91           -> INVALID_WITHDRAW_STATE
        cancel 2                  -> again
        approve 3 by 90           -> 3 APPROVED
        cancel 3                  -> INVALID_WITHDRAW_STATE
        reject 3 by 91            -> INVALID_WITHDRAW_STATE
        approve 4 by 90           -> UNKNOWN_WITHDRAWAL
    """)


def test_what_the_network_does_not_take_is_given_back_at_once() -> None:
    check("""
        ask 1 1                   -> 1 PENDING, 1 REJECTED, 1 back
    """)


def test_a_payout_fails_on_the_chain() -> None:
    check("""
        ask 1 5                   -> 1 PENDING
        approve 1 by 90           -> 1 APPROVED
        sign 1 t                  -> 1 SIGNED
        report a1                 -> nothing
        failed 1 t a1             -> 1 BROADCAST
        report a2 a3              -> 1 FAILED, 1 back
        report a4                 -> nothing
    """)


def test_nothing_is_signed_while_it_is_frozen() -> None:
    check("""
        ask 1 5                   -> 1 PENDING
        approve 1 by 90           -> 1 APPROVED
        freeze                    -> frozen
        freeze                    -> nothing
        sign 1 t                  -> WITHDRAWALS_FROZEN
        thaw                      -> thawed
        sign 1 t                  -> 1 SIGNED
    """)


def test_a_payout_is_paid_once_though_its_block_goes() -> None:
    check("""
        ask 1 5                       -> 1 PENDING
        approve 1 by 90               -> 1 APPROVED
        sign 1 t                      -> 1 SIGNED
        report a1 a2 a3               -> nothing
        mined 1 t a2                  -> 1 BROADCAST
        report b2 b3 b4 on a1         -> nothing
        mined 1 t a2                  -> OFF_CHAIN
        mined 1 t b3                  -> nothing
        report b5                     -> 1 COMPLETED, 1 paid 5 and 1
        report c2 c3 c4 c5 c6 on a1   -> nothing
        mined 1 t c5                  -> nothing
        report c7                     -> nothing
    """)


def test_a_failed_payout_that_succeeds_after_all_stops_everything() -> None:
    check("""
        ask 1 5                       -> 1 PENDING
        approve 1 by 90               -> 1 APPROVED
        sign 1 t                      -> 1 SIGNED
        report a1                     -> nothing
        failed 1 t a1                 -> 1 BROADCAST
        report a2 a3                  -> 1 FAILED, 1 back
        report b1 b2 b3 b4 on a0      -> nothing
        mined 1 t b2                  -> frozen
    """)


def test_nonces_are_contiguous_in_the_order_of_approvals() -> None:
    story = Story(crashing=True)
    for number in (1, 2, 3):
        story.line(f"ask {number} 5")
    for word in ("approve 3 by 90", "reject 1 by 90", "approve 3 by 90", "approve 2 by 90"):
        story.line(word)
    assert {row.withdrawal_id: row.nonce for row in story.kept.of(WITHDRAWALS)} == {1: -1, 2: 1, 3: 0}


def test_a_withdrawal_that_is_over_for_long_leaves_the_memory_and_not_the_table() -> None:
    story = Story(crashing=False)
    for number in (1, 2):
        story.line(f"ask {number} 5")
        story.line(f"cancel {number}")
        story.seq += CLOSED_NS
    assert story.line("cancel 1") == "UNKNOWN_WITHDRAWAL"
    assert [row.closed for row in story.kept.of(WITHDRAWALS)] == [True, False]


TARGETS = (WithdrawalStatus.APPROVED, WithdrawalStatus.REJECTED, WithdrawalStatus.CANCELED)


@pytest.mark.parametrize(("status", "target"), list(itertools.product(WithdrawalStatus, TARGETS)), ids=str)
def test_only_what_is_pending_is_decided(status: WithdrawalStatus, target: WithdrawalStatus) -> None:
    came = decide(status, target)
    legal = any(before is status and after is target for (before, _), after in WITHDRAWAL_NEXT.items())
    stands = status is target or (target is WithdrawalStatus.APPROVED and status.approved)
    assert came == (True if legal else False if stands else Refusal.INVALID_WITHDRAW_STATE)
