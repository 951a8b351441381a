"""The intervals of candles: where each begins and ends, in whole seconds since 1970, UTC.

Weeks begin on Monday, months with the calendar's; the others are counted from 1970, as elsewhere in the trade.
"""

from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
MONDAY_S = 4 * DAY_S  # 1970 began on a Thursday
MONTHS = 12


class Width(IntEnum):
    """Candles that are kept; every other interval is made of them. Seconds."""

    SECOND = 1
    MINUTE = MINUTE_S
    HOUR = HOUR_S
    DAY = DAY_S


class Interval(NamedTuple):
    """`seconds` 0 = a calendar month. `origin_s`: where one of them begins."""

    name: str
    base: Width
    seconds: int
    origin_s: int = 0

    def start(self, at_s: int) -> int:
        """Where the interval begins that `at_s` lies in."""
        if self.seconds:
            return at_s - (at_s - self.origin_s) % self.seconds
        return int(datetime.fromtimestamp(at_s, UTC).replace(day=1, hour=0, minute=0, second=0).timestamp())

    def shifted(self, start_s: int, steps: int) -> int:
        """The beginning of the interval `steps` after (before, if negative) the one that begins at `start_s`."""
        if self.seconds:
            return start_s + steps * self.seconds
        day = datetime.fromtimestamp(start_s, UTC)
        year, month = divmod(day.year * MONTHS + day.month - 1 + steps, MONTHS)
        if year < 1970:
            return 0
        return int(day.replace(year=year, month=month + 1).timestamp())

    def end(self, start_s: int) -> int:
        """The first second that is not in the interval any more."""
        return self.shifted(start_s, 1)


def _counted(base: Width, letter: str, *counts: int) -> list[Interval]:
    return [Interval(f"{count}{letter}", base, count * base) for count in counts]


INTERVALS: dict[str, Interval] = {
    interval.name: interval
    for interval in (
        *_counted(Width.SECOND, "s", 1),
        *_counted(Width.MINUTE, "m", 1, 3, 5, 15, 30),
        *_counted(Width.HOUR, "h", 1, 2, 4, 6, 8, 12),
        *_counted(Width.DAY, "d", 1, 3),
        Interval("1w", Width.DAY, 7 * DAY_S, MONDAY_S),
        Interval("1M", Width.DAY, 0),
    )
}
