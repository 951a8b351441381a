"""What one process knows of one stream: a bounded buffer that all of its readers here share."""

from bisect import bisect_right
from collections.abc import Sequence

import trio

from tradewind.adapters.redis_link import Reply, bulk

READ_ENTRIES_MAX = 512
BUFFER_ENTRIES_MAX = 2_048
BUFFER_BYTES_MAX = 32 * 1024 * 1024
assert READ_ENTRIES_MAX <= BUFFER_ENTRIES_MAX
Entries = list[tuple[int, bytes]]
COUNTER_BITS = 20  # of a mailbox's position; the milliseconds stand above them


class Channel:
    """What this process knows of one stream: all of its entries in (floor, cursor] stand in `entries`."""

    def __init__(self, key: bytes, numbered: bool) -> None:
        self.key = key
        self.numbered = numbered  # ids are `<seq>-0`
        self.known = False  # floor and cursor are real
        self.stale = False  # the XREAD under way still asks from an earlier cursor
        self.said = -1  # the last seq that the server accepted from this process
        self.home_until = 0.0  # the loop's clock
        self.version = 0
        self.used_at = trio.current_time()
        self.waiting = trio.lowlevel.ParkingLot()
        self.entries: Entries = []
        self.bytes = 0
        self.floor = 0
        self._move(0)

    def begin(self, position: int, version: int) -> None:
        """Forget the buffer and go on from `position`."""
        self.known = self.stale = True
        self.version = version
        self.entries = []
        self.bytes = 0
        self.floor = position
        self._move(position)

    def covers(self, position: int) -> bool:
        """Whether everything after `position` stands here or will come here. A mailbox never was at a position beyond its
        cursor, unless the server has lost its memory; a feed's numbers are the writer's, not the server's."""
        return self.known and self.floor <= position and (self.numbered or position <= self.cursor)

    def _move(self, position: int) -> None:
        self.cursor = position
        self.packed_cursor = bulk(self.id_of(position))

    def id_of(self, position: int) -> bytes:
        if self.numbered:
            return b"%d-0" % position
        return b"%d-%d" % (position >> COUNTER_BITS, position & (1 << COUNTER_BITS) - 1)

    def position_of(self, stream_id: bytes) -> int:
        major, _, minor = stream_id.partition(b"-")
        return int(major) if self.numbered else int(major) << COUNTER_BITS | int(minor)

    def parse(self, rows: Sequence[Reply]) -> Entries:
        return [(self.position_of(row[0]), row[1][1]) for row in rows]

    def take(self, entries: Entries) -> None:
        """What came after `cursor`: keep it and wake everybody. What is known already may come again, from the server."""
        if entries and entries[0][0] <= self.cursor:
            entries = [entry for entry in entries if entry[0] > self.cursor]
        if not entries:
            return
        self.entries += entries
        self.bytes += sum([len(body) for _, body in entries])
        self._move(entries[-1][0])
        if len(self.entries) > 2 * BUFFER_ENTRIES_MAX or self.bytes > BUFFER_BYTES_MAX:
            self._trim()
        self.waiting.unpark_all()

    def _trim(self) -> None:
        keep = len(self.entries) - BUFFER_ENTRIES_MAX
        if keep <= 0:  # few but heavy
            keep = (len(self.entries) + 1) // 2
        self.floor = self.entries[keep - 1][0]
        del self.entries[:keep]
        self.bytes = sum([len(body) for _, body in self.entries])

    def after(self, position: int) -> Entries:
        if not self.entries or self.cursor <= position:
            return []
        start = bisect_right(self.entries, position, key=lambda entry: entry[0])
        return self.entries[start : start + READ_ENTRIES_MAX]
