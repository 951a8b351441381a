"""What the simulated Redis holds: streams, with readers that wait at them. It forgets at a word."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

_position = itemgetter(0)


@dataclass
class Stream:
    """`last` is the greatest position it admits to having had."""

    entries: list[tuple[int, bytes]] = field(default_factory=list)
    last: int = 0
    waiting: dict[int, Callable[[], None]] = field(default_factory=dict)


class Broker:
    """Streams by name. `mailbox positions` are made from its clock, as Redis makes ids."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.streams: dict[str, Stream] = {}
        self.keys: dict[str, int] = {}
        self.counts: dict[str, tuple[int, int]] = {}
        self._now_ns = now_ns
        self._tickets = 0

    def stream(self, name: str) -> Stream:
        return self.streams.setdefault(name, Stream())

    def add(self, name: str, position: int | None, body: bytes) -> None:
        """At `position`, or at the next one that the clock gives. A position that is not above the last is dropped."""
        stream = self.stream(name)
        if position is None:
            position = max(stream.last + 1, (self._now_ns() // 1_000_000) << 20)
        if position <= stream.last:
            return
        stream.entries.append((position, body))
        stream.last = position
        waiting, stream.waiting = stream.waiting, {}
        for wake in waiting.values():
            wake()

    def after(self, name: str, position: int) -> list[tuple[int, bytes]]:
        entries = self.stream(name).entries
        return entries[bisect_right(entries, position, key=_position) :]

    def wait(self, name: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` once when something is added; the result takes that back."""
        self._tickets += 1
        ticket, stream = self._tickets, self.stream(name)
        stream.waiting[ticket] = wake
        return lambda: stream.waiting.pop(ticket, None) and None

    def once(self, key: str, ttl_ns: int) -> bool:
        now = self._now_ns()
        if self.keys.get(key, 0) > now:
            return False
        self.keys[key] = now + ttl_ns
        return True

    def count(self, key: str, units: int, ttl_ns: int) -> int:
        now = self._now_ns()
        total, until = self.counts.get(key, (0, 0))
        made = units + (total if until > now else 0)
        self.counts[key] = made, now + ttl_ns
        return made

    def flush(self) -> None:
        """FLUSHALL: everything is gone, and so is the memory of which ids there were."""
        for stream in self.streams.values():
            stream.entries.clear()
            stream.last = 0
        self.keys.clear()
        self.counts.clear()

    def evict(self, name: str) -> None:
        """Memory ran out, and this key was the one to go: with it goes the memory of its ids."""
        stream = self.stream(name)
        stream.entries.clear()
        stream.last = 0

    def trim(self, name: str, keep: int) -> None:
        """XTRIM: only the newest `keep` entries stay; the greatest id is remembered all the same."""
        entries = self.stream(name).entries
        del entries[: max(0, len(entries) - keep)]

    def lose_tail(self, name: str, entries: int) -> None:
        """A power cut between an answer and the disk: the newest entries were never there."""
        stream = self.stream(name)
        del stream.entries[max(0, len(stream.entries) - entries) :]
        stream.last = stream.entries[-1][0] if stream.entries else 0
