"""The two ASGI apps. One dispatcher instead of many hooks: every request passes the same few lines, and pays for no others."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from quart import Request, Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from tradewind.services.gateway import sockets_private, sockets_public
from tradewind.services.gateway.call import Call, Raw, encode_json, raw_of
from tradewind.services.gateway.gate import OperatorGate
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.quart_pairs import WHOLE_BODY, fit
from tradewind.services.gateway.respond import problem_response, request_id_of
from tradewind.services.gateway.route import Door, Route, complaints
from tradewind.services.gateway.sheets import Sheet
from tradewind.services.gateway.strict import BODY_BYTES_MAX
from tradewind.services.gateway.table import DOORS, OPERATORS, PUBLIC, SOCKET_METHODS, Routes

Methods = Mapping[str, Route[Any]]
OPERATOR_TOKEN_MIN = 16
PROBES = frozenset(("/live", "/ready"))


class Admits(Protocol):
    """A gate: turns a raw request into a call, or raises Problem."""

    async def admit(self, route: Route[Any], raw: Raw, request_id: str, standing: Standing) -> Call[Any]: ...


async def dispatch(gateway: Gateway, gate: Admits, path: str, methods: Methods, asked: Request) -> Response:
    """Admit, handle, answer. What leaves this as an exception is our own bug, and becomes a plain 500."""
    scope: Any = asked.scope
    raw = raw_of(scope, scope[WHOLE_BODY])
    request_id = request_id_of(raw.headers, gateway.world.entropy)
    standing = Standing()
    try:
        if len(raw.body) > BODY_BYTES_MAX:
            raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
        route = methods["GET" if raw.method == "HEAD" else raw.method]
        if not gateway.loaded and path not in PROBES:
            raise unavailable("starting; nothing was done")
        call = await gate.admit(route, raw, request_id, standing)
        shown = await route.handler(gateway, call)
    except Problem as problem:
        return problem_response(problem, request_id, standing.headers())
    if isinstance(shown, Sheet):
        response = Response(shown.body, 200, shown.headers, content_type=shown.content_type)
    else:
        response = Response(encode_json(shown), 200, content_type="application/json")
    response.headers["X-Request-ID"] = request_id
    response.headers.update(standing.headers())
    return response


def _add(app: QuartTrio, gateway: Gateway, gate: Admits, path: str, methods: Methods) -> None:
    async def view() -> Response:
        return await dispatch(gateway, gate, path, methods, request._get_current_object())  # type: ignore[attr-defined]

    app.add_url_rule(path, endpoint=path, view_func=view, methods=list(methods), provide_automatic_options=False)


def _add_all(app: QuartTrio, gateway: Gateway, gate: Admits, routes: Routes) -> None:
    paths: dict[str, dict[str, Route[Any]]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = route
    for path, methods in paths.items():
        _add(app, gateway, gate, path, methods)


def _check(app: QuartTrio, declared: tuple[Route[Any] | Door[Any], ...]) -> None:
    """Nothing is served that is not declared, or declared by halves."""
    told = complaints(declared)
    names = {one.name for one in declared}
    for rule in app.url_map.iter_rules():
        methods = {"GET"} if rule.websocket else (rule.methods or set()) - {"HEAD"}
        told += [f"{method} {rule.rule} is not declared" for method in sorted(methods) if f"{method} {rule.rule}" not in names]
    assert not told, told


def _bare_app(name: str, gateway: Gateway) -> QuartTrio:
    app = QuartTrio(name, static_folder=None)
    fit(app)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.url_map.merge_slashes = False  # a signature is over the path as it was sent: no redirects to another
    app.logger.setLevel(logging.ERROR)

    async def on_http_error(error: HTTPException) -> Response:
        """Errors of the framework (unknown path, method, too large a body, a bug of ours) in our own words."""
        status = error.code or 500
        if status >= 500:
            gateway.world.tally.count("request failed by a bug of ours")
        code = (error.name or "error").upper().replace(" ", "_")
        message = "internal error" if status >= 500 else (error.name or "").lower()
        return problem_response(
            Problem(status, code, message), request_id_of(raw_of(request.scope, b"").headers, gateway.world.entropy)
        )

    app.register_error_handler(HTTPException, on_http_error)
    return app


def make_app(gateway: Gateway) -> QuartTrio:
    """The public listener."""
    app = _bare_app("tradewind.gateway", gateway)
    _add_all(app, gateway, gateway.gate, PUBLIC)
    sockets_private.add(app, gateway)
    sockets_public.add(app, gateway)
    _check(app, (*PUBLIC, *DOORS))
    assert not complaints(SOCKET_METHODS), complaints(SOCKET_METHODS)
    return app


def make_admin_app(gateway: Gateway, token: str) -> QuartTrio:
    """The operators' listener, for internal addresses only. `token`: at least 16 characters."""
    assert len(token) >= OPERATOR_TOKEN_MIN, "the operator's token is too short"
    app = _bare_app("tradewind.admin", gateway)
    _add_all(app, gateway, OperatorGate(token.encode()), OPERATORS)
    _check(app, OPERATORS)
    return app
