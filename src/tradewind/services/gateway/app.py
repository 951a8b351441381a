"""The two ASGI apps. One dispatcher instead of many hooks: every request passes the same few lines, and pays for no others."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from quart import Request, Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from tradewind.services.gateway import (
    routes_account,
    routes_admin,
    routes_market,
    routes_orders,
    sockets_private,
    sockets_public,
)
from tradewind.services.gateway.access import Need, need_of
from tradewind.services.gateway.call import Call, Raw, encode_json, raw_of
from tradewind.services.gateway.gate import OperatorGate
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.quart_pairs import WHOLE_BODY, fit
from tradewind.services.gateway.respond import problem_response, request_id_of
from tradewind.services.gateway.strict import BODY_BYTES_MAX

Handler = Callable[[Gateway, Call], Awaitable[Any]]
Methods = Mapping[str, Handler]
OPERATOR_TOKEN_MIN = 16

ROUTES: Mapping[str, Methods] = {
    "/v1/ping": {"GET": routes_market.ping},
    "/v1/time": {"GET": routes_market.time},
    "/v1/exchangeInfo": {"GET": routes_market.exchange_info},
    "/v1/depth": {"GET": routes_market.depth},
    "/v1/trades": {"GET": routes_market.trades},
    "/v1/ticker": {"GET": routes_market.ticker},
    "/v1/order": {"POST": routes_orders.place, "GET": routes_orders.show, "DELETE": routes_orders.cancel},
    "/v1/order/amend": {"PUT": routes_orders.amend},
    "/v1/openOrders": {"GET": routes_account.open_orders, "DELETE": routes_orders.cancel_all},
    "/v1/allOrders": {"GET": routes_account.all_orders},
    "/v1/myTrades": {"GET": routes_account.my_trades},
    "/v1/account": {"GET": routes_account.account},
    "/v1/ledger": {"GET": routes_account.ledger},
}
ADMIN_ROUTES: Mapping[str, Methods] = {
    "/live": {"GET": routes_admin.live},
    "/ready": {"GET": routes_admin.ready},
    "/admin/assets": {"POST": routes_admin.create_asset},
    "/admin/symbols": {"POST": routes_admin.create_symbol, "PATCH": routes_admin.change_symbol},
    "/admin/killSwitch": {"POST": routes_admin.kill_switch},
    "/admin/adjustments": {"POST": routes_admin.adjust},
    "/admin/accounts": {"POST": routes_admin.create_account},
    "/admin/apiKeys": {"POST": routes_admin.create_key, "DELETE": routes_admin.revoke_key},
    "/admin/status": {"GET": routes_admin.status},
}


class Admits(Protocol):
    """A gate: turns a raw request into a call, or raises Problem."""

    async def admit(self, need: Need, raw: Raw, request_id: str) -> Call: ...


async def dispatch(gateway: Gateway, gate: Admits, path: str, methods: Methods, asked: Request) -> Response:
    """Admit, handle, answer. What leaves this as an exception is our own bug, and becomes a plain 500."""
    scope: Any = asked.scope
    raw = raw_of(scope, scope[WHOLE_BODY])
    request_id = request_id_of(raw.headers, gateway.world.entropy)
    try:
        if len(raw.body) > BODY_BYTES_MAX:
            raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
        need = need_of(raw.method, path)
        if not gateway.loaded and path not in ("/live", "/ready"):
            raise unavailable("starting; nothing was done")
        call = await gate.admit(need, raw, request_id)
        shown = await methods["GET" if raw.method == "HEAD" else raw.method](gateway, call)
    except Problem as problem:
        return problem_response(problem, request_id)
    response = Response(encode_json(shown), 200, content_type="application/json")
    response.headers["X-Request-ID"] = request_id
    return response


def _add(app: QuartTrio, gateway: Gateway, gate: Admits, path: str, methods: Methods) -> None:
    async def view() -> Response:
        return await dispatch(gateway, gate, path, methods, request._get_current_object())  # type: ignore[attr-defined]

    app.add_url_rule(path, endpoint=path, view_func=view, methods=list(methods), provide_automatic_options=False)


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
    for path, methods in ROUTES.items():
        _add(app, gateway, gateway.gate, path, methods)
    sockets_private.add(app, gateway)
    sockets_public.add(app, gateway)
    return app


def make_admin_app(gateway: Gateway, token: str) -> QuartTrio:
    """The operators' listener, for internal addresses only. `token`: at least 16 characters."""
    assert len(token) >= OPERATOR_TOKEN_MIN, "the operator's token is too short"
    app = _bare_app("tradewind.admin", gateway)
    gate = OperatorGate(token.encode())
    for path, methods in ADMIN_ROUTES.items():
        _add(app, gateway, gate, path, methods)
    return app
