"""The two ASGI apps. One dispatcher instead of many hooks: every request passes the same few lines, and pays for no others."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from tradewind.services.gateway import openapi, sockets_private, sockets_public
from tradewind.services.gateway.call import Call, Raw, raw_of
from tradewind.services.gateway.compat import sockets as compat_sockets
from tradewind.services.gateway.compat.gate import CompatGate
from tradewind.services.gateway.compat.serve import fault_answer, handled, speaks
from tradewind.services.gateway.gate import OperatorGate
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.quart_pairs import WHOLE_BODY, Handled, fit
from tradewind.services.gateway.respond import (
    Answered,
    json_answer,
    problem_answer,
    request_id_of,
    sheet_answer,
)
from tradewind.services.gateway.route import Door, Route, complaints
from tradewind.services.gateway.sheets import Sheet
from tradewind.services.gateway.strict import BODY_BYTES_MAX
from tradewind.services.gateway.table import (
    COMPATIBLE,
    COMPATIBLE_METHODS,
    DOORS,
    OPERATORS,
    PUBLIC,
    SOCKET_METHODS,
    Routes,
    openapi_document,
    operators_document,
)

OPERATOR_TOKEN_MIN = 16
PROBES = frozenset(("/live", "/ready"))
Direct = Mapping[tuple[str, str], Handled]
_log = logging.getLogger(__name__)


class Admits(Protocol):
    """A gate: turns a raw request into a call, or raises Problem."""

    async def admit(self, route: Route[Any], raw: Raw, request_id: str, standing: Standing) -> Call[Any]: ...


async def dispatch(gateway: Gateway, gate: Admits, route: Route[Any], scope: Any, body: bytes) -> Answered:
    """Admit, handle, answer. What leaves this as an exception is our own bug, and becomes a plain 500."""
    raw = raw_of(scope, body)
    request_id = request_id_of(raw.headers, gateway.world.entropy)
    standing = Standing()
    try:
        if len(body) > BODY_BYTES_MAX:
            raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
        if not gateway.loaded and route.path not in PROBES:
            raise unavailable("starting; nothing was done")
        call = await gate.admit(route, raw, request_id, standing)
        shown = await route.handler(gateway, call)
    except Problem as problem:
        return problem_answer(problem, request_id, standing.headers())
    headers = standing.headers()
    return sheet_answer(shown, request_id, headers) if isinstance(shown, Sheet) else json_answer(shown, request_id, headers)


def _handled(gateway: Gateway, gate: Admits, route: Route[Any]) -> Handled:
    async def handled(scope: Any, body: bytes) -> Answered:
        try:
            return await dispatch(gateway, gate, route, scope, body)
        except Exception:  # this is the supervision of one request: what a bug of ours did to it is logged and counted
            _log.exception("%s failed by a bug of ours", route.name)
            return problem_answer(_our_bug(gateway), request_id_of(raw_of(scope, b"").headers, gateway.world.entropy))

    return handled


def _our_bug(gateway: Gateway) -> Problem:
    gateway.world.tally.count("request failed by a bug of ours")
    return Problem(500, "INTERNAL_SERVER_ERROR", "internal error")


def _add(app: QuartTrio, path: str, methods: Mapping[str, Handled]) -> None:
    """For Quart, which then answers HEAD, and knows which other methods a path has not."""

    async def view() -> Response:
        scope: Any = request.scope
        handled = methods["GET" if request.method == "HEAD" else request.method]
        return (await handled(scope, scope[WHOLE_BODY])).response()

    app.add_url_rule(path, endpoint=path, view_func=view, methods=list(methods), provide_automatic_options=False)


def _check(app: QuartTrio, routes: Routes, doors: tuple[Door[Any], ...], document: Callable[[], dict[str, Any]]) -> None:
    """Nothing is served that is not declared, or declared by halves, or in no document."""
    declared: tuple[Route[Any] | Door[Any], ...] = (*routes, *doors)
    told = complaints(declared)
    assert not told, told
    told = openapi.undocumented(document(), routes)
    names = {one.name for one in declared}
    for rule in app.url_map.iter_rules():
        methods = {"GET"} if rule.websocket else (rule.methods or set()) - {"HEAD"}
        told += [f"{method} {rule.rule} is not declared" for method in sorted(methods) if f"{method} {rule.rule}" not in names]
    assert not told, told


def _direct(gateway: Gateway, gate: Admits, routes: Routes) -> dict[tuple[str, str], Handled]:
    return {(route.method, route.path): _handled(gateway, gate, route) for route in routes}


def _bare_app(name: str, gateway: Gateway, direct: Direct) -> QuartTrio:
    app = QuartTrio(name, static_folder=None)
    fit(app, direct)
    for path in dict.fromkeys(path for _, path in direct):
        _add(app, path, {method: handled for (method, of), handled in direct.items() if of == path})
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.url_map.merge_slashes = False  # a signature is over the path as it was sent: no redirects to another
    app.logger.setLevel(logging.ERROR)

    async def on_http_error(error: HTTPException) -> Response:
        """Errors of the framework (unknown path, method, too large a body, a bug of ours) in our own words."""
        name, code = error.name or "error", error.code or 500
        problem = Problem(code, name.upper().replace(" ", "_"), name.lower()) if code < 500 else _our_bug(gateway)
        request_id = request_id_of(raw_of(request.scope, b"").headers, gateway.world.entropy)
        return (fault_answer if speaks(request.path) else problem_answer)(problem, request_id).response()

    app.register_error_handler(HTTPException, on_http_error)
    return app


def make_app(gateway: Gateway) -> QuartTrio:
    """The public listener."""
    compatible = CompatGate(gateway)
    direct = _direct(gateway, gateway.gate, PUBLIC) | handled(gateway, compatible, COMPATIBLE)
    app = _bare_app("tradewind.gateway", gateway, direct)
    sockets_private.add(app, gateway)
    compat_sockets.add(app, gateway, compatible)
    sockets_public.add(app, gateway)
    _check(app, (*PUBLIC, *COMPATIBLE), DOORS, openapi_document)
    assert not complaints((*SOCKET_METHODS, *COMPATIBLE_METHODS)), complaints((*SOCKET_METHODS, *COMPATIBLE_METHODS))
    return app


def make_admin_app(gateway: Gateway, token: str) -> QuartTrio:
    """The operators' listener, for internal addresses only. `token`: at least 16 characters."""
    assert len(token) >= OPERATOR_TOKEN_MIN, "the operator's token is too short"
    app = _bare_app("tradewind.admin", gateway, _direct(gateway, OperatorGate(token.encode()), OPERATORS))
    _check(app, OPERATORS, (), operators_document)
    return app
