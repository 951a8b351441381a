"""H43: a broadcast goes without an answer, so the payout is signed anew, with a fresh nonce, and sent a second time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.ports.errors import PortError, Unknown
from tradewind.services.wallet.payer import Payer
from tradewind.services.wallet.tables import Withdrawal
from tradewind.values.wallet import Payout

STORY = __doc__
CAUGHT_BY = ("A14",)
PROFILE = "wallet"


@contextmanager
def plant() -> Iterator[Machines]:
    broadcast = Payer._broadcast

    async def again(self: Payer, row: Withdrawal) -> None:
        real = self._chain.broadcast

        async def once(raw: bytes) -> None:
            try:
                await real(raw)
            except Unknown:
                for nonce in range(row.nonce + 1, row.nonce + 3):  # whichever is the next one just now
                    payout = Payout(row.withdrawal_id, row.network, nonce, row.address, row.tag, row.asset, row.units)
                    try:
                        await real((await self._signer.sign(payout)).raw)
                        break
                    except PortError:
                        continue
                raise

        with patched(self._chain, "broadcast", once):
            await broadcast(self, row)

    with patched(Payer, "_broadcast", again):
        yield MACHINES
