"""Reading your own writes: which orders clearing has acknowledged to us, and how far the book-keeper has followed."""

import trio

from tradewind.messages.replies import Answer, OrderAck, OrderPairAck, Outcomes, Reply
from tradewind.messages.topology import service_of
from tradewind.ports.store import POSITIONS
from tradewind.ports.tables import Query
from tradewind.services.gateway.problems import unavailable
from tradewind.values.ids import seq_of

WAIT_S = 1.0


def effect_seq(answer: Answer) -> int:
    """Where in clearing's feed the order spoken of was accepted; 0 when none is.

    That is in the order's id. A cancel or amend changes the history only by what matching makes of it later, and an answer
    without events may never move a follower: waiting for either would be waiting for nothing.
    """
    if service_of(answer.shard) != "clearing":
        return 0
    return max((seq_of(made) for made in _orders_of(answer.reply)), default=0)


def _orders_of(reply: Reply) -> list[int]:
    match reply:
        case OrderAck():
            return [reply.order_id]
        case OrderPairAck():
            return [reply.stop.order_id]
        case Outcomes():
            return [one.order_id for one in reply.outcomes if isinstance(one, OrderAck)]
    return []


class Seen:
    """Positions in clearing's feeds, by shard: acknowledged to our clients, and covered by the order feed as we hear it."""

    def __init__(self) -> None:
        self._acknowledged: dict[str, int] = {}
        self._covered: dict[str, int] = {}
        self._moved = trio.Event()

    def begin(self, heads: dict[str, int], positions: dict[str, int]) -> None:
        """`heads`: where clearing's feeds end. An earlier life of this gateway may have acknowledged all that stands by now.
        `positions`: how far the book-keeper had come."""
        self._acknowledged = dict(heads)
        self.reached(positions)

    def note(self, answer: Answer) -> None:
        seq = effect_seq(answer)
        if seq > self._acknowledged.get(answer.shard, 0):
            self._acknowledged[answer.shard] = seq

    def reached(self, positions: dict[str, int]) -> None:
        for shard, seq in positions.items():
            self._covered[shard] = max(seq, self._covered.get(shard, 0))
        self._moved.set()
        self._moved = trio.Event()

    async def wait(self, shard: str) -> int:
        """Return when the read model covers what was acknowledged by now, or after 1 s.

        The seq that the snapshot of the query must cover all the same (see `query` and `check`); 0 when none.
        """
        needed = self._acknowledged.get(shard, 0)
        with trio.move_on_after(WAIT_S):
            while self._covered.get(shard, 0) < needed:
                await self._moved.wait()
            return 0
        return needed

    @staticmethod
    def query(reader: str, shard: str) -> Query:
        """To be read in the same snapshot as the rows: how far `reader` had come with `shard` when they stood so."""
        return Query(POSITIONS, where=(("shard", "=", reader), ("source", "=", shard)))

    def check(self, shard: str, needed: int, found: list[object]) -> None:
        """The feed may lag where the tables do not. Raises Problem when the answer would be older than an acknowledgement."""
        position = getattr(found[0], "position", 0) if found else 0
        if position < needed:
            raise unavailable("the order history lags behind; nothing was answered rather than something old")
        self.reached({shard: position})  # positions that moved without an effect are in no feed
