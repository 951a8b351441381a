"""Commands that have had their effect. A redelivery gets the first answer, a replay is refused."""

from collections import OrderedDict
from typing import NamedTuple

from tradewind.ports.store import Remembered


class Past(NamedTuple):
    request: str
    at: int
    answer: bytes


class CommandMemory:
    """Bounded by age (`horizon_ns`) and by number. Whatever it forgets by number it could not have kept by age either:
    `forgotten_early` counts those, and alerts."""

    def __init__(self, horizon_ns: int, size_max: int) -> None:
        self.forgotten_early = 0
        self._horizon_ns = horizon_ns
        self._size_max = size_max
        self._past: OrderedDict[bytes, Past] = OrderedDict()

    def load(self, rows: list[Remembered]) -> None:
        for row in sorted(rows, key=lambda row: row.seq):
            self._past[row.command_id] = Past(row.request, row.at, row.answer)

    def get(self, command_id: bytes) -> Past | None:
        return self._past.get(command_id)

    def add(self, command_id: bytes, request: str, at: int, answer: bytes) -> None:
        assert command_id not in self._past, command_id
        self._past[command_id] = Past(request, at, answer)
        while self._past:
            oldest = next(iter(self._past.values()))
            if oldest.at >= at - self._horizon_ns:
                if len(self._past) <= self._size_max:
                    break
                self.forgotten_early += 1
            self._past.popitem(last=False)
