"""Forgeries of commands and answers, of feeds and of whole journals."""

from typing import Any

import msgspec

from tests.audit.forging import Forgery, caught_by
from tradewind.audit.books import Witnessed
from tradewind.messages import events as ev
from tradewind.messages.codec import decode, encode
from tradewind.messages.replies import Answer, Created
from tradewind.runtime.machine import At, Outcome
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.order.machine import OrderMachine
from tradewind.values.orders import MarketState, OrderStatus


# --- A10 A11 commands
@caught_by("A10")
def a_command_has_its_effect_twice(forgery: Forgery) -> None:
    journal = forgery.journals["clearing/0"]
    at = next(at for at, entry in enumerate(journal) if entry.source == "inbox")
    journal.append(msgspec.structs.replace(journal[at], seq=journal[-1].seq + 1, at=journal[-1].at))
    forgery.link("clearing/0")


@caught_by("A10")
def an_order_is_accepted_with_another_quantity(forgery: Forgery) -> None:
    place = forgery.places("clearing", ev.OrderAccepted)[1]
    forgery.say(place, msgspec.structs.replace(place.event, quantity=place.event.quantity + 10_000))


@caught_by("A10")
def a_name_is_given_to_a_second_order(forgery: Forgery) -> None:
    named = forgery.places("clearing", ev.OrderAccepted, lambda order: order.client_order_id.startswith("name"))
    first = named[0].event
    again = next(
        place
        for place in named
        if place.event.account == first.account and place.event.client_order_id != first.client_order_id
    )
    forgery.say(again, msgspec.structs.replace(again.event, client_order_id=first.client_order_id))


@caught_by("A11")
def a_client_was_told_something_else(forgery: Forgery) -> None:
    row = forgery.row("commands")
    answer = decode(Answer, row.answer)
    forgery.witnessed = Witnessed([msgspec.structs.replace(answer, reply=Created(77))])


@caught_by("A11")
def a_client_was_answered_from_a_journal_that_ended_before(forgery: Forgery) -> None:
    answer = decode(Answer, forgery.row("commands").answer)
    forgery.witnessed = Witnessed([msgspec.structs.replace(answer, seq=10**6)])


@caught_by("A11")
def an_acceptance_was_answered_without_a_commit(forgery: Forgery) -> None:
    forgery.witnessed = Witnessed([Answer("request", "clearing/0", 0, Created(7))])


@caught_by("A11")
def an_event_was_pushed_that_never_was(forgery: Forgery) -> None:
    told = forgery.places("order", ev.OrderUpdated)[5].event
    forgery.witnessed = Witnessed((), [told, msgspec.structs.replace(told, executed=told.executed + 1)])


@caught_by("A11")
def another_answer_is_remembered(forgery: Forgery) -> None:
    row = forgery.row("commands")
    answer = decode(Answer, row.answer)
    forgery.change("commands", row, answer=encode(msgspec.structs.replace(answer, reply=Created(77))))


@caught_by("A11")
def a_command_is_remembered_that_is_not_journaled(forgery: Forgery) -> None:
    forgery.rows["commands"].append(msgspec.structs.replace(forgery.row("commands"), seq=10**6))


# --- A12 feeds
@caught_by("A12", "A16")
def a_journal_entry_is_missing(forgery: Forgery) -> None:
    del forgery.journals["matching/0"][10]


@caught_by("A12")
def the_newest_entry_is_missing(forgery: Forgery) -> None:
    forgery.journals["order/0"].pop()


@caught_by("A12")
def the_epoch_goes_back(forgery: Forgery) -> None:
    forgery.write("order/0", 10, epoch=0)


@caught_by("A12")
def a_delta_has_another_number(forgery: Forgery) -> None:
    place = forgery.places("marketdata", ev.BookDelta)[5]
    forgery.say(place, msgspec.structs.replace(place.event, seq=place.event.seq + 1))


@caught_by("A12")
def a_private_number_is_given_twice(forgery: Forgery) -> None:
    place = forgery.places("order", ev.OrderUpdated, lambda told: told.account_seq > 2)[0]
    forgery.say(place, msgspec.structs.replace(place.event, account_seq=place.event.account_seq - 1))


@caught_by("A12")
def a_trade_has_no_number(forgery: Forgery) -> None:
    forgery.say(forgery.places("matching", ev.Traded)[1])


@caught_by("A12")
def the_depth_shows_another_quantity(forgery: Forgery) -> None:
    forgery.add("depth_levels", forgery.row("depth_levels"), quantity=1)


@caught_by("A12")
def a_public_trade_is_not_kept(forgery: Forgery) -> None:
    forgery.drop("public_trades", forgery.row("public_trades"))


