from typing import Protocol


class Clock(Protocol):
    """Wall time. Sleeping and deadlines are trio's own; the runtime keeps what it gives to machines monotone."""

    def now(self) -> int:
        """Nanoseconds since 1970, UTC. May step either way."""
        ...


class Entropy(Protocol):
    """Randomness for keys, nonces and names of processes. Never used inside a machine."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...
