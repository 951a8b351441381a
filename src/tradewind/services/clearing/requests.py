"""Asking for an order's end, or for less of it. Whether it comes to that, matching says."""

from tradewind.messages.commands import ORDERS_PER_BATCH_MAX, AmendOrder, CancelAll, CancelOrder, CancelOrders
from tradewind.messages.events import AmendRequested, CancelRequested, Event
from tradewind.messages.replies import OrderAck, OrdersAck, Outcomes, Refused, Reply
from tradewind.runtime.machine import At
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.tables import Hold
from tradewind.values.refusals import Refusal


def find(desk: Desk, command: CancelOrder | AmendOrder) -> Hold | None:
    by_id = command.order_id != 0
    hold = desk.open.get(command.order_id) if by_id else desk.open.named(command.account, command.client_order_id)
    if hold is None or hold.account != command.account or hold.symbol != command.symbol:
        return None  # another account's order answers exactly like a missing one
    return hold


def cancel(desk: Desk, command: CancelOrder, at: At, events: list[Event]) -> OrderAck | Refused:
    hold = find(desk, command)
    if hold is None:
        return Refused(Refusal.UNKNOWN_ORDER)
    events.append(CancelRequested(hold.order_id, hold.account, hold.symbol))
    return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)


def cancel_batch(desk: Desk, batch: CancelOrders, at: At, events: list[Event]) -> Reply:
    if len(batch.cancels) > ORDERS_PER_BATCH_MAX:
        return Refused(Refusal.BATCH_TOO_LARGE)
    if not batch.cancels or any(cancel.account != batch.account for cancel in batch.cancels):
        return Refused(Refusal.BAD_REQUEST, "a batch has orders, and all are of one account")
    return Outcomes(tuple(cancel(desk, one, at, events) for one in batch.cancels))


def cancel_all(desk: Desk, command: CancelAll, events: list[Event]) -> Reply:
    if command.symbol and command.symbol not in desk.symbols:
        return Refused(Refusal.UNKNOWN_SYMBOL)
    holds = ask_for_all(desk, command.account, command.symbol, "", events)
    return OrdersAck(tuple(OrderAck(hold.order_id, hold.client_order_id, hold.symbol, hold.accepted_at) for hold in holds))


def ask_for_all(desk: Desk, account: int, symbol: str, reason: str, events: list[Event]) -> list[Hold]:
    """The orders whose cancellation is under way. Of a pair the first leg is asked for: it takes the other with it."""
    holds = [hold for hold in desk.open.of(account) if symbol in ("", hold.symbol)]
    for hold in holds:
        if hold.order_id == hold.list_id or desk.open.partner(hold) is None:
            events.append(CancelRequested(hold.order_id, hold.account, hold.symbol, reason))
    return holds


def amend(desk: Desk, command: AmendOrder, at: At, events: list[Event]) -> Reply:
    hold = find(desk, command)
    if hold is None:
        return Refused(Refusal.UNKNOWN_ORDER)
    if command.quantity <= 0 or command.quantity % desk.symbols[hold.symbol].lot:
        return Refused(Refusal.QUANTITY_OFF_LOT)
    if not hold.quantity - hold.left < command.quantity < hold.quantity:
        return Refused(Refusal.AMEND_MUST_REDUCE)
    events.append(AmendRequested(hold.order_id, hold.account, hold.symbol, command.quantity))
    return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)
