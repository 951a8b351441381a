"""Wake-up and fan-out. It may lose any suffix, everything, or duplicate entries at any instant."""

from typing import Protocol


class Bus(Protocol):
    """Redis in production. Every call may raise Unavailable (surely not done); publish and send may raise Unknown.

    Positions are integers that grow; 0 is before everything.
    """

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        """Return once the bus has it. Idempotent: a `seq` not above the feed's last is dropped silently. After Unknown it
        may have it: publish again, same seq. Readers in the writer's own process may have it at once, whatever becomes of the
        call: what is published is committed."""
        ...

    async def last(self, feed: str) -> int:
        """The greatest seq that the bus admits to having had on `feed`; 0 when it knows none."""
        ...

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        """Entries with seq > `after`, oldest first; empty when none came within `wait_s`. Gaps are possible: see Batch.prev."""
        ...

    async def send(self, mailbox: str, body: bytes) -> None:
        """Append to an inbox (or a caller's reply box). Without promise: it may be lost later, or arrive twice."""
        ...

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        """Like read, of a mailbox. `after` = -1: only what comes from now on. A position above the mailbox's last means that
        the bus has lost its memory: reading begins again at what it has."""
        ...

    async def once(self, key: str, ttl_s: float) -> bool:
        """True for the first caller with `key` within `ttl_s`. Raises Unavailable when it cannot know."""
        ...

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        """Add `units` to a counter of everybody's, forgotten `ttl_s` after its last addition; what it comes to. Raises
        Unavailable when it cannot know: then it may have been added. It may forget a counter at any instant, like all else."""
        ...
