"""The methods of the private socket, declared: nearly all are routes of REST by another name, with handler and schema."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradewind.services.gateway import routes_batches, routes_orders, routes_pairs, routes_replace
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Answer, Empty
from tradewind.services.gateway.asked import Asked, Nothing
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.route import Route

ROUTES_OF_REST: Mapping[str, str] = {
    "order.place": "POST /v1/order",
    "order.test": "POST /v1/order/test",
    "order.cancel": "DELETE /v1/order",
    "order.amend": "PUT /v1/order/amend",
    "order.status": "GET /v1/order",
    "order.cancelReplace": "POST /v1/order/cancelReplace",
    "orderList.place": "POST /v1/orderList/oco",
    "orderList.status": "GET /v1/orderList",
    "orderList.cancel": "DELETE /v1/orderList",
    "batch.place": "POST /v1/batchOrders",
    "batch.cancel": "DELETE /v1/batchOrders",
    "openOrders.cancelAll": "DELETE /v1/openOrders",
    "cancelAfter": "POST /v1/cancelAfter",
}


class GuardAsked(Asked, frozen=True, kw_only=True):
    """`enabled` false takes the guard off again."""

    enabled: bool


class Guarded(Answer):
    enabled: bool


async def _pong(gateway: Gateway, call: Call[Nothing]) -> Any:
    return {}


async def _of_the_session(gateway: Gateway, call: Call[Any]) -> Any:
    raise AssertionError("the session itself handles this")


PING: Route[Any] = Route("WS", "ping", _pong, Need.READ, 1, Nothing, Empty, "Is anybody there?")
GUARD: Route[Any] = Route(
    *("WS", "session.cancelOnDisconnect", _of_the_session, Need.TRADE, 1, GuardAsked, Guarded),
    "Cancel all of the account's orders when this session ends, however it ends",
)


def _methods() -> Mapping[str, Route[Any]]:
    groups = (routes_orders, routes_batches, routes_pairs, routes_replace)
    rest = {route.name: route for group in groups for route in group.ROUTES}
    found = {path: replace(rest[name], method="WS", path=path) for path, name in ROUTES_OF_REST.items()}
    return found | {route.path: route for route in (PING, GUARD)}


METHODS: Mapping[str, Route[Any]] = _methods()
