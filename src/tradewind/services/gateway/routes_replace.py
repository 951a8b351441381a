"""Cancel, and place another order when the first has ended: two commands, composed here.

Their ids are made of the request's, so a repetition of the request finds both refused. Nothing is placed before the first
order's end is known, and nothing instead of an order that was filled meanwhile (unless ALLOW_FAILURE says so): no trader has
more in the market than he asked for.
"""

from hashlib import blake2b
from typing import Any, Literal

import trio

from tradewind.messages.commands import CancelOrder, PlaceOrder
from tradewind.messages.replies import OrderAck
from tradewind.services.gateway import orders, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Replaced
from tradewind.services.gateway.asked import ClientOrderId, Id
from tradewind.services.gateway.asking import ask, named, placed, unknown_outcome
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import PlaceAsked
from tradewind.services.gateway.problems import Problem, bad
from tradewind.services.gateway.progress import Progress
from tradewind.services.gateway.route import Route
from tradewind.values.ids import made_client_order_id
from tradewind.values.orders import OrderStatus
from tradewind.values.refusals import Refusal

# Clearing gives an order's funds back when it hears of its end, perhaps a moment after we have heard of it.
FUNDS_PAUSES_S = (0.02, 0.05, 0.1, 0.2)
_NOT_YET = (Refusal.INSUFFICIENT_BALANCE.value, Refusal.TOO_MANY_OPEN_ORDERS.value)


class ReplaceAsked(PlaceAsked, frozen=True, kw_only=True):
    """The new order, and what names the old one. STOP_ON_FAILURE: no new order unless the old one was cancelled."""

    cancel_replace_mode: Literal["STOP_ON_FAILURE", "ALLOW_FAILURE"]
    cancel_order_id: Id = 0
    cancel_orig_client_order_id: ClientOrderId = ""


def _part(command_id: bytes, number: int) -> bytes:
    return blake2b(command_id + number.to_bytes(1, "big"), digest_size=16).digest()


async def cancel_replace(gateway: Gateway, call: Call[ReplaceAsked]) -> Any:
    asked = call.asked
    if bool(asked.cancel_order_id) == bool(asked.cancel_orig_client_order_id):
        raise bad("one of cancelOrderId and cancelOrigClientOrderId is required")
    made = made_client_order_id(_part(call.command_id, 1))
    order = orders.place_order(asked, call.account, gateway.catalogue, made)  # what cannot be read cancels nothing
    shown: dict[str, Any] = {"newOrderResult": "NOT_ATTEMPTED", "newOrderResponse": None}
    try:
        shown |= {"cancelResponse": await _cancel(gateway, call), "cancelResult": "SUCCESS"}
    except Problem as problem:
        if problem.status >= 500:
            raise
        shown |= {"cancelResponse": problem.body(), "cancelResult": "FAILURE"}
        if asked.cancel_replace_mode == "STOP_ON_FAILURE":
            raise _failed(problem, shown) from None
    try:
        shown |= {"newOrderResponse": await _place(gateway, call, order), "newOrderResult": "SUCCESS"}
    except Problem as problem:
        if problem.status >= 500:
            problem.extra |= {"cancelResult": shown["cancelResult"], "cancelResponse": shown["cancelResponse"]}
            raise
        shown |= {"newOrderResponse": problem.body(), "newOrderResult": "FAILURE"}
        if shown["cancelResult"] == "FAILURE":
            raise _failed(problem, shown) from None
    return shown


def _failed(problem: Problem, shown: dict[str, Any]) -> Problem:
    """Nothing has happened."""
    return Problem(problem.status, problem.code, problem.message, **shown)


async def _cancel(gateway: Gateway, call: Call[ReplaceAsked]) -> dict[str, Any]:
    """What has become of the old order, which has ended by this. Raises Problem: below 500 it has not, and will not."""
    order_id, client_order_id = call.asked.cancel_order_id, call.asked.cancel_orig_client_order_id
    symbol = gateway.catalogue.rules_of(call.asked.symbol).symbol
    command = CancelOrder(call.account, symbol, order_id, client_order_id)
    asked_by = named(order_id, client_order_id)
    ack = await ask(gateway, call, command, _part(call.command_id, 0), **asked_by)
    assert isinstance(ack, OrderAck), ack
    progress = await gateway.updates.progresses.wait(ack, Progress.is_ended)
    if progress.update is None or not progress.is_ended():
        raise unknown_outcome(**asked_by)
    if progress.update.status is not OrderStatus.CANCELED:
        raise Problem(409, "ORDER_ENDED", f"the order was {progress.update.status.name} before it could be cancelled")
    return shapes.ack(ack) | shapes.order(progress.update, gateway.catalogue)


async def _place(gateway: Gateway, call: Call[ReplaceAsked], order: PlaceOrder) -> dict[str, Any]:
    """Raises Problem."""
    pauses_s = iter(FUNDS_PAUSES_S)
    number = 1
    while True:
        try:
            ack = await ask(gateway, call, order, _part(call.command_id, number), clientOrderId=order.client_order_id)
            break
        except Problem as problem:
            pause_s = next(pauses_s, None)
            if problem.code not in _NOT_YET or pause_s is None:
                raise
        await trio.sleep(pause_s)
        number += 1
    assert isinstance(ack, OrderAck), ack
    return await placed(gateway, ack, call.asked.new_order_resp_type)


ROUTES: tuple[Route[Any], ...] = (
    Route(
        "POST",
        "/v1/order/cancelReplace",
        cancel_replace,
        Need.TRADE,
        1,
        ReplaceAsked,
        Replaced,
        "Cancel an order and place another",
        orders=1,
    ),
)
