"""An order's next state, from the one before and one event. Any contradiction is ours, so it is an assertion."""

import msgspec

from tradewind.messages.events import LegSettled, OrderAccepted, OrderEnded, OrderReduced, OrderSized, OrderUpdated, Traded
from tradewind.services.order.tables import Fill, Order
from tradewind.values.entries import ENTRY_LIMITS
from tradewind.values.orders import ENDING, NEXT, OrderStatus

# Fill ids stay below 2**53 (exact in JSON) for 2**37 inputs of the book-keeper. A settlement entry has two legs per trade, and
# one entry of matching some thousands of trades: an order may trigger others. They are beyond all ids of the first release,
# which had room for 2**12 an input.
FILLS_PER_ENTRY_MAX = 2**16
assert 2 * ENTRY_LIMITS.fills <= FILLS_PER_ENTRY_MAX


def fill_id(seq: int, place: int) -> int:
    """The id of the fill at `place` of the book-keeper's input `seq`: grows with booking, the same after a reload."""
    assert 0 <= place < FILLS_PER_ENTRY_MAX, (seq, place)
    return seq * FILLS_PER_ENTRY_MAX + place


def accepted(event: OrderAccepted, at: int) -> Order:
    """`at` in wall nanoseconds, here and below: when the writer of the event said so."""
    return Order(
        order_id=event.order_id,
        account=event.account,
        symbol=event.symbol,
        client_order_id=event.client_order_id,
        side=event.side,
        type=event.type,
        time_in_force=event.time_in_force,
        self_trade=event.self_trade,
        price=event.price,
        quantity=event.quantity,
        executed=0,
        quote_executed=0,
        status=OrderStatus.NEW,
        reason="",
        created_at=at,
        updated_at=at,
        stop_price=event.stop_price,
        display=event.display,
        good_till=event.good_till,
        quote_quantity=event.quote_quantity,
        list_id=event.list_id,
        triggered=False,
    )


def stepped(order: Order, word: str, at: int) -> Order:
    """The order one step on along NEXT. Two shards' clocks may differ: `updated_at` never goes back."""
    step = (order.status, word)
    assert step in NEXT, (order.order_id, step)
    return msgspec.structs.replace(order, status=NEXT[step], updated_at=max(order.updated_at, at))


def traded(order: Order, event: Traded, left: int, base_precision: int, at: int) -> Order:
    """`left` is what matching says is open after the trade; it must be what the order's own sum says."""
    notional, rest = divmod(event.price * event.quantity, 10**base_precision)
    assert rest == 0, event
    executed = order.executed + event.quantity
    assert event.quantity > 0 and executed + left == order.quantity and left >= 0, (order, event)
    return msgspec.structs.replace(
        stepped(order, "Traded", at), executed=executed, quote_executed=order.quote_executed + notional
    )


def reduced(order: Order, event: OrderReduced, at: int) -> Order:
    assert event.by > 0 and order.quantity - event.by == event.quantity, (order, event)
    assert event.left == event.quantity - order.executed > 0, (order, event)
    return msgspec.structs.replace(stepped(order, "Reduced", at), quantity=event.quantity)


def triggered(order: Order, at: int) -> Order:
    """From here on it is a LIMIT or a MARKET order like others; its type stays what it came as."""
    assert order.type.waits and not order.triggered, order
    return msgspec.structs.replace(stepped(order, "Triggered", at), triggered=True)


def sized(order: Order, event: OrderSized, at: int) -> Order:
    """An order by amount learns its quantity before it trades."""
    assert order.quote_quantity and not order.executed and event.quantity > 0, (order, event)
    return msgspec.structs.replace(stepped(order, "Sized", at), quantity=event.quantity)


def ended(order: Order, event: OrderEnded, at: int) -> Order:
    """FILLED means filled to the unit, and what is filled to the unit ends in no other way."""
    assert event.status in ENDING, event
    assert (event.status is OrderStatus.FILLED) == (order.executed == order.quantity), (order, event)
    assert not event.rested or event.left == order.quantity - order.executed, (order, event)
    return msgspec.structs.replace(stepped(order, ENDING[event.status], at), reason=event.reason)


def update(order: Order, account_seq: int) -> OrderUpdated:
    return OrderUpdated(
        account=order.account,
        account_seq=account_seq,
        order_id=order.order_id,
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        price=order.price,
        quantity=order.quantity,
        executed=order.executed,
        quote_executed=order.quote_executed,
        status=order.status,
        reason=order.reason,
        created_at=order.created_at,
        updated_at=order.updated_at,
        self_trade=order.self_trade,
        stop_price=order.stop_price,
        display=order.display,
        good_till=order.good_till,
        quote_quantity=order.quote_quantity,
        list_id=order.list_id,
        triggered=order.triggered,
    )


def booked(leg: LegSettled, number: int, at: int) -> Fill:
    """One account's side and nothing of the other's. `number` is the fill_id."""
    return Fill(
        fill_id=number,
        symbol=leg.symbol,
        trade_id=leg.trade_id,
        order_id=leg.order_id,
        account=leg.account,
        side=leg.side,
        maker=leg.maker,
        price=leg.price,
        quantity=leg.quantity,
        notional=leg.notional,
        fee=leg.fee,
        fee_asset=leg.fee_asset,
        at=at,
    )
