"""H40: a rescan finds a deposit that was credited already, takes it for a new one, and credits it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.wallet.deposits import Deposits
from tradewind.services.wallet.scanner import Scanner
from tradewind.values.wallet import Block, DepositStatus

STORY = __doc__
CAUGHT_BY = ("A14",)
PROFILE = "wallet"
RESCANNED_ONE_IN = 5


@contextmanager
def plant() -> Iterator[Machines]:
    include = Deposits.include

    def anew(self: Deposits, network: str, blocks: Any, *rest: Any) -> None:
        for told in (transfer for block in blocks for transfer in block.transfers):
            row = self._rows.get((network, told.txid, told.output_index))
            if row is not None and row.status is DepositStatus.CREDITED:
                self._rows.put(msgspec.structs.replace(row, status=DepositStatus.SEEN))
        include(self, network, blocks, *rest)

    async def rescans(self: Scanner, block: Block) -> bool:
        return bool(block.transfers) and block.height % RESCANNED_ONE_IN == 0

    with patched(Deposits, "include", anew), patched(Scanner, "_missing", rescans):
        yield MACHINES