@caught_by("A12")
def the_channel_will_use_a_number_again(forgery: Forgery) -> None:
    forgery.add("book_channels", forgery.row("book_channels", lambda row: row.book_seq > 1), book_seq=-1)


@caught_by("A12")
def a_reader_heard_another_quantity(forgery: Forgery) -> None:
    def more(entry: ev.Entry) -> ev.Entry:
        first, *others = entry.events
        assert isinstance(first, ev.Traded)
        return msgspec.structs.replace(entry, events=(msgspec.structs.replace(first, quantity=first.quantity + 1), *others))

    forgery.hear("marketdata/0", _hears(forgery, "marketdata/0", ev.Traded), more)


@caught_by("A12")
def a_reader_heard_an_entry_twice(forgery: Forgery) -> None:
    journal = forgery.journals["marketdata/0"]
    journal.append(msgspec.structs.replace(journal[-1], seq=journal[-1].seq + 1))
    forgery.link("marketdata/0")


@caught_by("A12")
def a_reader_skipped_an_entry(forgery: Forgery) -> None:
    journal = forgery.journals["order/0"]
    del journal[_hears(forgery, "order/0", ev.Traded)]
    journal[:] = [msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(journal, 1)]
    forgery.link("order/0")


@caught_by("A12")
def an_effect_is_heard_before_its_cause(forgery: Forgery) -> None:
    journal = forgery.journals["order/0"]
    accepted = _hears(forgery, "order/0", ev.OrderAccepted)
    rested = next(at for at, entry in enumerate(journal) if at > accepted and entry.source.startswith("matching"))
    early = journal.pop(rested)
    journal.insert(accepted, early)
    journal[:] = [msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(journal, 1)]
    forgery.link("order/0")


@caught_by("A12")
def what_a_writer_knew_is_heard_after_what_it_said(forgery: Forgery) -> None:
    """The new symbol, after the trades in it: clearing, who said them, had heard of it long before."""
    journal = forgery.journals["order/0"]
    listed = [at for at, entry in enumerate(journal) if entry.source == "admin/0"][-1]
    journal.append(journal.pop(listed))
    journal[:] = [msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(journal, 1)]
    forgery.link("order/0")


def _hears(forgery: Forgery, shard: str, kind: type) -> int:
    """The first entry of `shard` that hears such an event first."""
    for at, entry in enumerate(forgery.journals[shard]):
        if isinstance(decode(ev.Entry, entry.input).events[0], kind):
            return at
    raise AssertionError(kind)


# --- A15 A16 liveness, replay
@caught_by("A15")
def a_reader_is_behind(forgery: Forgery) -> None:
    last = forgery.journals["marketdata/0"].pop()
    forgery.link("marketdata/0")
    row = forgery.row("positions", lambda row: (row.shard, row.source) == ("marketdata/0", last.source))
    forgery.change("positions", row, position=last.source_seq - 1)


@caught_by("A15")
def a_halt_was_never_heard_of(forgery: Forgery) -> None:
    forgery.change("clearing_symbols", forgery.row("clearing_symbols"), state=MarketState.HALT)
    forgery.change("markets", forgery.row("markets"), state=MarketState.PRE_OPEN)


@caught_by("A15")
def an_order_stays_open_for_ever(forgery: Forgery) -> None:
    over = forgery.row("orders", lambda row: row.status is OrderStatus.CANCELED)
    forgery.change("orders", over, status=OrderStatus.PARTIALLY_FILLED)


@caught_by("A16")
def a_byte_of_an_output_is_another(forgery: Forgery) -> None:
    entry = forgery.journals["order/0"][20]
    changed = entry.output[:-1] + bytes([entry.output[-1] ^ 1])
    forgery.journals["order/0"][20] = msgspec.structs.replace(entry, output=changed)


@caught_by("A16")
def an_input_cannot_be_read_any_more(forgery: Forgery) -> None:
    forgery.write("clearing/0", 5, input=b"\x09" + forgery.journals["clearing/0"][5].input)


@caught_by("A16")
def a_row_that_nobody_else_looks_at_is_another(forgery: Forgery) -> None:
    forgery.add("candles", forgery.row("candles"), volume=1)


@caught_by("A16")
def the_machine_has_become_another(forgery: Forgery) -> None:
    class Generous(ClearingMachine):
        def apply(self, item: Any, at: At) -> Outcome:
            outcome = super().apply(item, at)
            return outcome._replace(events=outcome.events[:-1]) if at.seq > 50 else outcome

    forgery.machines["clearing"] = Generous


@caught_by("A16")
def the_machine_dies_of_its_history(forgery: Forgery) -> None:
    class Mortal(OrderMachine):
        def apply(self, item: Any, at: At) -> Outcome:
            assert at.seq < 30, "too old"
            return super().apply(item, at)

    forgery.machines["order"] = Mortal
