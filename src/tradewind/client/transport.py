"""One vocabulary for both surfaces: methods of order entry are named as on the socket, and go over either."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from tradewind.client.rest import Client
from tradewind.client.session import Session


class Transport(Protocol):
    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result. Raises ApiError and NoAnswer."""
        ...


class Place(NamedTuple):
    verb: str
    path: str
    in_query: bool = False


PLACES: Mapping[str, Place] = {
    "order.place": Place("POST", "/v1/order"),
    "order.test": Place("POST", "/v1/order/test"),
    "order.cancel": Place("DELETE", "/v1/order", in_query=True),
    "order.status": Place("GET", "/v1/order", in_query=True),
    "order.amend": Place("PUT", "/v1/order/amend"),
    "order.cancelReplace": Place("POST", "/v1/order/cancelReplace"),
    "orderList.place": Place("POST", "/v1/orderList/oco"),
    "orderList.status": Place("GET", "/v1/orderList", in_query=True),
    "orderList.cancel": Place("DELETE", "/v1/orderList", in_query=True),
    "batch.place": Place("POST", "/v1/batchOrders"),
    "batch.cancel": Place("DELETE", "/v1/batchOrders"),
    "openOrders.cancelAll": Place("DELETE", "/v1/openOrders", in_query=True),
    "cancelAfter": Place("POST", "/v1/cancelAfter"),
}


class OverRest:
    """One request at a time: as many clients as should be under way at once."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        verb, path, in_query = PLACES[method]
        return await self._client.call(verb, path, params if in_query else None, None if in_query else params)


class OverSocket:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        return await self._session.ask(method, params)
