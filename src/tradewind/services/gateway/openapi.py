"""OpenAPI 3.1, made from the declared routes: the structs that validate are the schemas that are shown."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Answer, Fault
from tradewind.services.gateway.asked import NOT_AT_END
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.sheets import Sheet

REFERENCE = "#/components/schemas/{name}"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
COMPATIBLE_PREFIXES = ("/api/", "/sapi/")
_PACKAGE = "tradewind.services.gateway."
BODY_METHODS = frozenset(("POST", "PUT", "PATCH"))
ERRORS = {
    400: "The caller's mistake; nothing happened",
    401: "Not signed, or not as it must be",
    403: "Not permitted",
    404: "There is no such thing, or it is somebody else's",
    409: "It stands already, with other content, or has ended",
    413: "Too large",
    415: "Not a body that can be read",
    418: "Banned for a while, for going on after 429",
    429: "Too much; Retry-After says when to come again",
    500: "A bug of ours",
    503: "Surely not done; try again",
    504: "Outcome unknown; the body names what to ask with",
}
_AGAIN = frozenset((418, 429, 503))
_LIMITS = {
    "Native": {
        "X-RateLimit-Limit": "Of the limit that is nearest to its end: weight a minute, or orders.",
        "X-RateLimit-Remaining": "What of it is left in this window.",
        "X-RateLimit-Reset": "When the window ends, seconds since 1970.",
    },
    "Compatible": {
        "X-MBX-USED-WEIGHT-1M": "Weight that the address has used this minute.",
        "X-MBX-ORDER-COUNT-10S": "Orders of the account in these ten seconds.",
        "X-MBX-ORDER-COUNT-1D": "Orders of the account today.",
    },
}
_NATIVE_HEADERS = ("X-API-KEY", "X-API-TIMESTAMP", "X-API-NONCE", "X-API-SIGNATURE")
_SIGNED = """Hex HMAC-SHA256 over `timestamp \\n nonce \\n METHOD \\n raw path \\n raw query string \\n sha256hex(body)`,
the bytes as they are sent. The timestamp is in milliseconds, at most 30 s from ours; a nonce works once."""


class CompatibleFault(Answer):
    """Binance's codes and texts."""

    code: int
    msg: str


def is_compatible(path: str) -> bool:
    return path.startswith(COMPATIBLE_PREFIXES)


def document(routes: Sequence[Route[Any]]) -> dict[str, Any]:
    """Of the routes of one listener. Deterministic: in the order of `routes`."""
    types = _types_of(routes)
    found, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    shapes = {named(one): tidy(shown) for one, shown in zip(types, found, strict=True)}
    schemas = {short(name): tidy(shown) for name, shown in components.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, shapes, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tradewind",
            "version": "1",
            "description": "A spot exchange. Amounts are decimal strings, instants milliseconds, ids integers below 2^53.",
        },
        "servers": [{"url": "/"}],
        "security": [],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": _responses(shapes),
            "securitySchemes": _schemes(),
        },
    }


def named(shape: Any) -> str:
    """Shapes may be no keys of a dictionary."""
    return repr(shape)


def _types_of(routes: Iterable[Route[Any]]) -> list[Any]:
    types: dict[str, Any] = {named(one): one for one in (Fault, CompatibleFault)}
    for route in routes:
        for one in (route.asks, *route.items.values(), *([] if _is_sheet(route.answers) else [route.answers])):
            types.setdefault(named(one), one)
    return list(types.values())


def _is_sheet(answers: Any) -> bool:
    return isinstance(answers, type) and issubclass(answers, Sheet)


