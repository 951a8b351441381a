"""The exchange's clock as far as we know it: signatures are good for 30 s around it."""

import time

NOTABLE_MS = 1_000  # less than that is the way there and back


class Clock:
    """Shared by everything that signs for one exchange."""

    def __init__(self) -> None:
        self.offset_ms = 0

    @staticmethod
    def own_ms() -> int:
        return time.time_ns() // 1_000_000

    def now_ms(self) -> int:
        return self.own_ms() + self.offset_ms

    def measured(self, asked_ms: int, shown_ms: int) -> bool:
        """By our clock it was asked at `asked_ms` and answered now. Whether the offset has changed notably."""
        before, self.offset_ms = self.offset_ms, shown_ms - (asked_ms + self.own_ms()) // 2
        return abs(self.offset_ms - before) >= NOTABLE_MS
