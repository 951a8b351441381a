"""Order entry over the private socket: {"id": 7, "method": "order.place", "params": {...}} is answered by
{"id": 7, "status": 200, "result": {...}} or {"id": 7, "status": 400, "error": {"code", "message", "retryable"}}.

Methods stand in socket_methods.py; parameters, answers and errors are those of REST. Requests are handled side by side and
answered as they are done, but what they ask of a shard reaches it in the order in which they came: who places and at once
cancels need not wait in between. So many may be under way in one session; one more is refused (429) and has no effect.
"""

from collections import deque
from hashlib import blake2b
from typing import Any, NamedTuple

import trio

from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.asked import read
from tradewind.services.gateway.call import Call, encode_json
from tradewind.services.gateway.disconnects import Guard
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.socket_methods import GUARD, METHODS
from tradewind.services.gateway.strict import parse_json
from tradewind.values.ids import ID_MAX, REQUEST_ID

Name = int | str | None


class _Request(NamedTuple):
    name: Name
    route: Route[Any]
    call: Call[Any]


def _name_of(given: dict[str, Any]) -> Name:
    """Raises Problem; a request without a readable id is answered with id null."""
    name = given.pop("id", None)
    if type(name) is int and 0 <= name <= ID_MAX:
        return name
    if isinstance(name, str) and REQUEST_ID.fullmatch(name):
        return name
    raise bad(f"id must be an integer or match {REQUEST_ID.pattern}")


class OrderEntry:
    """The requests of one session. `write_id` is the signed upgrade's: each request's effect is named by it and a count."""

    def __init__(
        self, gateway: Gateway, key: LiveKey, write_id: bytes, session: Session, nursery: trio.Nursery, guard: Guard
    ) -> None:
        self._gateway = gateway
        self._key = key
        self._write_id = write_id
        self._session = session
        self._nursery = nursery
        self._guard = guard
        self._count = 0
        self._under_way = 0
        self._admitted: deque[_Request] = deque()
        self._turn = trio.Lock()

    async def hear(self, message: str | bytes) -> None:
        """Admit it here, one after the other; then a task of its own handles it."""
        name: Name = None
        try:
            given = parse_json(message.encode() if isinstance(message, str) else message)
            name = _name_of(given)
            request = self._admit(name, given)
        except Problem as problem:
            self._refuse(name, problem)
            return
        self._under_way += 1
        self._admitted.append(request)
        self._nursery.start_soon(self._handle_first)

    def _admit(self, name: Name, given: dict[str, Any]) -> _Request:
        """Raises Problem."""
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
        limit = self._gateway.options.requests_max
        if self._under_way >= limit:
            raise Problem(429, "TOO_MANY_IN_FLIGHT", f"{limit} requests of this session are under way; nothing was done")
        asked = read(route.asks, params)
        self._gateway.gate.charge(route, self._key.account, asked, Standing())
        self._count += 1
        effect = blake2b(self._write_id + self._count.to_bytes(8, "big"), digest_size=16).digest()
        return _Request(
            name, route, Call(effect.hex(), self._key.account, self._key.permissions, effect, asked, handed=self._next_turn)
        )

    async def _handle_first(self) -> None:
        """Whichever task has its turn takes the oldest request, and the next one's comes when this one's command is handed
        over: so commands reach their shard in the order of arrival, in whatever order tasks are scheduled."""
        await self._turn.acquire()
        name, route, call = self._admitted.popleft()
        if route.need is Need.READ:
            self._next_turn()
        try:
            if route is GUARD:
                result = await self._guard.set(call.asked.enabled)
            else:
                result = await route.handler(self._gateway, call)
        except Problem as problem:
            self._refuse(name, problem)
        else:
            self._session.offer(encode_json({"id": name, "status": 200, "result": result}).decode())
        finally:
            self._next_turn()
            self._under_way -= 1

    def _next_turn(self) -> None:
        if self._turn.statistics().owner is trio.lowlevel.current_task():
            self._turn.release()

    def _refuse(self, name: Name, problem: Problem) -> None:
        shown = {"id": name, "status": problem.status, "error": problem.body()}
        self._session.offer(encode_json(shown).decode())
