"""From bytes to fields, strictly: what two readers could read differently is refused.

The json of the standard library, not msgspec, because only its hooks show a duplicate key and a number before it becomes one.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from tradewind.services.gateway.problems import Problem, bad

BODY_BYTES_MAX = 64 * 1024
NESTING_MAX = 32
FIELDS_MAX = 64
INTEGER_DIGITS_MAX = 19
_HALF_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise bad("a field is given twice")
    return made


def _fraction(text: str) -> Any:
    raise bad("numbers must be integers; write amounts as strings")


def _integer(text: str) -> int:
    if len(text) > INTEGER_DIGITS_MAX + 1:
        raise bad("a number is too large")
    return int(text)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_fraction, parse_int=_integer, parse_constant=_fraction)


def _check_nesting(made: Any) -> None:
    """Level by level: a batch is wide and flat, and has hundreds of tokens. Raises Problem."""
    level = [made]
    for _ in range(NESTING_MAX):
        inner = [one.values() if type(one) is dict else one for one in level]
        level = [child for children in inner for child in children if type(child) in (dict, list)]
        if not level:
            return
    raise bad(f"nested deeper than {NESTING_MAX}")


def parse_json(body: bytes) -> dict[str, Any]:
    """The object in `body`. Values are text, integers, booleans, None, lists, objects. Raises Problem."""
    if len(body) > BODY_BYTES_MAX:
        raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
    try:
        text = body.decode()
        made = _decoder.decode(text)
        if "\\u" in text:
            json.dumps(made, ensure_ascii=False).encode()  # a lone surrogate is no text: nothing could write it again
    except UnicodeError:
        raise bad("not UTF-8") from None
    except ValueError as error:
        raise bad(f"not JSON: {error}"[:200]) from None
    except RecursionError:  # hundreds of levels: the parser's own limit
        raise bad(f"nested deeper than {NESTING_MAX}") from None
    if not isinstance(made, dict):
        raise bad("must be a JSON object")
    if text.count("[") + text.count("{") > NESTING_MAX:
        _check_nesting(made)
    return made


def parse_form(text: bytes) -> dict[str, Any]:
    """Fields of a query string or form body; all values are text. Raises Problem."""
    if not text:
        return {}
    if len(text) > BODY_BYTES_MAX:
        raise Problem(413, "REQUEST_ENTITY_TOO_LARGE", f"more than {BODY_BYTES_MAX} bytes")
    if b"%" in text and _HALF_ESCAPE.search(text):
        raise bad("fields are not UTF-8, percent-encoded")
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except UnicodeError:
        raise bad("fields are not UTF-8, percent-encoded") from None
    except ValueError:
        raise bad("fields are not name=value pairs") from None
    return _object(pairs)


def parse_fields(query: bytes, content_type: bytes, body: bytes) -> dict[str, Any]:
    """Fields of a request, wherever they stand; one that stands in both places is refused. Raises Problem."""
    fields = parse_form(query)
    if not body:
        return fields
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"application/x-www-form-urlencoded":
        more = parse_form(body)
    elif kind in {b"application/json", b""}:
        more = parse_json(body)
    else:
        raise Problem(415, "BAD_REQUEST", "the body must be application/json or application/x-www-form-urlencoded")
    if fields.keys() & more.keys():
        raise bad("a field is given twice")
    return fields | more if fields else more
