"""A route, declared: who may use it, what it costs, what it asks and answers. What stands in no declaration is not served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Asked

if TYPE_CHECKING:
    from tradewind.services.gateway.call import Call
    from tradewind.services.gateway.gateway import Gateway

A = TypeVar("A", bound=Asked)


@dataclass(frozen=True, slots=True)
class Route(Generic[A]):
    """`method` is HTTP's, or "WS" for a method of order entry over the private socket, whose name is then the `path`.

    `weight` counts against the limits by requests, `orders` (so many, for each item of `items` when there is one) against those
    by orders. `asks` validates and documents; `items` names the schema of each element of a list in it, which the handler reads
    by itself, so that a mistake in one is that one's. `answers` documents, and tests hold every answer to it. A handler raises
    Problem, and returns what encode_json takes.
    """

    method: str
    path: str
    handler: Callable[[Gateway, Call[A]], Awaitable[Any]]
    need: Need
    weight: int
    asks: type[A]
    answers: Any
    summary: str
    orders: int = 0
    items: dict[str, type[Asked]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Door(Generic[A]):
    """Where a WebSocket is opened: what a route is, but for the handler, which lives as long as the socket."""

    path: str
    need: Need
    weight: int
    asks: type[A]
    summary: str

    @property
    def name(self) -> str:
        return f"GET {self.path}"


def complaints(routes: tuple[Route[Any] | Door[Any], ...]) -> list[str]:
    """What a declaration lacks; nothing is served before this is empty. A 0 is no Need.PUBLIC: somebody must have said so."""
    told = []
    names: set[str] = set()
    for route in routes:
        if not isinstance(route.need, Need):
            told.append(f"{route.name} has no permission rule")
        if type(route.weight) is not int or route.weight < 1:
            told.append(f"{route.name} has no weight")
        if not (isinstance(route.asks, type) and issubclass(route.asks, Asked)):
            told.append(f"{route.name} has no schema of what it asks")
        if isinstance(route, Route) and route.answers is None:
            told.append(f"{route.name} has no schema of what it answers")
        if not route.summary:
            told.append(f"{route.name} has no summary")
        if route.name in names:
            told.append(f"{route.name} is declared twice")
        names.add(route.name)
    return told
