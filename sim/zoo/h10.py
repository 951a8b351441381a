"""H10: an answer goes out before what it says is committed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime.outbox import Outbox

STORY = __doc__
CAUGHT_BY = ("A10", "A11")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    seal = Outbox.seal

    def hasty(self: Outbox) -> Callable[[], None]:
        seal(self)()
        return lambda: None

    with patched(Outbox, "seal", hasty):
        yield MACHINES
