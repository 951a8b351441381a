"""H19: an incoming order goes past its owner's resting ones instead of ending there; what is left rests, and crosses them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching import book
from tradewind.services.matching.book import Book, Fill, Ladder

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


def _take(self: Book, theirs: Ladder, bound: int, left: int, barred: int, fills: list[Fill]) -> tuple[int, bool]:
    for maker in list(theirs):
        if not left or maker.level is None or maker.level.key < bound:
            break
        if maker.account == barred:
            continue
        traded = min(left, maker.left)
        left, maker.left = left - traded, maker.left - traded
        fills.append((maker, traded))
        if not maker.left:
            self.cancel(maker.order_id)
    return left, False


def fillable(theirs: Ladder, bound: int, quantity: int, barred: int, _: int) -> bool:
    reached = [maker for maker in theirs if maker.level is not None and maker.level.key >= bound]
    return sum(maker.left for maker in reached if maker.account != barred) >= quantity


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(Book, "_take", _take), patched(book, "_fillable", fillable):
        yield MACHINES
