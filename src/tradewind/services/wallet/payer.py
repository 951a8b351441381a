"""Carries out what the wallet machine has decided: has payouts signed, hands them over, and watches until they are over.

It keeps nothing. Only what stands in the machine's rows is ever broadcast, so a transaction exists before anybody can see
it, and however often this dies in between, the same bytes go out again.
"""

from tradewind.messages.commands import ReportPayout, ReportSigned
from tradewind.ports.chain import Chain, Signer
from tradewind.ports.errors import Unknown
from tradewind.ports.tables import Op, Query
from tradewind.ports.world import World
from tradewind.services.wallet.tables import NETWORKS, WITHDRAWALS, Withdrawal
from tradewind.services.wallet.tell import Tell
from tradewind.values.wallet import Payout, WithdrawalStatus

WATCHED = [
    WithdrawalStatus.APPROVED,
    WithdrawalStatus.SIGNED,
    WithdrawalStatus.BROADCAST,
]
MINED = [WithdrawalStatus.COMPLETED, WithdrawalStatus.FAILED]  # without a block: the chain has taken it back
PAYOUTS_PER_ROUND = 64


class Payer:
    def __init__(self, network: str, chain: Chain, signer: Signer, world: World, tell: Tell) -> None:
        self._network = network
        self._chain = chain
        self._signer = signer
        self._world = world
        self._tell = tell

    async def round(self) -> None:
        """One step for each payout under way. Raises PortError: the next round begins anew."""
        here: tuple[str, Op, str] = ("network", "=", self._network)
        gone = (("status", "in", MINED), ("height", "=", 0), ("closed", "=", False))
        limits = {"order": ("nonce",), "limit": PAYOUTS_PER_ROUND}
        [networks, watched, taken_back] = await self._world.store.read(
            [
                Query(NETWORKS, (here,)),
                Query(WITHDRAWALS, (here, ("status", "in", WATCHED)), **limits),  # type: ignore[arg-type]
                Query(WITHDRAWALS, (here, *gone), **limits),  # type: ignore[arg-type]
            ]
        )
        for row in taken_back:
            self._world.tally.count("payout's block has gone")
            await self._send(row)
        for row in watched:
            if row.status is not WithdrawalStatus.APPROVED:
                if not row.height:
                    await self._send(row)
            elif not networks[0].frozen:
                await self._sign(row)

    async def _sign(self, row: Withdrawal) -> None:
        what = row.address, row.tag, row.asset, row.units
        signed = await self._signer.sign(Payout(row.withdrawal_id, row.network, row.nonce, *what))
        await self._tell.say(ReportSigned(row.withdrawal_id, signed.txid, signed.raw))

    async def _send(self, row: Withdrawal) -> None:
        standing = await self._chain.standing(row.txid)
        if standing.height:
            where = standing.height, standing.block_hash, standing.succeeded
            await self._tell.say(ReportPayout(row.withdrawal_id, row.txid, *where))
        elif not standing.known:
            await self._broadcast(row)

    async def _broadcast(self, row: Withdrawal) -> None:
        try:
            await self._chain.broadcast(row.raw)
        except Unknown:
            self._world.tally.count("broadcast without an answer")
            return  # perhaps it is there: the next round asks
        if row.status is WithdrawalStatus.SIGNED:
            await self._tell.say(ReportPayout(row.withdrawal_id, row.txid))
        else:
            self._world.tally.count("payout broadcast again")
