"""Forgeries of balances and postings, holds and settlements."""

import msgspec

from tests.audit.forging import Forgery, caught_by
from tradewind.messages import events as ev
from tradewind.values.ids import system_account
from tradewind.values.orders import OrderStatus, Side


def is_user(row: object) -> bool:
    return row.account > 0  # type: ignore[attr-defined, no-any-return]


# --- A1 A2 A3 money
@caught_by("A1", "A3", "A16")
def a_balance_has_one_unit_more(forgery: Forgery) -> None:
    forgery.add("balances", forgery.row("balances", is_user), available=1)


@caught_by("A1")
def a_unit_stays_in_transit(forgery: Forgery) -> None:
    row = forgery.row("balances", is_user)
    transit = msgspec.structs.replace(row, account=system_account("transit", row.shard), available=1, held=0)
    forgery.rows["balances"] = [other for other in forgery.rows["balances"] if other.account != transit.account]
    forgery.add("balances", row, available=-1)
    forgery.rows["balances"].append(transit)


@caught_by("A1")
def the_world_outside_pays_the_house(forgery: Forgery) -> None:
    outside = forgery.row("balances", lambda row: row.account == system_account("external", 0) and row.asset == "BTC")
    house = forgery.row("balances", lambda row: row.account == system_account("house", 0) and row.asset == "BTC")
    forgery.add("balances", outside, available=-1)
    forgery.add("balances", house, available=1)


@caught_by("A1")
def an_adjustment_was_never_booked(forgery: Forgery) -> None:
    forgery.drop("adjustments", forgery.row("adjustments"))


@caught_by("A1")
def an_adjustment_that_nobody_asked_for_is_booked(forgery: Forgery) -> None:
    forgery.rows["adjustments"].append(msgspec.structs.replace(forgery.row("adjustments"), reference="gift"))


@caught_by("A2")
def a_balance_is_below_zero(forgery: Forgery) -> None:
    forgery.change("balances", forgery.row("balances", is_user), available=-1)


@caught_by("A2")
def a_balance_was_below_zero_for_a_moment(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.BalanceChanged)[5]
    forgery.say(place, msgspec.structs.replace(place.event, available=-1))


@caught_by("A1", "A3")
def an_account_has_postings_and_no_balance(forgery: Forgery) -> None:
    forgery.drop("balances", forgery.row("balances", lambda row: row.account == system_account("house", 0)))


@caught_by("A1", "A3")
def an_account_has_a_balance_and_no_postings(forgery: Forgery) -> None:
    row = forgery.row("balances", is_user)
    forgery.rows["balances"].append(msgspec.structs.replace(row, account=10**6 + row.account, available=1, held=0))


@caught_by("A3")
def a_posting_is_missing(forgery: Forgery) -> None:
    forgery.drop("ledger", forgery.row("ledger", lambda row: row.kind == "trade"))


@caught_by("A3")
def two_postings_have_swapped_their_accounts(forgery: Forgery) -> None:
    one = forgery.row("ledger", lambda row: row.kind == "trade" and row.account > 0)
    other = forgery.row("ledger", lambda row: row.kind == "trade" and row.account > 0 and row.account != one.account)
    forgery.change("ledger", one, account=other.account)
    forgery.change("ledger", other, account=one.account)


@caught_by("A3")
def a_set_is_booked_a_second_time(forgery: Forgery) -> None:
    first = forgery.row("ledger", lambda row: row.kind == "trade")
    legs = [
        row
        for row in forgery.rows["ledger"]
        if (row.shard, row.seq, row.reference) == (first.shard, first.seq, first.reference)
    ]
    last = max(row.seq for row in forgery.rows["ledger"])
    forgery.rows["ledger"] += [msgspec.structs.replace(leg, seq=last + 1, leg=number) for number, leg in enumerate(legs)]


@caught_by("A3")
def a_leg_stands_twice_in_its_set(forgery: Forgery) -> None:
    forgery.rows["ledger"].append(forgery.row("ledger", lambda row: row.kind == "trade"))


# --- A4 holds
@caught_by("A4")
def a_hold_is_a_unit_too_large(forgery: Forgery) -> None:
    forgery.add("holds", forgery.row("holds"), held=1)


@caught_by("A4")
def a_hold_stands_behind_too_little(forgery: Forgery) -> None:
    """As a notional that wrapped around would leave it; balances agree with it."""
    hold = forgery.row("holds", lambda row: row.side is Side.BUY)
    balance = forgery.row("balances", lambda row: (row.account, row.asset) == (hold.account, hold.asset))
    forgery.add("holds", hold, held=-1)
    forgery.add("balances", balance, held=-1, available=1)


@caught_by("A4")
def money_is_held_for_nothing(forgery: Forgery) -> None:
    forgery.add("balances", forgery.row("balances", is_user), available=-1, held=1)


@caught_by("A4", "A8")
def a_hold_was_released_while_its_order_rests(forgery: Forgery) -> None:
    forgery.drop("holds", forgery.row("holds"))


@caught_by("A4", "A15")
def a_hold_outlives_its_order(forgery: Forgery) -> None:
    hold = forgery.row("holds")
    over = forgery.row("orders", lambda row: row.status is OrderStatus.FILLED)
    forgery.rows["holds"].append(msgspec.structs.replace(hold, order_id=over.order_id))


@caught_by("A4")
def an_order_is_accepted_twice(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.OrderAccepted)[3]
    forgery.say(place, place.event, place.event)


# --- A5 settlement
@caught_by("A5")
def a_leg_was_never_settled(forgery: Forgery) -> None:
    forgery.say(forgery.places("clearing", ev.LegSettled)[4])


@caught_by("A5")
def a_leg_was_settled_twice(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.LegSettled)[4]
    forgery.say(place, place.event, place.event)


@caught_by("A5")
def a_leg_was_settled_that_never_traded(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.LegSettled)[4]
    forgery.say(place, place.event, msgspec.structs.replace(place.event, trade_id=10**6))


@caught_by("A5")
def a_leg_was_settled_at_another_price(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.LegSettled)[4]
    forgery.say(place, msgspec.structs.replace(place.event, price=place.event.price + 10_000))


@caught_by("A5")
def a_fee_vanished(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.LegSettled, lambda leg: leg.fee > 0)[0]
    forgery.say(place, msgspec.structs.replace(place.event, fee=0))


@caught_by("A5")
def a_whole_set_is_missing_from_the_ledger(forgery: Forgery) -> None:
    first = forgery.row("ledger", lambda row: row.kind == "trade")
    forgery.rows["ledger"] = [row for row in forgery.rows["ledger"] if row.reference != first.reference]
