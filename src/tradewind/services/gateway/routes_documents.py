"""The documents of this API, served where an operator lets them be."""

from collections.abc import Callable
from typing import Any

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Nothing
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.documents import page, yaml
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.sheets import Html, Yaml

Made = Callable[[], dict[str, Any]]
# Nothing on the page may be fetched or run.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def _allowed(gateway: Gateway) -> None:
    """Raises Problem: the same words as of a path that there is not."""
    if not gateway.options.docs:
        raise Problem(404, "NOT_FOUND", "not found")


def routes(openapi: Made, asyncapi: Made) -> tuple[Route[Any], ...]:
    """The documents are made when they are first asked for: they tell of these routes too."""

    async def show_json(gateway: Gateway, _call: Call[Nothing]) -> Any:
        _allowed(gateway)
        return openapi()

    async def show_yaml(gateway: Gateway, _call: Call[Nothing]) -> Any:
        _allowed(gateway)
        return Yaml(yaml(openapi()).encode())

    async def show_sockets(gateway: Gateway, _call: Call[Nothing]) -> Any:
        _allowed(gateway)
        return asyncapi()

    async def show_page(gateway: Gateway, _call: Call[Nothing]) -> Any:
        _allowed(gateway)
        return Html(page(openapi()).encode(), PAGE_HEADERS)

    return (
        Route("GET", "/openapi.json", show_json, Need.PUBLIC, 20, Nothing, dict[str, Any], "This document"),
        Route("GET", "/openapi.yaml", show_yaml, Need.PUBLIC, 20, Nothing, Yaml, "This document, as YAML"),
        Route("GET", "/asyncapi.json", show_sockets, Need.PUBLIC, 20, Nothing, dict[str, Any], "The sockets' document"),
        Route("GET", "/docs", show_page, Need.PUBLIC, 20, Nothing, Html, "This document, for people"),
    )
