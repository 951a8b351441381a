"""Orders in: place, cancel, amend, look at. REST and the private socket call these same handlers."""

from collections.abc import Callable
from typing import Any

from tradewind.messages.commands import Command
from tradewind.messages.replies import OrderAck, OrdersAck, Refused, Reply
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.services.gateway import orders, reads, shapes
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, refusal_of, unavailable
from tradewind.services.gateway.progress import Progress
from tradewind.values.ids import CLIENT_ORDER_ID
from tradewind.values.symbols import SYMBOL


async def _ask(gateway: Gateway, call: Call, command: Command, **asked_by: Any) -> Reply:
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


async def place(gateway: Gateway, call: Call) -> Any:
    response = call.fields.word("newOrderRespType", orders.RESPONSES, "ACK")
    command = orders.place_order(call.fields, call.account, gateway.catalogue, f"tw-{call.command_id.hex()}")
    reply = await _ask(gateway, call, command, clientOrderId=command.client_order_id)
    return await _answer(gateway, reply, response, Progress.is_full if response == "FULL" else Progress.is_result)


async def cancel(gateway: Gateway, call: Call) -> Any:
    """Acknowledged is the request; whether the order ended by it or was filled before, its events tell."""
    response = call.fields.word("newOrderRespType", orders.RESPONSES, "ACK")
    command = orders.cancel_order(call.fields, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command, **_named(command.order_id, command.client_order_id))
    return await _answer(gateway, reply, response, Progress.is_ended)


async def amend(gateway: Gateway, call: Call) -> Any:
    command = orders.amend_order(call.fields, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command, **_named(command.order_id, command.client_order_id))
    return await _answer(gateway, reply, "ACK", Progress.is_result)


async def cancel_all(gateway: Gateway, call: Call) -> Any:
    command = orders.cancel_all(call.fields, call.account, gateway.catalogue)
    reply = await _ask(gateway, call, command)
    assert isinstance(reply, OrdersAck), reply
    return [shapes.ack(one) for one in reply.orders]


async def show(gateway: Gateway, call: Call) -> Any:
    symbol = call.fields.optional_text("symbol", SYMBOL)
    order_id, client_order_id = orders.order_named(call.fields)
    assert order_id or CLIENT_ORDER_ID.fullmatch(client_order_id), client_order_id
    call.fields.done()
    return shapes.order(await reads.order(gateway, call.account, symbol, order_id, client_order_id), gateway.catalogue)
