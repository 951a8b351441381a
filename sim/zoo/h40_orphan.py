"""H40: a credited deposit is reorganised away, and the credit stays: only those that wait are looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.wallet.deposits import Deposits
from tradewind.values.wallet import DepositStatus

STORY = __doc__
CAUGHT_BY = ("A14",)
PROFILE = "wallet"


@contextmanager
def plant() -> Iterator[Machines]:
    of, orphan = Deposits.of, Deposits.orphan

    def waiting(self: Deposits, network: str) -> list[Any]:
        return [row for row in of(self, network) if row.status is not DepositStatus.CREDITED]

    def hasty(self: Deposits, *given: Any) -> bool:
        with patched(Deposits, "of", waiting):
            return orphan(self, *given)

    with patched(Deposits, "orphan", hasty):
        yield MACHINES
