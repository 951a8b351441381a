"""Transfers to us: each credited once, when it lies deep enough, and taken back when the chain takes it back."""

from collections.abc import Sequence

import msgspec

from tradewind.messages.events import DepositCredited, DepositReversed, DepositUpdated, Event
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Rows
from tradewind.services.wallet.chains import Chains
from tradewind.services.wallet.rules import REORG_BLOCKS_MAX, TRANSFERS_MAX
from tradewind.services.wallet.tables import DEPOSITS, Deposit
from tradewind.values.money import UNITS_MAX
from tradewind.values.wallet import DEPOSIT_NEXT, Block, DepositStatus, Transfer


class Deposits:
    """Only those that can still change are in memory; of a settled one no block that we take up can tell again."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._rows = Rows(DEPOSITS)
        self._seq = 0
        self._made = 0  # of the input being applied
        self.rows = (self._rows,)

    def load(self, rows: list[Deposit]) -> None:
        self._rows.load(rows)

    def of(self, network: str) -> list[Deposit]:
        """In the order in which they were seen: after a restart the rows stand in another, and the events must not."""
        return sorted((row for row in self._rows if row.network == network), key=lambda row: row.deposit_id)

    def include(self, network: str, blocks: Sequence[Block], at: At, events: list[Event]) -> None:
        """What these blocks of our branch hold for us. A transfer stands where it stood first, however often it is told."""
        for block in blocks:
            for transfer in block.transfers:
                known: Deposit | None = self._rows.get((network, transfer.txid, transfer.output_index))
                if known is None:
                    self._see(network, block.height, transfer, at, events)
                elif known.status is DepositStatus.ORPHANED:
                    self._move(msgspec.structs.replace(known, height=block.height), "Included", events)
                elif block.height < known.height:
                    self._rows.put(msgspec.structs.replace(known, height=block.height))

    def _see(self, network: str, height: int, transfer: Transfer, at: At, events: list[Event]) -> None:
        moved = self._chains.asset(network, transfer.asset)
        account = self._chains.owner(network, transfer.address)
        if not account or moved is None or not moved.deposit_min <= transfer.units <= UNITS_MAX:
            return  # somebody else's, not worth a row, or more than a row can tell of
        if at.seq != self._seq:
            self._seq, self._made = at.seq, 0
        self._made += 1
        txid, output_index, address, asset, units = transfer
        deposit_id, seen = at.seq * TRANSFERS_MAX + self._made, DepositStatus.SEEN
        where = network, txid, output_index
        self._put(Deposit(*where, deposit_id, account, address, asset, units, height, seen, 0, at.now, False), events)

    def orphan(self, network: str, fork: int, blocks: Sequence[Block], events: list[Event]) -> bool:
        """The branch beyond `fork` is given up for `blocks`. Whether anything that was credited is lost by it.

        What stands in the new branch as well, anywhere, is no orphan.
        """
        again: dict[tuple[str, int], int] = {}
        for block in blocks:
            for transfer in block.transfers:
                again.setdefault((transfer.txid, transfer.output_index), block.height)
        reversed_any = False
        for row in self.of(network):
            if row.height <= fork or row.status is DepositStatus.ORPHANED:
                continue
            if (row.txid, row.output_index) in again:
                self._rows.put(msgspec.structs.replace(row, height=again[row.txid, row.output_index]))
                continue
            if row.status is DepositStatus.CREDITED:
                reversed_any = True
                what = row.account, row.asset, row.units
                events.append(DepositReversed(*what, row.network, row.txid, row.output_index, row.credits))
            self._move(row, "Orphaned", events)
        return reversed_any

    def ripen(self, network: str, events: list[Event]) -> None:
        """The chain has grown: what is deep enough is credited, what can't change any more is forgotten."""
        tip = self._chains[network].height
        for row in self.of(network):
            if row.status is DepositStatus.CREDITED and row.height <= tip - REORG_BLOCKS_MAX:
                self._rows.put(msgspec.structs.replace(row, settled=True))
                self._rows.forget((row.network, row.txid, row.output_index))
            elif row.status in (DepositStatus.SEEN, DepositStatus.CONFIRMING):
                if self._chains.is_deep(network, row.height):
                    self._credit(msgspec.structs.replace(row, credits=row.credits + 1), events)
                elif row.status is DepositStatus.SEEN and row.height < tip:
                    self._move(row, "Buried", events)

    def _credit(self, row: Deposit, events: list[Event]) -> None:
        what = row.account, row.asset, row.units
        events.append(DepositCredited(*what, row.network, row.txid, row.output_index, row.credits))
        self._move(row, "Confirmed", events)

    def _move(self, row: Deposit, word: str, events: list[Event]) -> None:
        self._put(msgspec.structs.replace(row, status=DEPOSIT_NEXT[row.status, word]), events)

    def _put(self, row: Deposit, events: list[Event]) -> None:
        self._rows.put(row)
        where = row.network, row.txid, row.output_index
        events.append(DepositUpdated(row.deposit_id, row.account, *where, row.asset, row.units, row.height, row.status))
