"""Orders in: place, cancel, amend, look at. REST and the private socket call these same handlers."""

from collections.abc import Callable
from typing import Any

from tradewind.messages.commands import Command
from tradewind.messages.replies import OrderAck, OrdersAck, Refused, Reply
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.services.gateway import orders, reads, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Acknowledged, OrderShown, Placed
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import AmendAsked, CancelAllAsked, CancelAsked, PlaceAsked, ShowAsked
from tradewind.services.gateway.problems import Problem, refusal_of, unavailable
from tradewind.services.gateway.progress import Progress
from tradewind.services.gateway.route import Route


async def _ask(gateway: Gateway, call: Call[Any], command: Command, **asked_by: Any) -> Reply:
    """The reply, when it is no refusal. `asked_by`: what a client whose outcome is unknown may ask with. Raises Problem."""
    try:
        answer = await gateway.ask(gateway.shard_of(call.account), command, call.command_id)
    except Unavailable:
        raise unavailable() from None
    except Unknown:
        raise Problem(504, "OUTCOME_UNKNOWN", "it may have been done: ask before you repeat it", **asked_by) from None
    if isinstance(answer.reply, Refused):
        raise refusal_of(answer.reply)
    return answer.reply


def _named(order_id: int, client_order_id: str) -> dict[str, Any]:
    return {"orderId": order_id} if order_id else {"clientOrderId": client_order_id}


async def _answer(gateway: Gateway, reply: Reply, response: str, enough: Callable[[Progress], bool]) -> Any:
    """The acknowledgement, and for RESULT and FULL what came of the order within 2 s."""
    assert isinstance(reply, OrderAck), reply
    shown = shapes.ack(reply)
    if response == "ACK":
        return shown
    progress = await gateway.updates.progresses.wait(reply, enough)
    if progress.update is not None:
        shown |= shapes.order(progress.update, gateway.catalogue)
    if response == "FULL":
        shown["fills"] = [shapes.fill(booked.fill, booked.at, gateway.catalogue) for booked in progress.fills]
    return shown


async def place(gateway: Gateway, call: Call[PlaceAsked]) -> Any:
    response = call.asked.new_order_resp_type
    command = orders.place_order(call.asked, call.account, gateway.catalogue, f"tw-{call.command_id.hex()}")
    reply = await _ask(gateway, call, command, clientOrderId=command.client_order_id)
    return await _answer(gateway, reply, response, Progress.is_full if response == "FULL" else Progress.is_result)


async def cancel(gateway: Gateway, call: Call[CancelAsked]) -> Any:
    """Acknowledged is the request; whether the order ended by it or was filled before, its events tell."""
    command = orders.cancel_order(call.asked, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command, **_named(command.order_id, command.client_order_id))
    return await _answer(gateway, reply, call.asked.new_order_resp_type, Progress.is_ended)


async def amend(gateway: Gateway, call: Call[AmendAsked]) -> Any:
    command = orders.amend_order(call.asked, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command, **_named(command.order_id, command.client_order_id))
    return await _answer(gateway, reply, "ACK", Progress.is_result)


async def cancel_all(gateway: Gateway, call: Call[CancelAllAsked]) -> Any:
    command = orders.cancel_all(call.asked, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command)
    assert isinstance(reply, OrdersAck), reply
    return [shapes.ack(one) for one in reply.orders]


async def show(gateway: Gateway, call: Call[ShowAsked]) -> Any:
    order_id, client_order_id = orders.order_named(call.asked)
    found = await reads.order(gateway, call.account, call.asked.symbol or None, order_id, client_order_id)
    return shapes.order(found, gateway.catalogue)


ROUTES: tuple[Route[Any], ...] = (
    Route("POST", "/v1/order", place, Need.TRADE, 1, PlaceAsked, Placed, "Place an order", orders=1),
    Route("GET", "/v1/order", show, Need.READ, 2, ShowAsked, OrderShown, "One order, open or over"),
    Route("DELETE", "/v1/order", cancel, Need.TRADE, 1, CancelAsked, Placed, "Cancel an order"),
    Route("PUT", "/v1/order/amend", amend, Need.TRADE, 1, AmendAsked, Acknowledged, "Reduce an order; it keeps its place"),
    Route("DELETE", "/v1/openOrders", cancel_all, Need.TRADE, 1, CancelAllAsked, list[Acknowledged], "Cancel all orders"),
)
