"""`/ws-api/v3`: requests over a WebSocket, {"id", "method", "params"} -> {"id", "status", "result" | "error", "rateLimits"}.

A request is signed by itself (its params have apiKey, timestamp, signature), or its session is: after session.logon requests
need none of the three. What is signed are the params in order of their names, as name=value, joined by "&".
"""

from collections import deque
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import trio

from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.call import Call, encode_json
from tradewind.services.gateway.compat.faults import body_of, fault, invalid, missing
from tradewind.services.gateway.compat.gate import CompatGate, Signatory, asked_of
from tradewind.services.gateway.compat.signature import Signed, key_of, times_of
from tradewind.services.gateway.compat.table import METHODS
from tradewind.services.gateway.compat.wsapi_session import KEY_METHODS, SESSION, ApiSession
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.strict import parse_json
from tradewind.values.ids import ID_MAX, REQUEST_ID

Name = int | str | None
PARAMETERS_MAX = 64


class _Request(NamedTuple):
    name: Name
    route: Route[Any]
    call: Call[Any]


def name_of(given: dict[str, Any]) -> Name:
    """Integer, text or null. Raises Fault."""
    name = given.pop("id", None)
    if name is None or (type(name) is int and 0 <= name <= ID_MAX):
        return name
    if isinstance(name, str) and REQUEST_ID.fullmatch(name):
        return name
    raise invalid("id")


def text_of(value: Any) -> str:
    """A parameter as it was signed. Lists are JSON, as in a query string. Raises Fault."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return encode_json(value).decode()
    raise fault(-1100, "Parameters must be text, numbers or lists of text.")


def payloads_of(params: dict[str, str]) -> tuple[bytes, ...]:
    """What may have been signed: the values as they are, or percent-encoded, as some clients do it."""
    pairs = sorted((name, value) for name, value in params.items() if name != "signature")
    bare = "&".join(f"{name}={value}" for name, value in pairs)
    return bare.encode(), urlencode(pairs).encode(), urlencode(pairs, quote_via=quote).encode()


class Requests:
    """Of one connection. Its writes leave in the order in which they came."""

    def __init__(self, gateway: Gateway, gate: CompatGate, session: Session, state: ApiSession, nursery: trio.Nursery) -> None:
        self._gateway = gateway
        self._gate = gate
        self._session = session
        self._state = state
        self._nursery = nursery
        self._under_way = 0
        self._admitted: deque[_Request] = deque()

    async def hear(self, message: str | bytes) -> None:
        """Admit it here, one after the other; then a task of its own handles it."""
        name: Name = None
        standing = Standing()
        try:
            given = parse_json(message.encode() if isinstance(message, str) else message)
            name = name_of(given)
            request = await self._admit(name, given, standing)
        except Problem as problem:
            self._refuse(name, problem)
            return
        self._under_way += 1
        self._admitted.append(request)
        self._nursery.start_soon(self._handle_first)

    async def _admit(self, name: Name, given: dict[str, Any], standing: Standing) -> _Request:
        """Raises Problem."""
        method, params = given.pop("method", None), given.pop("params", None) or {}
        if given:
            raise fault(-1104, "Not all sent parameters were read.")
        route = METHODS.get(method) or SESSION.get(method) if isinstance(method, str) else None
        if route is None:
            raise fault(-1000, "Unknown method.")
        if not isinstance(params, dict) or len(params) > PARAMETERS_MAX:
            raise invalid("params")
        limit = self._gateway.options.requests_max
        if self._under_way >= limit:
            raise Problem(429, "RATE_LIMIT", f"{limit} requests of this connection are under way; nothing was done", 1)
        params = {key: text_of(value) for key, value in params.items() if value is not None}
        address = self._gateway.gate.arrive(self._state.raw, route.weight, standing)
        return _Request(name, route, await self._call(route, params, address, standing))

    async def _call(self, route: Route[Any], params: dict[str, str], address: str, standing: Standing) -> Call[Any]:
        """Raises Problem."""
        request_id = self._state.next_id().hex()
        if route.need is Need.PUBLIC:
            asked = asked_of(route, params)
            return self._state.call(request_id, None, asked) if route.path in SESSION else Call(request_id, 0, 0, b"", asked)
        if route.path in KEY_METHODS:
            key = await self._gate.live(key_of(params.get("apiKey", "").encode()), address)
            return self._gate.key_call(route, key, params, request_id, standing)
        key, effect = await self._signatory(route, params, address)
        check_permission(route.need, key.permissions)
        asked = asked_of(route, params)
        self._gateway.gate.charge(route, key.account, asked, standing)
        if route.path in SESSION:
            return self._state.call(request_id, key, asked)
        return Call(request_id, key.account, key.permissions, effect, asked)

    async def _signatory(self, route: Route[Any], params: dict[str, str], address: str) -> Signatory:
        """Of the request, or of the session. Raises Problem."""
        if "signature" not in params and "apiKey" not in params:
            logged_on = self._state.logged_on
            if logged_on is None:
                raise missing("signature")
            self._gateway.gate.check_key(logged_on, address)
            return Signatory(logged_on, self._state.next_id())
        if "signature" not in params:
            raise missing("signature")
        if "apiKey" not in params:
            raise missing("apiKey")
        signature = params["signature"].encode("utf-8", "replace")
        signed = Signed(key_of(params["apiKey"].encode()), *times_of(dict(params)), b"", signature)
        return await self._gate.signatory(signed, address, *payloads_of(params), write=route.need is not Need.READ)

    async def _handle_first(self) -> None:
        """Whichever task comes first takes the oldest request: so commands leave in the order of arrival."""
        name, route, call = self._admitted.popleft()
        try:
            result = await route.handler(self._gateway, call)
        except Problem as problem:
            self._refuse(name, problem)
        else:
            raw = result if isinstance(result, bytes) else encode_json(result)
            head = encode_json({"id": name, "status": 200})[:-1]
            self._session.offer((head + b',"result":' + raw + b',"rateLimits":[]}').decode())
        finally:
            self._under_way -= 1

    def _refuse(self, name: Name, problem: Problem) -> None:
        shown: dict[str, Any] = {"id": name, "status": problem.status, "error": body_of(problem), "rateLimits": []}
        self._session.offer(encode_json(shown).decode())
