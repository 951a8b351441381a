"""Who may look on while a world runs: a recorder, or nobody. Looking changes nothing, or the hash would differ."""

from typing import Any, Protocol


class Witness(Protocol):
    def event(self, event: tuple[object, ...]) -> None:
        """Everything that is traced: virtual nanoseconds, kind, facts."""
        ...

    def connection(self, connection: Any) -> None:
        """A client has begun to connect to a web server."""
        ...
