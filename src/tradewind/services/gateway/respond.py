"""Answers of the framework's kind, for REST and for sockets that are refused before the upgrade."""

from collections.abc import Mapping

from quart import Response

from tradewind.ports.clock import Entropy
from tradewind.services.gateway.call import encode_json
from tradewind.services.gateway.problems import Problem
from tradewind.values.ids import REQUEST_ID

REQUEST_ID_BYTES = 8
NO_HEADERS: Mapping[str, str] = {}


def request_id_of(headers: Mapping[bytes, bytes], entropy: Entropy) -> str:
    """The client's own when it is well formed, else one of ours."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if REQUEST_ID.fullmatch(given) else entropy.token(REQUEST_ID_BYTES).hex()


def problem_response(problem: Problem, request_id: str, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    body = encode_json(problem.body() | {"requestId": request_id})
    response = Response(body, problem.status, content_type="application/json")
    response.headers["X-Request-ID"] = request_id
    response.headers.update(headers)
    if problem.retry_after_s:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response
