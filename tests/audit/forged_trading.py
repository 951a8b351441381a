"""Forgeries of what is more than a price and a quantity: stop orders, pairs, icebergs, amounts, batches, switches, transfers,
tiers, breakers, limits."""

from collections.abc import Callable

import msgspec

from tests.audit.forging import Forgery, Place, caught_by
from tradewind.messages import commands as cm
from tradewind.messages import events as ev
from tradewind.messages.codec import Output, decode, encode
from tradewind.messages.replies import OrderAck, Outcomes, Refused, Reply, SwitchSet
from tradewind.values.ids import system_account
from tradewind.values.orders import MarketState, OrderType, Side, TimeInForce
from tradewind.values.refusals import Refusal


def commanded(forgery: Forgery, kind: type, test: Callable[[cm.Command, Output], bool]) -> tuple[str, int, Output]:
    """The first such command that passes: its shard, its place there, and what came of it."""
    for shard, journal in forgery.journals.items():
        for at, entry in enumerate(journal):
            if entry.source in ("inbox", "clock"):
                body, output = decode(cm.Envelope, entry.input).body, decode(Output, entry.output)
                if isinstance(body, kind) and test(body, output):
                    return shard, at, output
    raise AssertionError(kind)


def answer(forgery: Forgery, shard: str, at: int, output: Output, reply: Reply) -> None:
    forgery.write(shard, at, output=encode(Output(output.events, reply)))


# --- stop orders and pairs
@caught_by("A7", "A8")
def a_stop_order_triggers_twice(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderTriggered)[0]
    forgery.say(place, place.event, place.event)


@caught_by("A7")
def a_stop_order_that_waits_trades(forgery: Forgery) -> None:
    takers = {place.event.taker_order for place in forgery.places("matching", ev.Traded)}
    forgery.say(forgery.places("matching", ev.OrderTriggered, lambda triggered: triggered.order_id in takers)[0])


@caught_by("A7")
def an_account_is_told_that_its_stop_order_waits_again(forgery: Forgery) -> None:
    told = forgery.places("order", ev.OrderUpdated, lambda told: told.triggered)
    first = next(one for one in told if any(one.event.order_id == two.event.order_id for two in told if two != one))
    again = [one for one in told if one.event.order_id == first.event.order_id][1]
    forgery.say(again, msgspec.structs.replace(again.event, triggered=False))


@caught_by("A8")
def a_stop_order_waits_for_another_price(forgery: Forgery) -> None:
    forgery.add("armed_stops", forgery.row("armed_stops"), stop_price=10_000)


@caught_by("A9")
def two_stop_orders_change_places(forgery: Forgery) -> None:
    symbols = [row.symbol for row in forgery.rows["armed_stops"]]
    symbol = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
    one, other = [row for row in forgery.rows["armed_stops"] if row.symbol == symbol][:2]
    forgery.change("armed_stops", one, arrival=other.arrival)
    forgery.change("armed_stops", other, arrival=one.arrival)


@caught_by("A15", "A8")
def a_stop_order_is_gone(forgery: Forgery) -> None:
    forgery.drop("armed_stops", forgery.row("armed_stops"))


@caught_by("A8")
def a_leg_of_a_pair_is_left_behind(forgery: Forgery) -> None:
    forgery.say(forgery.places("matching", ev.OrderEnded, lambda ended: ended.reason == "PAIR")[0])


@caught_by("A10")
def the_legs_of_a_pair_have_two_names(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.OrderAccepted, lambda order: order.list_id > 0)[1]
    forgery.say(place, msgspec.structs.replace(place.event, list_id=place.event.list_id + 1))


# --- icebergs, amounts, ends in time
@caught_by("A8", "A9")
def an_iceberg_shows_more_than_its_slice(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderRested, lambda rested: rested.shown > 0)[0]
    forgery.say(place, msgspec.structs.replace(place.event, shown=place.event.left))


@caught_by("A8")
def a_slice_is_not_replaced(forgery: Forgery) -> None:
    forgery.say(forgery.places("matching", ev.OrderShown)[0])


@caught_by("A12", "A8")
def a_row_shows_what_is_hidden(forgery: Forgery) -> None:
    row = forgery.row("resting_orders", lambda row: 0 < row.shown < row.left)
    forgery.change("resting_orders", row, shown=row.left)


@caught_by("A6", "A9")
def an_amount_buys_more(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderSized)[0]
    forgery.say(place, msgspec.structs.replace(place.event, quantity=place.event.quantity + 10_000))


@caught_by("A6")
def an_order_is_sized_twice(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderSized)[0]
    forgery.say(place, place.event, place.event)


@caught_by("A8")
def an_order_outlives_its_end(forgery: Forgery) -> None:
    forgery.say(forgery.places("matching", ev.OrderEnded, lambda ended: ended.reason == "GOOD_TILL")[0])


@caught_by("A8")
def a_breaker_opens_by_itself(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderRested)[3]
    forgery.say(place, place.event, ev.MarketStateChanged(place.event.symbol, MarketState.TRADING, "CIRCUIT_BREAKER"))


# --- batches and tests
def partly(body: cm.Command, output: Output) -> bool:
    outcomes = output.reply.outcomes if isinstance(output.reply, Outcomes) else ()
    return {type(one) for one in outcomes} == {OrderAck, Refused}


@caught_by("A10")
def a_batch_tells_of_an_order_that_it_refused(forgery: Forgery) -> None:
    shard, at, output = commanded(forgery, cm.PlaceOrders, partly)
    assert isinstance(output.reply, Outcomes)
    outcomes = tuple(reversed(output.reply.outcomes))
    answer(forgery, shard, at, output, Outcomes((*outcomes, outcomes[0])))


