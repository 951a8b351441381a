"""Client order ids of orders that are over, for as long as they may not be used again."""

from heapq import heapify, heappop, heappush

from tradewind.runtime.rows import Rows
from tradewind.services.clearing.tables import FINISHED, FinishedOrder, Hold
from tradewind.values.ids import MADE_CLIENT_ORDER_ID

DEDUP_NS = 24 * 3_600 * 1_000_000_000  # MATCHING_ORDER_DEDUP_TTL
NAMES_MAX = 1_000_000  # what a restart loads; beyond it the oldest are free again before their time
_EXPIRED_PER_END = 2  # two go for each that comes, so the horizon is kept without ever stopping to clean


class ClientIds:
    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._finished = Rows(FINISHED)
        # The oldest first, by what the rows say: after a restart names are forgotten in the same order as without one.
        self._oldest: list[tuple[int, int, int, str]] = []
        self.rows = (self._finished,)

    def load(self, rows: list[FinishedOrder]) -> None:
        self._finished.load(rows)
        self._oldest = [(row.ended_at, row.order_id, row.account, row.client_order_id) for row in rows]
        heapify(self._oldest)

    def get(self, account: int, client_order_id: str, now: int) -> FinishedOrder | None:
        """The order whose name it still is. On a quiet shard names outlive the horizon in the rows, and nowhere else."""
        finished: FinishedOrder | None = self._finished.get((account, client_order_id))
        return None if finished is None or finished.ended_at < now - DEDUP_NS else finished

    def finish(self, hold: Hold, now: int) -> None:
        """The order is over; its client's name for it stays taken. Names that the exchange made are nobody's to use again."""
        for _ in range(_EXPIRED_PER_END):
            self._forget_oldest(now)
        if MADE_CLIENT_ORDER_ID.fullmatch(hold.client_order_id):
            return
        named = hold.account, hold.client_order_id
        self._finished.put(FinishedOrder(self._shard, *named, hold.order_id, hold.symbol, hold.digest, hold.accepted_at, now))
        heappush(self._oldest, (now, hold.order_id, *named))

    def _forget_oldest(self, now: int) -> None:
        while self._oldest:
            ended_at, order_id, *named = self._oldest[0]
            finished = self._finished.get(tuple(named))
            if finished is not None and finished.order_id == order_id:
                if ended_at < now - DEDUP_NS or len(self._finished) >= NAMES_MAX:
                    heappop(self._oldest)
                    self._finished.remove(tuple(named))
                return
            heappop(self._oldest)  # a later order has taken the name over
