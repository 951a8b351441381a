"""H60: what a slow subscriber does not take in time is dropped, and nobody tells it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway.session import TRY_AGAIN_LATER, Session

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    end = Session.end

    def silent(self: Session, code: int, reason: str) -> None:
        if code != TRY_AGAIN_LATER:
            end(self, code, reason)

    with patched(Session, "end", silent):
        yield MACHINES
