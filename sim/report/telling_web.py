"""A recorded connection as arrows: a request and its answer, or a WebSocket's messages."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from sim.report.concern import Concern
from sim.report.recorder import Said, Talk
from sim.report.timeline import NEVER, Fate, Message

TEXT_MAX = 2_000


def talked(talk: Talk, concern: Concern) -> Iterator[Message]:
    if talk.scope["type"] == "http":
        yield from _request(talk, concern)
    else:
        yield from _websocket(talk, concern)


def _request(talk: Talk, concern: Concern) -> Iterator[Message]:
    asked = next((one for one in talk.said if one.message["type"] == "http.request"), None)
    if asked is None:
        return
    scope = talk.scope
    query = scope["query_string"].decode("latin1")
    target = scope["path"] + (f"?{query}" if query else "")
    body = asked.message.get("body", b"")
    start = next((one for one in talk.said if one.message["type"] == "http.response.start"), None)
    end = next((one for one in reversed(talk.said) if one.message["type"] == "http.response.body"), None)
    broke = next((one for one in talk.said if one.message["type"] in ("refused", "reset")), None)
    if broke is not None:
        fate = Fate.REFUSED if broke.message["type"] == "refused" else Fate.UNKNOWN
    else:
        fate = Fate.DELIVERED if end is not None else Fate.UNKNOWN
    whom = concern.of(dict(parse_qsl(query)), _json(body))
    label = f"{scope['method']} {target}"
    yield Message(talk.client, talk.server, asked.sent_ns, asked.arrives_ns, fate, "http", label, _text(label, body), whom)
    if start is not None and end is not None:
        parts = b"".join(one.message.get("body", b"") for one in talk.said if one.message["type"] == "http.response.body")
        status = f"{start.message['status']} to {label}"
        whom = concern.of(dict(parse_qsl(query)), _json(body), _json(parts))
        heard = end.sent_ns, end.arrives_ns, Fate.DELIVERED
        yield Message(talk.server, talk.client, *heard, "answer", status, _text(status, parts), whom)


def _websocket(talk: Talk, concern: Concern) -> Iterator[Message]:
    for one in talk.said:
        label, body = _frame(one)
        if label:
            source, target = (talk.client, talk.server) if one.to_server else (talk.server, talk.client)
            whom = concern.of(_json(body))
            arrives_ns = max(one.arrives_ns, NEVER)
            detail = _text(label, body)
            yield Message(source, target, one.sent_ns, arrives_ns, Fate.DELIVERED, "websocket", label, detail, whom)


def _frame(one: Said) -> tuple[str, bytes]:
    match one.message["type"]:
        case "websocket.connect":
            return "opens a WebSocket", b""
        case "websocket.send" | "websocket.receive":
            text = one.message.get("text")
            body = (one.message.get("bytes") or b"") if text is None else text.encode()
            return body[:80].decode("utf-8", "replace"), body
        case "websocket.close" | "websocket.disconnect":
            return f"closes with {one.message.get('code', 1006)}", b""
    return "", b""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _text(label: str, body: bytes) -> str:
    told = body[:TEXT_MAX].decode("utf-8", "replace")
    return f"{label}\n{told}" if told else label
