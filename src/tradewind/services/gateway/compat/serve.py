"""Serving the compatible routes: the same way as the native ones, with Binance's errors and headers."""

import logging
from collections.abc import Iterable
from typing import Any

from tradewind.services.gateway.call import raw_of
from tradewind.services.gateway.compat.faults import body_of
from tradewind.services.gateway.compat.gate import CompatGate
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.quart_pairs import Handled
from tradewind.services.gateway.respond import Answered, json_answer, request_id_of
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.strict import BODY_BYTES_MAX

PREFIXES = ("/api/", "/sapi/")
_log = logging.getLogger(__name__)


def speaks(path: str) -> bool:
    """Whether a client who asks for `path` wants Binance's errors."""
    return path.startswith(PREFIXES)


def fault_answer(problem: Problem, request_id: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answered:
    answered = json_answer(body_of(problem), request_id, headers, problem.status)
    if problem.retry_after_s:
        answered.headers.append((b"retry-after", b"%d" % problem.retry_after_s))
    return answered


def handled(gateway: Gateway, gate: CompatGate, routes: tuple[Route[Any], ...]) -> dict[tuple[str, str], Handled]:
    """By method and path."""
    return {(route.method, route.path): _handled(gateway, gate, route) for route in routes}


def _handled(gateway: Gateway, gate: CompatGate, route: Route[Any]) -> Handled:
    async def serve(scope: Any, body: bytes) -> Answered:
        raw = raw_of(scope, body)
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            if len(body) > BODY_BYTES_MAX:
                raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
            if not gateway.loaded:
                raise unavailable("starting; nothing was done")
            call = await gate.admit(route, raw, request_id, standing)
            return json_answer(await route.handler(gateway, call), request_id, standing.mbx_headers())
        except Problem as problem:
            return fault_answer(problem, request_id, standing.mbx_headers())
        except Exception:  # this is the supervision of one request: what a bug of ours did to it is logged and counted
            _log.exception("%s failed by a bug of ours", route.name)
            gateway.world.tally.count("request failed by a bug of ours")
            return fault_answer(Problem(500, "INTERNAL_SERVER_ERROR", "internal error"), request_id)

    return serve
