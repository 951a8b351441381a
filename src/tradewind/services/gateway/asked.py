"""What a call may ask, declared: a struct per route. It validates, and OpenAPI is made from it; there is no second list.

`read` takes fields as strict.py found them. Query strings have text only, so digits count as an integer and true/false as a
flag; a JSON integer counts as an amount, because it is exact. Amounts stay text until a symbol tells their precision (`units`).
"""

import re
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, inspect

from tradewind.services.gateway.problems import Problem, bad
from tradewind.values.ids import CLIENT_ORDER_ID, ID_MAX
from tradewind.values.money import UNITS_MAX, BadAmount, parse_units
from tradewind.values.symbols import ASSET, SYMBOL

INTEGER = re.compile(r"(0|[1-9][0-9]{0,18})", re.ASCII)
AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
AMOUNT_CHARACTERS_MAX = 64
# msgspec quotes what it was given; only where these words stand nobody else's can.
_FIELD = re.compile(r" - at `\$\.([A-Za-z0-9]+)[^`]*`\Z")
_MISSING = re.compile(r"\AObject missing required field `([A-Za-z0-9]+)`")
NOT_AT_END = r"$(?!\n)"  # Python's $ also stands before a last newline


def whole(pattern: re.Pattern[str]) -> str:
    """`pattern` for all of the text: msgspec searches, and so does JSON Schema."""
    return f"^({pattern.pattern}){NOT_AT_END}"


SymbolName = Annotated[str, Meta(pattern=whole(SYMBOL), examples=["BTCUSDT"])]
AssetName = Annotated[str, Meta(pattern=whole(ASSET), examples=["USDT"])]
Amount = Annotated[
    str,
    Meta(
        pattern=whole(AMOUNT),
        max_length=AMOUNT_CHARACTERS_MAX,
        description="A plain decimal number; as text, or as a JSON integer.",
        extra_json_schema={"type": ["string", "integer"], "format": "decimal"},
    ),
]
ClientOrderId = Annotated[str, Meta(pattern=whole(CLIENT_ORDER_ID))]
Id = Annotated[int, Meta(ge=1, le=ID_MAX)]
Instant = Annotated[int, Meta(ge=0, le=UNITS_MAX // 1_000_000, description="Milliseconds since 1970, UTC.")]
After = Annotated[int, Meta(ge=0, le=UNITS_MAX, description="Only what has a greater id.")]
# Printable, near enough: no controls, no marks that turn text around, no byte order marks, no halves of characters.
PrintableText = Annotated[
    str, Meta(pattern=f"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]{{1,256}}{NOT_AT_END}")
]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", gc=False):
    """Python's names here, camelCase on the wire. Text that is absent is empty, a number that is absent is 0."""


class Nothing(Asked, frozen=True):
    """No parameters."""


A = TypeVar("A", bound=Asked)


class _Field(msgspec.Struct, frozen=True):
    """`kind` is where text and integers are one another's spelling; `must` is for people."""

    kind: Literal["integer", "flag", "amount", ""]
    must: str


def _look(given: inspect.Type) -> _Field:
    extra: dict[str, Any] = {}
    while True:
        if isinstance(given, inspect.Metadata):
            extra |= given.extra_json_schema or {}
            given = given.type
        elif isinstance(given, inspect.UnionType):
            [given] = [one for one in given.types if not isinstance(one, inspect.NoneType)]
        else:
            break
    match given:
        case inspect.IntType():
            return _Field("integer", f"be an integer from {given.ge} to {given.le}")
        case inspect.BoolType():
            return _Field("flag", "be true or false")
        case inspect.LiteralType():
            return _Field("", f"be one of {', '.join(map(str, given.values))}")
        case inspect.StrType() if extra.get("format") == "decimal":
            return _Field("amount", "be a plain decimal number, as text")
        case inspect.StrType():
            pattern = (given.pattern or "").replace(NOT_AT_END, "$")
            return _Field("", f"be text that matches {pattern}" if pattern.isprintable() else "be printable text")
        case inspect.ListType():
            return _Field("", f"be a list of {given.min_length or 0} to {given.max_length}")
    raise AssertionError(given)  # a kind of field that nobody has thought of


@cache
def _fields_of(schema: type[Asked]) -> dict[str, _Field]:
    found = inspect.type_info(schema)
    assert isinstance(found, inspect.StructType), schema
    return {field.encode_name: _look(field.type) for field in found.fields}


def read(schema: type[A], given: dict[str, Any]) -> A:
    """`given` as a `schema`. Raises Problem, naming the field."""
    fields = _fields_of(schema)
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            raise bad(f"unknown field {name[:64]!a}")
        if field.kind == "amount":
            if type(value) is int:
                given[name] = str(value)
        elif field.kind and type(value) is str:
            if field.kind == "integer" and INTEGER.fullmatch(value):
                given[name] = int(value)
            elif field.kind == "flag" and value in {"true", "false"}:
                given[name] = value == "true"
    try:
        return msgspec.convert(given, schema)
    except msgspec.ValidationError as error:
        raise _explained(str(error), fields) from None


def _explained(said: str, fields: dict[str, _Field]) -> Problem:
    missing = _MISSING.search(said)
    if missing:
        return bad(f"{missing[1]} is required")
    wrong = _FIELD.search(said)
    assert wrong is not None, said
    return bad(f"{wrong[1]} must {fields[wrong[1]].must}")


def units(text: str, name: str, precision: int, low: int = 1) -> int:
    """Units of 10**-precision, at least `low`. `name` is the field's, on the wire. Raises Problem."""
    try:
        made = parse_units(text, precision)
    except BadAmount as error:
        raise bad(f"{name}: {error}") from None
    if made < low:
        raise bad(f"{name} must be above zero")
    return made
