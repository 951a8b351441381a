"""H50: an API key's READ bit is enough to trade."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway import gate
from tradewind.services.gateway.access import Need, check_permission

STORY = __doc__
CAUGHT_BY = ("A13",)
PROFILE = "clientele"


@contextmanager
def plant() -> Iterator[Machines]:
    def lenient(need: Need, permissions: int) -> None:
        check_permission(need, permissions | (Need.TRADE if permissions & Need.READ else 0))

    with patched(gate, "check_permission", lenient):
        yield MACHINES
