"""Order entry over the private socket: {"id": 7, "method": "order.place", "params": {...}} is answered by
{"id": 7, "status": 200, "result": {...}} or {"id": 7, "status": 400, "error": {"code", "message", "retryable"}}.

Methods: order.place, order.cancel, order.amend, order.status; parameters, answers and errors are those of REST. Requests are
handled side by side: who needs one to come before another waits for its answer.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import trio

from tradewind.services.gateway import routes_orders
from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.answers import Acknowledged, OrderShown, Placed
from tradewind.services.gateway.asked import read
from tradewind.services.gateway.call import Call, encode_json
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.orders import AmendAsked, CancelAsked, PlaceAsked, ShowAsked
from tradewind.services.gateway.problems import Problem, bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.strict import parse_json
from tradewind.values.ids import ID_MAX, REQUEST_ID

_METHODS: tuple[Route[Any], ...] = (
    Route("WS", "order.place", routes_orders.place, Need.TRADE, 1, PlaceAsked, Placed, "Place an order", orders=1),
    Route("WS", "order.cancel", routes_orders.cancel, Need.TRADE, 1, CancelAsked, Placed, "Cancel an order"),
    Route("WS", "order.amend", routes_orders.amend, Need.TRADE, 1, AmendAsked, Acknowledged, "Reduce an order"),
    Route("WS", "order.status", routes_orders.show, Need.READ, 2, ShowAsked, OrderShown, "One order, open or over"),
)
METHODS: Mapping[str, Route[Any]] = {route.path: route for route in _METHODS}


def _request(message: str | bytes) -> tuple[int | str | None, dict[str, Any]]:
    """(id, the other fields). Raises Problem; a request without a readable id is answered with id null."""
    given = parse_json(message.encode() if isinstance(message, str) else message)
    name = given.pop("id", None)
    if type(name) is int and 0 <= name <= ID_MAX:
        return name, given
    if isinstance(name, str) and REQUEST_ID.fullmatch(name):
        return name, given
    raise bad(f"id must be an integer or match {REQUEST_ID.pattern}")


class OrderEntry:
    """The requests of one session. `write_id` is the signed upgrade's: each request's effect is named by it and a count."""

    def __init__(self, gateway: Gateway, key: LiveKey, write_id: bytes, session: Session, nursery: trio.Nursery) -> None:
        self._gateway = gateway
        self._key = key
        self._write_id = write_id
        self._session = session
        self._nursery = nursery
        self._count = 0
        self._room = trio.Semaphore(gateway.options.requests_max)

    async def hear(self, message: str | bytes) -> None:
        """Waits while too many are in flight, and so lets the peer wait."""
        await self._room.acquire()
        self._count += 1
        effect = blake2b(self._write_id + self._count.to_bytes(8, "big"), digest_size=16).digest()
        self._nursery.start_soon(self._answer, message, effect)

    async def _answer(self, message: str | bytes, effect: bytes) -> None:
        name: int | str | None = None
        try:
            name, given = _request(message)
            shown = {"id": name, "status": 200, "result": await self._handle(given, effect)}
        except Problem as problem:
            shown = {"id": name, "status": problem.status, "error": problem.body()}
        finally:
            self._room.release()
        self._session.offer(encode_json(shown).decode())

    async def _handle(self, given: dict[str, Any], effect: bytes) -> Any:
        params = given.pop("params", {})
        method = given.pop("method", None)
        if given:
            raise bad(f"unknown field {min(given)[:64]!a}")
        route = METHODS.get(method) if isinstance(method, str) else None
        if route is None:
            raise bad(f"method must be one of {', '.join(METHODS)}")
        if not isinstance(params, dict):
            raise bad("params must be an object")
        check_permission(route.need, self._key.permissions)
        self._gateway.gate.vouch()
        asked = read(route.asks, params)
        self._gateway.gate.charge(route, self._key.account, asked, Standing())
        call = Call(effect.hex(), self._key.account, self._key.permissions, effect, asked)
        return await route.handler(self._gateway, call)
