"""Forgeries of deposits and withdrawals: what tests.audit.wallet_day has lived through, told otherwise."""

import msgspec

from tests.audit.forging import Forgery, Place, caught_by
from tradewind.messages import events as ev
from tradewind.values.wallet import DepositStatus, WithdrawalStatus


def becomes(forgery: Forgery, status: WithdrawalStatus, number: int = 0) -> Place:
    """Where the wallet says so of the `number`-th withdrawal that has come that far."""
    return forgery.places("wallet", ev.WithdrawalUpdated, lambda told: told.status is status)[number]


# --- A14 deposits
@caught_by("A14")
def a_deposit_is_credited_twice(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.DepositCredited)[0]
    forgery.say(place, place.event, place.event)


@caught_by("A14")
def a_deposit_is_credited_a_second_time_under_another_number(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.DepositCredited)[0]
    forgery.say(place, place.event, msgspec.structs.replace(place.event, credit=2))
    forgery.change("deposits", forgery.row("deposits", lambda row: row.txid == place.event.txid), credits=2)


@caught_by("A14")
def a_deposit_is_reversed_twice(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.DepositReversed)[0]
    forgery.say(place, place.event, place.event)


@caught_by("A14")
def more_is_reversed_than_was_credited(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.DepositReversed)[0]
    forgery.say(place, msgspec.structs.replace(place.event, units=place.event.units + 1))


@caught_by("A14")
def a_deposit_that_was_reversed_still_counts(forgery: Forgery) -> None:
    row = forgery.row("deposits", lambda row: row.status is DepositStatus.ORPHANED and row.credits)
    forgery.change("deposits", row, status=DepositStatus.CREDITED)


@caught_by("A14", "A3")
def a_credit_that_was_heard_is_not_booked(forgery: Forgery) -> None:
    forgery.rows["ledger"] = [row for row in forgery.rows["ledger"] if row.kind != "deposit"]


# --- A14 withdrawals
@caught_by("A14")
def a_withdrawal_is_paid_twice(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.WithdrawalDebited)[0]
    forgery.say(place, place.event, place.event)


@caught_by("A14")
def a_withdrawal_is_paid_in_two_transactions(forgery: Forgery) -> None:
    place = becomes(forgery, WithdrawalStatus.BROADCAST)
    forgery.say(place, msgspec.structs.replace(place.event, txid="another"))


@caught_by("A14")
def one_transaction_pays_two_withdrawals(forgery: Forgery) -> None:
    paid, failed = (
        forgery.row("withdrawals", lambda row, status=status: row.status is status)
        for status in (WithdrawalStatus.COMPLETED, WithdrawalStatus.FAILED)
    )
    forgery.change("withdrawals", failed, txid=paid.txid, nonce=paid.nonce)


@caught_by("A14")
def a_withdrawal_is_paid_and_given_back(forgery: Forgery) -> None:
    place = forgery.places("wallet", ev.WithdrawalDebited)[0]
    forgery.say(place, place.event, ev.WithdrawalReleased(place.event.withdrawal_id, place.event.account))


@caught_by("A14")
def a_withdrawal_is_signed_that_nobody_approved(forgery: Forgery) -> None:
    forgery.say(becomes(forgery, WithdrawalStatus.APPROVED))


@caught_by("A14")
def a_rejected_withdrawal_is_sent_all_the_same(forgery: Forgery) -> None:
    place = becomes(forgery, WithdrawalStatus.REJECTED)
    forgery.say(place, place.event, msgspec.structs.replace(place.event, status=WithdrawalStatus.SIGNED))


@caught_by("A14")
def its_owner_approves_a_withdrawal(forgery: Forgery) -> None:
    row = forgery.row("withdrawals", lambda row: row.status is WithdrawalStatus.COMPLETED)
    forgery.change("withdrawals", row, reviewed_by=row.account)


@caught_by("A14")
def a_withdrawal_goes_to_another_address(forgery: Forgery) -> None:
    row = forgery.row("withdrawals", lambda row: row.status is WithdrawalStatus.COMPLETED)
    forgery.change("withdrawals", row, address="thief")


@caught_by("A14", "A4")
def a_hold_is_never_released(forgery: Forgery) -> None:
    """The wallet says that it is over, and not to clearing, whose row still holds."""
    place = forgery.places("wallet", ev.WithdrawalReleased)[0]
    forgery.say(place)
    row = forgery.row("withdrawal_holds", lambda row: row.withdrawal_id == place.event.withdrawal_id)
    forgery.change("withdrawal_holds", row, held=row.units + row.fee_units, ended_at=0)


# --- A4 on the way
@caught_by("A4")
def a_unit_too_many_was_held_for_a_moment(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.BalanceChanged, lambda told: told.held > 0)[5]
    forgery.say(place, msgspec.structs.replace(place.event, held=place.event.held + 1, available=place.event.available - 1))


@caught_by("A4")
def a_withdrawal_was_not_held_when_it_was_asked_for(forgery: Forgery) -> None:
    asked = forgery.places("clearing", ev.WithdrawalHeld)[0]
    told = next(
        place
        for place in forgery.places("clearing", ev.BalanceChanged)
        if (place.shard, place.at) == (asked.shard, asked.at) and place.event.asset == asked.event.asset
    )
    need = asked.event.units + asked.event.fee_units
    forgery.say(told, msgspec.structs.replace(told.event, held=told.event.held - need))
