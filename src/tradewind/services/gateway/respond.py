"""Answers: as bytes for REST, of the framework's kind for what Quart serves and for sockets refused before the upgrade."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from quart import Response

from tradewind.ports.clock import Entropy
from tradewind.services.gateway.call import encode_json
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.sheets import Sheet
from tradewind.values.ids import REQUEST_ID

REQUEST_ID_BYTES = 8
Headers = list[tuple[bytes, bytes]]
_JSON = b"application/json"


def request_id_of(headers: Mapping[bytes, bytes], entropy: Entropy) -> str:
    """The client's own when it is well formed, else one of ours."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if REQUEST_ID.fullmatch(given) else entropy.token(REQUEST_ID_BYTES).hex()


class Answered(NamedTuple):
    """`headers` as they go out: lower-case names, without content-length."""

    status: int
    body: bytes
    headers: Headers

    def response(self) -> Response:
        """The same for Quart."""
        response = Response(self.body, self.status, content_type=None)
        for name, value in self.headers:
            response.headers[name.decode().title()] = value.decode()
        return response


def json_answer(shown: object, request_id: str, headers: Iterable[tuple[bytes, bytes]] = (), status: int = 200) -> Answered:
    """`request_id` has been validated or is ours: it holds no line breaks."""
    own = (b"content-type", _JSON), (b"x-request-id", request_id.encode())
    return Answered(status, encode_json(shown), [*own, *headers])


def sheet_answer(sheet: Sheet, request_id: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answered:
    own = (b"content-type", sheet.content_type.encode()), (b"x-request-id", request_id.encode())
    of_sheet = [(name.lower().encode(), value.encode()) for name, value in sheet.headers.items()]
    return Answered(200, sheet.body, [*own, *of_sheet, *headers])


def problem_answer(problem: Problem, request_id: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answered:
    answered = json_answer(problem.body() | {"requestId": request_id}, request_id, headers, problem.status)
    if problem.retry_after_s:
        answered.headers.append((b"retry-after", b"%d" % problem.retry_after_s))
    return answered


def problem_response(problem: Problem, request_id: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return problem_answer(problem, request_id, headers).response()