@caught_by("A10")
def a_batch_keeps_silent_about_an_order(forgery: Forgery) -> None:
    shard, at, output = commanded(forgery, cm.PlaceOrders, partly)
    assert isinstance(output.reply, Outcomes)
    outcomes = [Refused(Refusal.BAD_REQUEST)] * len(output.reply.outcomes)
    answer(forgery, shard, at, output, Outcomes(tuple(outcomes)))


@caught_by("A10")
def a_batch_of_cancels_answers_for_too_few(forgery: Forgery) -> None:
    shard, at, output = commanded(
        forgery, cm.CancelOrders, lambda body, output: isinstance(output.reply, Outcomes) and len(output.reply.outcomes) > 1
    )
    assert isinstance(output.reply, Outcomes)
    answer(forgery, shard, at, output, Outcomes(output.reply.outcomes[1:]))


@caught_by("A10")
def a_tested_order_is_accepted(forgery: Forgery) -> None:
    shard, at, output = commanded(forgery, cm.TestOrder, lambda body, output: True)
    order = forgery.places("clearing", ev.OrderAccepted)[0].event
    forgery.write(shard, at, output=encode(Output((msgspec.structs.replace(order, order_id=10**12),), output.reply)))


# --- switches
def struck(forgery: Forgery) -> Place:
    return forgery.places("clearing", ev.CancelRequested, lambda asked: asked.reason == "CANCEL_AFTER")[0]


@caught_by("A7")
def a_switch_leaves_an_order_alone(forgery: Forgery) -> None:
    forgery.say(struck(forgery))


@caught_by("A7")
def a_switch_strikes_whom_it_is_not_set_over(forgery: Forgery) -> None:
    place = struck(forgery)
    forgery.say(place, place.event, msgspec.structs.replace(place.event, order_id=1))


@caught_by("A7")
def an_order_is_cancelled_by_a_switch_at_no_switchs_instant(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.CancelRequested, lambda asked: not asked.reason)[0]
    forgery.say(place, msgspec.structs.replace(place.event, reason="CANCEL_AFTER"))


@caught_by("A15")
def a_switch_never_strikes(forgery: Forgery) -> None:
    place = struck(forgery)
    del forgery.journals[place.shard][place.at]
    forgery.link(place.shard)


@caught_by("A10")
def a_switch_is_set_to_another_instant(forgery: Forgery) -> None:
    shard, at, output = commanded(
        forgery, cm.CancelAfter, lambda body, output: isinstance(output.reply, SwitchSet) and output.reply.at > 0
    )
    answer(forgery, shard, at, output, SwitchSet(1))


@caught_by("A7")
def a_switch_is_forgotten(forgery: Forgery) -> None:
    forgery.rows["dead_switches"] = [
        msgspec.structs.replace(row, strikes_at=row.strikes_at + 1) for row in forgery.rows["dead_switches"]
    ]


# --- money
@caught_by("A1", "A3")
def a_transfer_is_never_credited(forgery: Forgery) -> None:
    sent = forgery.places("clearing", ev.TransferSent)[0].event
    booked = "transfer", str(sent.transfer_id), sent.to_account
    row = forgery.row("ledger", lambda row: (row.kind, row.reference, row.account) == booked)
    forgery.change("ledger", row, account=system_account("house", row.shard))


@caught_by("A10")
def a_transfer_sends_more_than_was_asked(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.TransferSent)[0]
    forgery.say(place, msgspec.structs.replace(place.event, units=place.event.units + 1))


@caught_by("A10")
def a_transfer_is_sent_that_nobody_asked_for(forgery: Forgery) -> None:
    sent, place = forgery.places("clearing", ev.TransferSent)[0].event, forgery.places("clearing", ev.OrderAccepted)[0]
    forgery.say(place, place.event, msgspec.structs.replace(sent, transfer_id=10**12))


@caught_by("A5")
def a_pin_is_another_accounts(forgery: Forgery) -> None:
    """Clearing has heard it of the neighbour, and settles as if it had not."""
    for shard, journal in forgery.journals.items():
        for at, entry in enumerate(journal):
            if shard.startswith("clearing") and b"AccountTierSet" in entry.input:
                forgery.hear(shard, at, moved)


def moved(entry: ev.Entry) -> ev.Entry:
    events = [
        msgspec.structs.replace(event, level=1 - max(0, event.level)) if isinstance(event, ev.AccountTierSet) else event
        for event in entry.events
    ]
    return msgspec.structs.replace(entry, events=tuple(events))


@caught_by("A4")
def both_legs_of_a_pair_are_held_for(forgery: Forgery) -> None:
    row = forgery.row("holds", lambda row: row.list_id and row.held == 0)
    forgery.change("holds", row, held=row.left)


# --- bands and limits
@caught_by("A9")
def an_order_comes_in_beyond_the_band(forgery: Forgery) -> None:
    orders = forgery.places(
        "clearing", ev.OrderAccepted, lambda order: order.side is Side.BUY and order.time_in_force is TimeInForce.GTC
    )
    place = orders[-1]
    forgery.say(place, msgspec.structs.replace(place.event, price=place.event.price * 2, type=OrderType.LIMIT))


@caught_by("A9")
def an_order_is_worth_more_than_one_may_be(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.OrderAccepted)[-1]
    forgery.say(place, msgspec.structs.replace(place.event, quantity=10**15))


@caught_by("A9")
def an_account_has_too_many_orders(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.OrderAccepted)[-1]
    many = [msgspec.structs.replace(place.event, order_id=10**12 + number) for number in range(200)]
    forgery.say(place, *many)
