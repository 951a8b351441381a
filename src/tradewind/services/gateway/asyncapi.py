"""AsyncAPI 3.0 of the sockets, made from the declared doors, methods and pushes."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tradewind.services.gateway.openapi import REFERENCE, named, short, tidy
from tradewind.services.gateway.pushes import PUSHES
from tradewind.services.gateway.route import Door, Route


def document(doors: Iterable[Door[Any]], methods: Mapping[str, tuple[Route[Any], ...]]) -> dict[str, Any]:
    """`methods` by the path of the door behind which they are spoken. Deterministic."""
    doors = tuple(doors)
    types = _types_of(doors, methods)
    found, components = msgspec.json.schema_components(list(types.values()), ref_template=REFERENCE)
    shapes = dict(zip(types, (tidy(one) for one in found), strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tradewind's sockets", "version": "1"},
        "defaultContentType": "application/json",
        "channels": {_name(door.path): _channel(door, methods.get(door.path, ()), shapes) for door in doors},
        "operations": {
            f"{_name(path)}.{route.path}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{_name(path)}"},
                "summary": route.summary,
                "messages": [{"$ref": f"#/channels/{_name(path)}/messages/{route.path}"}],
            }
            for path, routes in methods.items()
            for route in routes
        },
        "components": {"schemas": {short(name): tidy(shown) for name, shown in components.items()}},
    }


def _types_of(doors: Iterable[Door[Any]], methods: Mapping[str, tuple[Route[Any], ...]]) -> dict[str, Any]:
    routes = [route for group in methods.values() for route in group]
    types = [door.asks for door in doors] + [push.shape for push in PUSHES]
    types += [one for route in routes for one in (route.asks, route.answers, *route.items.values())]
    return {named(one): one for one in types}


def _name(path: str) -> str:
    return path.strip("/").replace("/", "_").replace("<path:", "").replace("<", "").replace(">", "")


def _channel(door: Door[Any], methods: tuple[Route[Any], ...], shapes: Mapping[str, Any]) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for route in methods:
        about = {"summary": route.summary, "x-permission": route.need.name, "x-weight": route.weight}
        messages[route.path] = about | {"payload": _request(route, shapes)}
        messages[f"{route.path}.answer"] = {"payload": _answer(shapes[named(route.answers)])}
    for push in PUSHES:
        if push.door == door.path:
            messages[push.shape.__name__] = {"summary": push.summary, "payload": shapes[named(push.shape)]}
    return {
        "address": door.path.replace("<path:streams>", "{streams}"),
        "summary": door.summary,
        "x-permission": door.need.name,
        "x-weight": door.weight,
        "x-query": shapes[named(door.asks)],
        "messages": messages,
    }


def _request(route: Route[Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": {"type": ["integer", "string"]},
            "method": {"const": route.path},
            "params": shapes[named(route.asks)],
        },
        "required": ["id", "method"],
    }


def _answer(result: Any) -> dict[str, Any]:
    status = {"id": {"type": ["integer", "string", "null"]}, "status": {"type": "integer"}}
    return {
        "type": "object",
        "properties": {**status, "result": result, "error": {"type": "object"}},
        "required": ["id", "status"],
    }
