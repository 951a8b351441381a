"""Following a feed: the bus wakes us and usually has it; the journal has it always."""

from collections import deque
from collections.abc import Callable

import trio

from tradewind.messages.codec import Undecodable, decode
from tradewind.messages.events import Batch, Entry, Event
from tradewind.ports.errors import Unavailable
from tradewind.ports.world import World
from tradewind.runtime.chain import entry_of
from tradewind.runtime.limits import Limits
from tradewind.runtime.wake import Wake

Concern = Callable[[Event], bool]


def concern_of(machine: type | object) -> Concern:
    """Which events a machine cares for: those it `hears`, narrowed by its `concerns` if it has one."""
    hears: frozenset[type] = machine.hears  # type: ignore[union-attr]
    narrower: Concern | None = getattr(machine, "concerns", None)
    if narrower is None:
        return lambda event: type(event) in hears
    return lambda event: type(event) in hears and narrower(event)


def _always() -> bool:
    return True


class FeedReader:
    """Entries of one feed after a position, in order, each once, without gaps.

    `concerns`: only events that it says yes to are kept, and only entries that have any. `covered` is the seq up to which
    nothing is missing; `writer_positions` says how far the feed's writer had read its own sources by then.

    `beside`: other feeds that the same consumer follows. Entries that one of them caused are kept even when they hold no
    event of concern: they are what makes everything after them wait for their cause.
    """

    def __init__(
        self,
        feed: str,
        after: int,
        world: World,
        limits: Limits,
        concerns: Concern | None = None,
        beside: frozenset[str] = frozenset(),
    ) -> None:
        self.feed = feed
        self.covered = after
        self.writer_positions: dict[str, int] = {}
        self.wake = Wake()
        self.progress_matters: Callable[[], bool] = _always  # whether to wake for positions that moved without an entry
        self.read_at = trio.current_time()  # the last time that a read succeeded, wherever from
        self.bus_works = True
        self._entries: deque[Entry] = deque()
        self._world = world
        self._limits = limits
        self._concerns = concerns
        self._beside = beside
        self._room = Wake()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first(self) -> Entry:
        return self._entries[0]

    def pop(self) -> Entry:
        entry = self._entries.popleft()
        if len(self._entries) < self._limits.feed_buffer_max // 2:
            self._room.set()
        return entry

    @property
    def position(self) -> int:
        """How far everything has been popped."""
        return self._entries[0].seq - 1 if self._entries else self.covered

    async def take(self, limit: int) -> list[Entry]:
        """At least one entry, or none when only positions moved."""
        while not self._entries and not await self.wake.wait(self._limits.read_wait_s):
            pass
        return [self.pop() for _ in range(min(limit, len(self._entries)))]

    async def run(self) -> None:
        """Read until cancelled. Never fails for the bus or the store: `read_at` grows old instead."""
        while True:
            while len(self._entries) >= self._limits.feed_buffer_max:
                await self._room.wait(self._limits.read_wait_s)
            try:
                await self._read_bus()
            except Unavailable:
                self.bus_works = False
                self._world.tally.count("feed followed by polling the journal")
                await trio.sleep(self._limits.poll_s)
                await self._read_journal()

    async def _read_bus(self) -> None:
        batches = await self._world.bus.read(self.feed, self.covered, self._limits.read_wait_s)
        self.bus_works = True
        for _, body in batches:
            try:
                batch = decode(Batch, body)
            except Undecodable:
                self._world.tally.count("feed batch undecodable")
                await self._read_journal()
                continue
            if batch.prev > self.covered:
                self._world.tally.count("gap read from the journal")
                await self._read_journal(until=batch.prev)
                if self.covered < batch.prev:
                    return  # begin again at the gap
            if batch.last <= self.covered:
                self._world.tally.count("feed batch repeated")
            else:
                self._extend([entry for entry in batch.entries if entry.seq > self.covered], batch.last, batch.positions)
        if batches:
            self.read_at = trio.current_time()
        else:
            await self._read_journal()  # a lost suffix shows only here

    async def _read_journal(self, until: int | None = None) -> None:
        """Up to `until`, else up to the end; less when the buffer is full before, or when the store does not answer."""
        while (until is None or self.covered < until) and len(self._entries) < self._limits.feed_buffer_max:
            try:
                rows = await self._world.store.journal(self.feed, self.covered, self._limits.journal_page)
            except Unavailable:
                await trio.sleep(self._limits.retry_s)
                return
            self.read_at = trio.current_time()
            if rows:
                assert rows[0].seq == self.covered + 1, (self.feed, rows[0].seq, self.covered)
                self._extend([entry_of(row) for row in rows], rows[-1].seq, {row.source: row.source_seq for row in rows})
            if len(rows) < self._limits.journal_page:
                return

    def _extend(self, entries: list[Entry], covered: int, positions: dict[str, int]) -> None:
        for entry in entries:
            heard = self._heard(entry)
            if heard is not None:
                self._entries.append(heard)
        self.covered = covered
        self.writer_positions.update(positions)
        if self._entries or self.progress_matters():
            self.wake.set()

    def _heard(self, entry: Entry) -> Entry | None:
        concerns = self._concerns
        if concerns is None:
            return entry
        events = tuple(event for event in entry.events if concerns(event))
        if not events and entry.source not in self._beside:
            return None
        if len(events) == len(entry.events):
            return entry
        return Entry(entry.feed, entry.seq, entry.at, entry.source, entry.source_seq, events)
