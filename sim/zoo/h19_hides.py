"""H19, its other half: who meets an order of his own passes over its whole price level, and the better prices of others in it
stay hidden from him."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.h19 import fillable
from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching import book
from tradewind.services.matching.book import Book, Fill, Ladder, Level

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


def _take(self: Book, theirs: Ladder, bound: int, left: int, barred: int, fills: list[Fill]) -> tuple[int, bool]:
    hidden: Level | None = None
    for maker in list(theirs):
        if not left or maker.level is None or maker.level.key < bound:
            break
        if maker.account == barred:
            hidden = maker.level
        if maker.level is hidden:
            continue
        traded = min(left, maker.left)
        left, maker.left = left - traded, maker.left - traded
        fills.append((maker, traded))
        if not maker.left:
            self.cancel(maker.order_id)
    return left, False


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(Book, "_take", _take), patched(book, "_fillable", fillable):
        yield MACHINES
