"""Asking clearing on behalf of a call, and answering with what came of it."""

from collections.abc import Callable
from typing import Any

from tradewind.messages.commands import Command
from tradewind.messages.replies import OrderAck, Refused, Reply
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.services.gateway import shapes
from tradewind.services.gateway.call import Call, nobody_waits
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, refusal_of, unavailable
from tradewind.services.gateway.progress import Progress


def unknown_outcome(**asked_by: Any) -> Problem:
    """`asked_by`: what a client may ask with to learn what came of it."""
    return Problem(504, "OUTCOME_UNKNOWN", "it may have been done: ask before you repeat it", **asked_by)


async def ask(gateway: Gateway, call: Call[Any], command: Command, command_id: bytes = b"", **asked_by: Any) -> Reply:
    """The reply, when it is no refusal. The effect is named by the call's own id, or by `command_id`. Raises Problem."""
    shard = gateway.shard_of(call.account)
    return await ask_of(gateway, shard, command, command_id or call.command_id, handed=call.handed, **asked_by)


async def ask_of(
    gateway: Gateway,
    shard: str,
    command: Command,
    command_id: bytes,
    handed: Callable[[], None] = nobody_waits,
    **asked_by: Any,
) -> Reply:
    """The same, of any shard. Raises Problem."""
    try:
        answer = await gateway.ask(shard, command, command_id, handed)
    except Unavailable:
        raise unavailable() from None
    except Unknown:
        raise unknown_outcome(**asked_by) from None
    if isinstance(answer.reply, Refused):
        raise refusal_of(answer.reply)
    return answer.reply


def named(order_id: int, client_order_id: str) -> dict[str, Any]:
    return {"orderId": order_id} if order_id else {"clientOrderId": client_order_id}


async def answer_of(gateway: Gateway, ack: OrderAck, response: str, enough: Callable[[Progress], bool]) -> dict[str, Any]:
    """The acknowledgement, and for RESULT and FULL what came of the order within 2 s."""
    shown = shapes.ack(ack)
    if response == "ACK":
        return shown
    progress = await gateway.updates.progresses.wait(ack, enough)
    if progress.update is not None:
        shown |= shapes.order(progress.update, gateway.catalogue)
    if response == "FULL":
        shown["fills"] = [shapes.fill(booked.fill, booked.at, gateway.catalogue) for booked in progress.fills]
    return shown


async def placed(gateway: Gateway, ack: OrderAck, response: str) -> dict[str, Any]:
    return await answer_of(gateway, ack, response, Progress.is_full if response == "FULL" else Progress.is_result)
