"""Many orders in one request, each with its own outcome. One command, one commit: a batch is what a fast trader sends."""

from typing import Annotated, Any

from msgspec import Meta

from tradewind.messages.commands import ORDERS_PER_BATCH_MAX, CancelOrder, CancelOrders, PlaceOrder, PlaceOrders
from tradewind.messages.replies import OrderAck, Outcomes, Refused, Reply
from tradewind.services.gateway import orders, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Results
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.asking import ask
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.orders import CancelAsked, PlaceAsked
from tradewind.services.gateway.problems import Problem, bad, refusal_of
from tradewind.services.gateway.route import Route
from tradewind.values.ids import made_client_order_id


class BatchAsked(Asked, frozen=True):
    """Each of `orders` as for one order; newOrderRespType ACK only."""

    orders: Annotated[list[Any], Meta(min_length=1, max_length=ORDERS_PER_BATCH_MAX)]


def _fields(item: Any) -> dict[str, Any]:
    """Raises Problem."""
    if not isinstance(item, dict):
        raise bad("an order must be an object")
    return dict(item)


def _acknowledged_only(response: str) -> None:
    """Raises Problem."""
    if response != "ACK":
        raise bad("newOrderRespType of an order in a batch must be ACK")


def _results(parsed: list[Any], reply: Reply | None) -> dict[str, Any]:
    """In the order of the request; what could not be read stands among `parsed` as a Problem."""
    assert reply is None or isinstance(reply, Outcomes), reply
    outcomes = iter(reply.outcomes if reply is not None else ())
    results = []
    for item in parsed:
        came = item if isinstance(item, Problem) else next(outcomes)
        if isinstance(came, OrderAck):
            results.append(shapes.ack(came))
        else:
            results.append((refusal_of(came) if isinstance(came, Refused) else came).body())
    return {"results": results}


async def place_batch(gateway: Gateway, call: Call[BatchAsked]) -> Any:
    parsed: list[PlaceOrder | Problem] = []
    for place, item in enumerate(call.asked.orders):
        try:
            asked = read(PlaceAsked, _fields(item))
            _acknowledged_only(asked.new_order_resp_type)
            made = made_client_order_id(call.command_id, place)
            parsed.append(orders.place_order(asked, call.account, gateway.catalogue, made))
        except Problem as problem:
            parsed.append(problem)
    good = tuple(one for one in parsed if isinstance(one, PlaceOrder))
    if not good:
        return _results(parsed, None)
    names = [one.client_order_id for one in good]
    return _results(parsed, await ask(gateway, call, PlaceOrders(call.account, good), clientOrderIds=names))


async def cancel_batch(gateway: Gateway, call: Call[BatchAsked]) -> Any:
    """Acknowledged is each request, not the end of its order."""
    parsed: list[CancelOrder | Problem] = []
    for item in call.asked.orders:
        try:
            asked = read(CancelAsked, _fields(item))
            _acknowledged_only(asked.new_order_resp_type)
            parsed.append(orders.cancel_order(asked, call.account, gateway.catalogue))
        except Problem as problem:
            parsed.append(problem)
    good = tuple(one for one in parsed if isinstance(one, CancelOrder))
    return _results(parsed, await ask(gateway, call, CancelOrders(call.account, good)) if good else None)


_PATH = "/v1/batchOrders"
ROUTES: tuple[Route[Any], ...] = (
    Route("POST", _PATH, place_batch, Need.TRADE, 5, BatchAsked, Results, "Place up to 50 orders", 1, {"orders": PlaceAsked}),
    Route(
        "DELETE", _PATH, cancel_batch, Need.TRADE, 5, BatchAsked, Results, "Cancel up to 50 orders", 0, {"orders": CancelAsked}
    ),
)
