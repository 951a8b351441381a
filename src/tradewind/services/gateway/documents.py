"""Documents for people: YAML that any reader takes, and a page without scripts, so that it needs nobody's server."""

import json
from html import escape
from typing import Any

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
summary{cursor:pointer;padding:.3rem 0}code,pre{font:13px/1.4 ui-monospace,monospace}
pre{background:#f4f4f4;padding:.6rem;overflow:auto}
.m{display:inline-block;width:4.5rem;font-weight:600}.n{color:#777;float:right}details{border-bottom:1px solid #eee}"""


def yaml(value: Any, depth: int = 0) -> str:
    """Block style, every scalar as JSON writes it: YAML 1.2 takes JSON's words."""
    pad = "  " * depth
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{json.dumps(str(name))}:{_below(one, depth)}" for name, one in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}-{_below(one, depth)}" for one in value)
    return f"{pad}{json.dumps(value)}\n"


def _below(value: Any, depth: int) -> str:
    if isinstance(value, dict | list) and value:
        return f"\n{yaml(value, depth + 1)}"
    return f" {json.dumps(value)}\n"


def page(shown: dict[str, Any]) -> str:
    """An OpenAPI document as HTML."""
    tags: dict[str, list[str]] = {}
    for path, methods in shown["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in tags.items())
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_code(one)}</details>'
        for name, one in shown["components"]["schemas"].items()
    )
    title = escape(shown["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><p>{escape(shown['info']['description'])}</p>"
        '<p><a href="/openapi.json">openapi.json</a> <a href="/openapi.yaml">openapi.yaml</a> '
        f'<a href="/asyncapi.json">asyncapi.json</a></p>{body}<h2>schemas</h2>{schemas}</html>'
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    about = f"{operation['x-permission']}, weight {operation['x-weight']}"
    told = "".join(
        f"<h4>{name}</h4>{_code(operation[name])}" for name in ("parameters", "requestBody", "security") if name in operation
    )
    head = f'<span class="m">{escape(method.upper())}</span><code>{escape(path)}</code> {escape(operation["summary"])}'
    text = (
        f"<p>{escape(operation.get('description', ''))}</p>{told}<h4>200</h4>{_code(operation['responses']['200']['content'])}"
    )
    return f'<details><summary>{head}<span class="n">{escape(about)}</span></summary>{text}</details>'


def _code(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=1))}</pre>"
