"""Calls between our own processes: queries, operators, and commands while the bus is down. Never the usual money path."""

from collections.abc import Awaitable, Callable
from typing import Protocol

Handler = Callable[[bytes], Awaitable[bytes]]


class Network(Protocol):
    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        """The peer's answer. Raises Unavailable (surely not received) or Unknown (it may have been handled)."""
        ...

    @property
    def address(self) -> str:
        """Where this process answers; "" when it does not."""
        ...

    def near(self, path: str) -> Handler | None:
        """Who answers `path` in this very process, if anybody does: no need to leave it."""
        ...

    def serve(self, path: str, handler: Handler) -> None:
        """Answer calls to `path` from now on. A handler that raises PortError answers as Unavailable."""
        ...
