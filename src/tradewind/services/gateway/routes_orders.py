"""Orders in: place, cancel, amend, look at. REST, the private socket and the compatible surface call these same handlers."""

from typing import Any

from tradewind.messages.commands import CancelAfter, TestOrder
from tradewind.messages.replies import OrderAck, OrdersAck, SwitchSet, Tested
from tradewind.services.gateway import orders, reads, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Acknowledged, Empty, OrderShown, Placed, SwitchShown
from tradewind.services.gateway.asking import answer_of, ask, named, placed
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import (
    AmendAsked,
    CancelAfterAsked,
    CancelAllAsked,
    CancelAsked,
    PlaceAsked,
    ShowAsked,
)
from tradewind.services.gateway.progress import Progress
from tradewind.services.gateway.route import Route
from tradewind.values.ids import made_client_order_id

_NS_PER_MS = 1_000_000


async def place(gateway: Gateway, call: Call[PlaceAsked]) -> Any:
    command = orders.place_order(call.asked, call.account, gateway.catalogue, made_client_order_id(call.command_id))
    ack = await ask(gateway, call, command, clientOrderId=command.client_order_id)
    assert isinstance(ack, OrderAck), ack
    return await placed(gateway, ack, call.asked.new_order_resp_type)


async def test(gateway: Gateway, call: Call[PlaceAsked]) -> Any:
    """Everything that placing would check, and no order."""
    order = orders.place_order(call.asked, call.account, gateway.catalogue, made_client_order_id(call.command_id))
    reply = await ask(gateway, call, TestOrder(call.account, order))
    assert isinstance(reply, Tested), reply
    return {}


async def cancel(gateway: Gateway, call: Call[CancelAsked]) -> Any:
    """Acknowledged is the request; whether the order ended by it or was filled before, its events tell."""
    command = orders.cancel_order(call.asked, call.account, gateway.catalogue)
    ack = await ask(gateway, call, command, **named(command.order_id, command.client_order_id))
    assert isinstance(ack, OrderAck), ack
    return await answer_of(gateway, ack, call.asked.new_order_resp_type, Progress.is_ended)


async def amend(gateway: Gateway, call: Call[AmendAsked]) -> Any:
    command = orders.amend_order(call.asked, call.account, gateway.catalogue)
    ack = await ask(gateway, call, command, **named(command.order_id, command.client_order_id))
    assert isinstance(ack, OrderAck), ack
    return shapes.ack(ack)


async def cancel_all(gateway: Gateway, call: Call[CancelAllAsked]) -> Any:
    reply = await ask(gateway, call, orders.cancel_all(call.asked, call.account, gateway.catalogue))
    assert isinstance(reply, OrdersAck), reply
    return [shapes.ack(one) for one in reply.orders]


async def cancel_after(gateway: Gateway, call: Call[CancelAfterAsked]) -> Any:
    """The dead man's switch. Setting it again moves it, 0 takes it away; so whoever does not know may set it again."""
    symbol = gateway.catalogue.rules_of(call.asked.symbol).symbol if call.asked.symbol else ""
    reply = await ask(gateway, call, CancelAfter(call.account, symbol, call.asked.timeout * _NS_PER_MS))
    assert isinstance(reply, SwitchSet), reply
    return {"symbol": symbol, "timeout": call.asked.timeout, "triggerTime": shapes.ms(reply.at)}


async def show(gateway: Gateway, call: Call[ShowAsked]) -> Any:
    order_id, client_order_id = orders.order_named(call.asked)
    found = await reads.order(gateway, call.account, call.asked.symbol or None, order_id, client_order_id)
    return shapes.order(found, gateway.catalogue)


ROUTES: tuple[Route[Any], ...] = (
    Route("POST", "/v1/order", place, Need.TRADE, 1, PlaceAsked, Placed, "Place an order", orders=1),
    Route("GET", "/v1/order", show, Need.READ, 2, ShowAsked, OrderShown, "One order, open or over"),
    Route("DELETE", "/v1/order", cancel, Need.TRADE, 1, CancelAsked, Placed, "Cancel an order"),
    Route("POST", "/v1/order/test", test, Need.TRADE, 1, PlaceAsked, Empty, "Whether an order would be accepted"),
    Route("PUT", "/v1/order/amend", amend, Need.TRADE, 1, AmendAsked, Acknowledged, "Reduce an order; it keeps its place"),
    Route("DELETE", "/v1/openOrders", cancel_all, Need.TRADE, 1, CancelAllAsked, list[Acknowledged], "Cancel all orders"),
    Route("POST", "/v1/cancelAfter", cancel_after, Need.TRADE, 1, CancelAfterAsked, SwitchShown, "Set the dead man's switch"),
)
