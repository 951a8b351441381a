"""Client order ids of orders that are over, for as long as they may not be used again."""

from tradewind.runtime.rows import Rows
from tradewind.services.clearing.tables import FINISHED, FinishedOrder, Hold

DEDUP_NS = 24 * 3_600 * 1_000_000_000  # MATCHING_ORDER_DEDUP_TTL
NAMES_MAX = 1_000_000  # what a restart loads; beyond it the oldest are free again before their time
_EXPIRED_PER_END = 2  # two go for each that comes, so the horizon is kept without ever stopping to clean


class ClientIds:
    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._finished = Rows(FINISHED)
        self.rows = (self._finished,)

    def load(self, rows: list[FinishedOrder]) -> None:
        self._finished.load(sorted(rows, key=lambda row: (row.ended_at, row.order_id)))

    def get(self, account: int, client_order_id: str) -> FinishedOrder | None:
        finished: FinishedOrder | None = self._finished.get((account, client_order_id))
        return finished

    def finish(self, hold: Hold, now: int) -> None:
        """The order is over; its client's name for it stays taken. Names that we gave are nobody's to use again."""
        for _ in range(_EXPIRED_PER_END):
            oldest = next(iter(self._finished), None)
            if oldest is not None and (oldest.ended_at < now - DEDUP_NS or len(self._finished) >= NAMES_MAX):
                self._finished.remove((oldest.account, oldest.client_order_id))
        if hold.client_order_id == f"tw{hold.order_id}":
            return
        self._finished.put(
            FinishedOrder(
                self._shard,
                hold.account,
                hold.client_order_id,
                hold.order_id,
                hold.symbol,
                hold.digest,
                hold.accepted_at,
                now,
            )
        )
