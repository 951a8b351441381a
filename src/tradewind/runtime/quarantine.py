"""Inputs that a shard could not apply: kept with their bytes, refused when they come again, settled by an operator."""

from tradewind.ports.store import QUARANTINE, Quarantined
from tradewind.ports.tables import Change
from tradewind.runtime.rows import Rows

ROWS_MAX = 1_000  # the newest ones, that a shard knows; older ones stay in the store until those are settled


class Quarantine:
    """The newest rows of one shard, and the bytes among them, so that poison is known again after a restart."""

    def __init__(self, shard: str, newest: list[Quarantined]) -> None:
        self._shard = shard
        self._rows = Rows(QUARANTINE)
        self._rows.load(sorted(newest, key=lambda row: row.id))
        self._bodies = {row.body for row in newest}
        self._last = max((row.id for row in newest), default=0)

    def __contains__(self, body: object) -> bool:
        return body in self._bodies

    def get(self, number: int) -> Quarantined | None:
        row: Quarantined | None = self._rows.get(number)
        return row

    def add(self, at: int, source: str, position: int, body: bytes, error: str) -> bool:
        """False when these bytes are kept already."""
        if body in self._bodies:
            return False
        self._last += 1
        self._rows.put(Quarantined(self._shard, self._last, at, source, position, body, error))
        self._bodies.add(body)
        if len(self._rows) > ROWS_MAX:
            oldest = next(iter(self._rows))
            self._rows.forget(oldest.id)
            self._bodies.discard(oldest.body)
        return True

    def remove(self, row: Quarantined) -> None:
        self._rows.remove(row.id)
        self._bodies.discard(row.body)

    def drain(self) -> list[Change]:
        change = self._rows.drain()
        return [] if change is None else [change]
