"""Forgeries of quantities, lives and books."""

import msgspec

from tests.audit.forging import Forgery, caught_by
from tradewind.messages import events as ev
from tradewind.messages.codec import Output, encode
from tradewind.values.orders import MarketState, OrderStatus, OrderType, Side


# --- A6 A7 orders
@caught_by("A6")
def an_order_says_it_executed_more(forgery: Forgery) -> None:
    forgery.add("orders", forgery.row("orders"), executed=1)


@caught_by("A6")
def a_fill_is_missing(forgery: Forgery) -> None:
    forgery.drop("fills", forgery.row("fills"))


@caught_by("A6")
def a_fill_stands_twice(forgery: Forgery) -> None:
    fill = forgery.row("fills")
    forgery.rows["fills"].append(msgspec.structs.replace(fill, fill_id=fill.fill_id + 10**9))


@caught_by("A6", "A9")
def an_order_trades_more_than_it_asked_for(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.Traded)[2]
    forgery.say(place, msgspec.structs.replace(place.event, quantity=place.event.quantity * 10))


@caught_by("A6")
def an_order_forgets_what_it_had_executed(forgery: Forgery) -> None:
    """H3, H18: partly filled, it rests with all it ever wanted."""
    taken = {place.event.taker_order for place in forgery.places("matching", ev.Traded)}
    place = forgery.places("matching", ev.OrderRested, lambda rested: rested.order_id in taken)[0]
    forgery.say(place, msgspec.structs.replace(place.event, left=place.event.left + 10_000))


@caught_by("A6", "A8")
def a_resting_row_has_more_left_than_its_trades_leave(forgery: Forgery) -> None:
    """H3: a restart begins with it, and would trade that a second time."""
    forgery.add("resting_orders", forgery.row("resting_orders"), left=10_000)


@caught_by("A6")
def a_resting_rows_quantity_is_relative(forgery: Forgery) -> None:
    """H18: what is left is right, what was asked for is another number."""
    forgery.add("resting_orders", forgery.row("resting_orders"), quantity=10_000)


@caught_by("A7")
def an_order_ends_twice(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderEnded)[3]
    forgery.say(place, place.event, place.event)


@caught_by("A7", "A8")
def an_order_never_ends(forgery: Forgery) -> None:
    forgery.say(forgery.places("matching", ev.OrderEnded, lambda ended: ended.status is OrderStatus.CANCELED)[0])


@caught_by("A7")
def a_filled_order_is_new_again(forgery: Forgery) -> None:
    forgery.change("orders", forgery.row("orders", lambda row: row.status is OrderStatus.FILLED), status=OrderStatus.NEW)


@caught_by("A7")
def an_account_is_told_that_its_order_went_backwards(forgery: Forgery) -> None:
    place = forgery.places("order", ev.OrderUpdated, lambda told: told.status is OrderStatus.FILLED)[0]
    forgery.say(place, msgspec.structs.replace(place.event, status=OrderStatus.NEW, executed=0))


@caught_by("A7")
def an_accepted_order_got_lost(forgery: Forgery) -> None:
    at = next(at for at, entry in enumerate(forgery.journals["matching/0"]) if b"OrderAccepted" in entry.input)
    forgery.hear("matching/0", at, lambda entry: msgspec.structs.replace(entry, events=()))
    forgery.write("matching/0", at, output=encode(Output((), None)))


# --- A8 A9 books
@caught_by("A8")
def the_book_is_crossed(forgery: Forgery) -> None:
    bid = forgery.row("resting_orders", lambda row: row.side is Side.BUY)
    ask = forgery.row("resting_orders", lambda row: (row.side, row.symbol) == (Side.SELL, bid.symbol))
    forgery.change("resting_orders", bid, price=ask.price)


@caught_by("A8", "A15", "A12")
def a_resting_order_is_gone(forgery: Forgery) -> None:
    forgery.drop("resting_orders", forgery.row("resting_orders"))


@caught_by("A8")
def a_cancelled_order_still_rests(forgery: Forgery) -> None:
    rests = forgery.row("resting_orders")
    over = forgery.row("orders", lambda row: row.status is OrderStatus.CANCELED)
    forgery.rows["resting_orders"].append(msgspec.structs.replace(rests, order_id=over.order_id))


@caught_by("A8")
def matching_says_something_out_of_the_blue(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderRested)[2]
    forgery.say(place, place.event, ev.MarketStateChanged(place.event.symbol, MarketState.HALT, ""))


@caught_by("A8")
def a_cancel_of_a_resting_order_is_refused(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.OrderEnded, lambda ended: ended.status is OrderStatus.CANCELED)[0]
    over = place.event
    forgery.say(place, ev.RequestRefused(over.order_id, over.account, over.symbol, "UNKNOWN_ORDER"))


@caught_by("A8")
def the_market_row_lags(forgery: Forgery) -> None:
    forgery.add("markets", forgery.row("markets", lambda row: row.last_trade > 0), last_price=10_000)


@caught_by("A9")
def the_takers_price_is_paid(forgery: Forgery) -> None:
    place = forgery.places("matching", ev.Traded)[0]
    forgery.say(place, msgspec.structs.replace(place.event, price=place.event.price + 10_000))


@caught_by("A9")
def an_order_of_the_kind_that_never_rests_rests(forgery: Forgery) -> None:
    hurried = {
        place.event.order_id
        for place in forgery.places("clearing", ev.OrderAccepted, lambda order: order.type is OrderType.MARKET)
    }
    place = forgery.places("matching", ev.OrderEnded, lambda ended: ended.order_id in hurried and ended.left > 0)[0]
    over = place.event
    forgery.say(place, ev.OrderRested(over.order_id, over.account, over.symbol, over.side, over.price, over.left))


@caught_by("A9")
def two_resting_orders_change_places(forgery: Forgery) -> None:
    one = forgery.row("resting_orders")
    other = forgery.row("resting_orders", lambda row: row.symbol == one.symbol and row.order_id != one.order_id)
    forgery.change("resting_orders", one, priority=other.priority)
    forgery.change("resting_orders", other, priority=one.priority)
