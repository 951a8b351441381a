"""H45: the scanner looks only at the newest block: what comes while it is away, or two blocks at once, is never seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.wallet.scanner import Scanner
from tradewind.values.wallet import Block

STORY = __doc__
CAUGHT_BY = ("A14",)
PROFILE = "wallet"


@contextmanager
def plant() -> Iterator[Machines]:
    report = Scanner._report

    async def newest(self: Scanner, blocks: list[Block]) -> bool:
        return await report(self, [*(block._replace(transfers=()) for block in blocks[:-1]), blocks[-1]])

    async def never_again(self: Scanner, known: dict[int, str]) -> None:
        return None

    with patched(Scanner, "_report", newest), patched(Scanner, "_look_again", never_again):
        yield MACHINES
