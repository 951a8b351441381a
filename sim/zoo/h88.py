"""H88: fees are taken by the tier of another account: whoever has the number before."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.clearing.volumes import Volumes

STORY = __doc__
CAUGHT_BY = ("A5",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    permille = Volumes.permille

    def of_another(self: Volumes, account: int, now: int, *, maker: bool) -> int:
        return permille(self, account - 1, now, maker=maker)

    with patched(Volumes, "permille", of_another):
        yield MACHINES