def tidy(schema: Any) -> Any:
    """Without what only Python's side needs: the end mark of patterns, and defaults that stand for "absent"."""
    if isinstance(schema, list):
        return [tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: tidy(value) for name, value in schema.items()}
    if "$ref" in made:
        made["$ref"] = short(made["$ref"])
    if isinstance(made.get("pattern"), str):
        made["pattern"] = made["pattern"].replace(NOT_AT_END, "$")
    if "prefixItems" in made:  # few readers of documents know tuples; a list of so many of these kinds is near enough
        kinds = [kind for place, kind in enumerate(made["prefixItems"]) if kind not in made["prefixItems"][:place]]
        made["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        del made["prefixItems"]
    default = made.get("default", msgspec.UNSET)
    if default in ("", None) or (isinstance(default, int) and default < made.get("minimum", default)):
        made.pop("default", None)
    return made


def short(name: str) -> str:
    """Where two structs bear one name, msgspec names their modules; nobody out there cares where we keep them."""
    return name.replace(_PACKAGE, "")


def _operation(route: Route[Any], shapes: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{route.path.title().replace('/', '').replace('-', '')}",
        "summary": route.summary,
        "tags": [_tag(route.path)],
        "x-permission": route.need.name,
        "x-weight": route.weight,
        "responses": _answers(route, shapes),
    }
    if route.handler.__doc__:
        shown["description"] = " ".join(route.handler.__doc__.split())
    asked = schemas[shapes[named(route.asks)]["$ref"].rpartition("/")[2]]
    _put_items(route, asked, shapes)
    if asked["properties"] and (route.method in BODY_METHODS or route.items):
        contents = [FORM] if is_compatible(route.path) else [JSON] if route.items else [JSON, FORM]
        body = {kind: {"schema": shapes[named(route.asks)]} for kind in contents}
        shown["requestBody"] = {"required": bool(asked["required"]), "content": body}
    elif asked["properties"]:
        shown["parameters"] = [_parameter(name, given, asked["required"]) for name, given in asked["properties"].items()]
    if route.need not in (Need.PUBLIC, Need.OPERATOR):
        shown["security"] = [{"mbxKey": [], "mbxSignature": []}] if is_compatible(route.path) else [_native()]
    elif route.need is Need.OPERATOR:
        shown["security"] = [{"operator": []}]
    return shown


def _put_items(route: Route[Any], asked: dict[str, Any], shapes: dict[str, Any]) -> None:
    for name, schema in route.items.items():
        asked["properties"][name]["items"] = shapes[named(schema)]


def _tag(path: str) -> str:
    parts = path.split("/")
    return (
        "compatible"
        if is_compatible(path)
        else "operators"
        if parts[1] == "admin"
        else "native"
        if parts[1] == "v1"
        else "other"
    )


def _parameter(name: str, given: dict[str, Any], required: Sequence[str]) -> dict[str, Any]:
    options = [one for one in given.get("anyOf", [given]) if one.get("type") != "null"]
    schema = options[0] if len(options) == 1 else {"anyOf": options}
    return {"name": name, "in": "query", "required": name in required, "schema": schema}


def _answers(route: Route[Any], shapes: dict[str, Any]) -> dict[str, Any]:
    if _is_sheet(route.answers):
        content = {route.answers.content_type.partition(";")[0]: {"schema": dict(route.answers.schema)}}
    else:
        content = {JSON: {"schema": shapes[named(route.answers)]}}
    kind = "Compatible" if is_compatible(route.path) else "Native"
    headers = {"X-Request-ID": _header("The client's own, or one of ours.", "string")}
    headers |= {name: _header(said, "integer") for name, said in _LIMITS[kind].items()}
    faults = {str(status): {"$ref": f"#/components/responses/{kind}{status}"} for status in ERRORS}
    return {"200": {"description": "Done", "headers": headers, "content": content}} | faults


def _header(said: str, kind: str) -> dict[str, Any]:
    return {"description": said, "schema": {"type": kind}}


def _responses(shapes: dict[str, Any]) -> dict[str, Any]:
    made = {}
    for kind, fault in (("Native", Fault), ("Compatible", CompatibleFault)):
        for status, said in ERRORS.items():
            shown: dict[str, Any] = {"description": said, "content": {JSON: {"schema": shapes[named(fault)]}}}
            if status in _AGAIN:
                shown["headers"] = {"Retry-After": _header("Seconds to wait.", "integer")}
            made[f"{kind}{status}"] = shown
    return made


def _native() -> dict[str, list[str]]:
    return {name: [] for name in _NATIVE_HEADERS}


def _schemes() -> dict[str, Any]:
    said = {"X-API-SIGNATURE": _SIGNED}
    native = {
        name: {"type": "apiKey", "in": "header", "name": name, "description": said.get(name, "Part of the signature.")}
        for name in _NATIVE_HEADERS
    }
    signed = "Hex HMAC-SHA256 over query string and body as sent, without itself; with `timestamp` in ms, and `recvWindow`."
    return native | {
        "mbxKey": {"type": "apiKey", "in": "header", "name": "X-MBX-APIKEY"},
        "mbxSignature": {"type": "apiKey", "in": "query", "name": "signature", "description": signed},
        "operator": {"type": "http", "scheme": "bearer"},
    }


def undocumented(shown: dict[str, Any], routes: Iterable[Route[Any]]) -> list[str]:
    """Routes that the document does not have."""
    return [
        f"{route.name} is in no document" for route in routes if route.method.lower() not in shown["paths"].get(route.path, {})
    ]
