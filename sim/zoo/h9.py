"""H9: a reader's position is committed when entries come into the channel to the machine, and their effect later; when the
process dies or is told to stop in between, nobody has read them.

Nothing that was answered is lost that way (an answer is a commit), so A11 has nothing to see: an order misses on its way to the
book, or money on its way back (A8), and A12 names the entry that was never heard.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.ports.store import POSITIONS, Commit
from tradewind.ports.tables import Change
from tradewind.runtime.shard import Shard

STORY = __doc__
CAUGHT_BY = ("A8", "A12")
PROFILE = "doubts"


@contextmanager
def plant() -> Iterator[Machines]:
    commit = Shard._commit

    async def positions_first(self: Shard) -> None:
        positions = self._positions()
        if positions and self._entries:
            taken_in = Commit(self._prev, self._prev, [], [Change(POSITIONS, list(positions))])
            await self._world.store.commit(self._lease, taken_in)
            self._committed.update({position.source: position.position for position in positions})
        await commit(self)

    with patched(Shard, "_commit", positions_first):
        yield MACHINES
