"""Withdrawals: from the hold to the payout or back, each along one legal path."""

from collections import deque

import msgspec

from tradewind.messages.commands import CancelWithdrawal, FreezeWithdrawals, ReportPayout, ReportSigned, ReviewWithdrawal
from tradewind.messages.events import Event, WithdrawalDebited, WithdrawalHeld, WithdrawalReleased, WithdrawalUpdated
from tradewind.messages.replies import Refused, Reply, WithdrawalAck
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Rows
from tradewind.services.wallet.chains import Chains
from tradewind.services.wallet.rules import check_address, decide
from tradewind.services.wallet.tables import WITHDRAWALS, Withdrawal
from tradewind.values.refusals import Refusal
from tradewind.values.wallet import WITHDRAWAL_NEXT, WithdrawalStatus

CLOSED_NS = 24 * 3_600 * 1_000_000_000  # so long after its end the machine still answers for a withdrawal
_REASON_CHARACTERS_MAX = 200


class Withdrawals:
    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._rows = Rows(WITHDRAWALS)
        self._sent: dict[int, None] = {}  # signed and not over
        self._over: deque[int] = deque()  # in the order of their ends
        self.rows = (self._rows,)

    def load(self, rows: list[Withdrawal]) -> None:
        self._rows.load(rows)
        self._sent = {row.withdrawal_id: None for row in rows if row.txid and not row.status.ended}
        ended = sorted((row.updated_at, row.withdrawal_id) for row in rows if row.status.ended)
        self._over = deque(withdrawal_id for _, withdrawal_id in ended)

    # --- the funds are held
    def begin(self, held: WithdrawalHeld, at: At, events: list[Event]) -> None:
        """Pending, or rejected at once: clearing holds without asking whether the network takes it."""
        who = held.withdrawal_id, held.account, held.asset
        where = held.network, held.address, held.tag
        amounts = held.units, held.fee_units, held.idempotency_key
        pending = WithdrawalStatus.PENDING
        row = Withdrawal(*who, *where, *amounts, pending, "", 0, -1, "", b"", 0, False, at.now, at.now, False)
        assert held.withdrawal_id not in self._rows, held
        self._put(row, events)
        wrong = self._wrong(held)
        if wrong:
            self._move(msgspec.structs.replace(row, reason=wrong), "Rejected", at, events)

    def _wrong(self, held: WithdrawalHeld) -> str:
        moved = self._chains.asset(held.network, held.asset)
        if moved is None:
            return "the network does not move this asset"
        if check_address(held.address) is not None:
            return "no such address"
        if self._chains.owner(held.network, held.address):
            return "the address is one of ours"
        if held.units < moved.withdrawal_min:
            return "less than the least that is sent"
        return "the network fee has changed" if held.fee_units != moved.fee_units else ""

    # --- somebody decides
    def review(self, command: ReviewWithdrawal, at: At, events: list[Event]) -> Reply:
        row: Withdrawal | None = self._rows.get(command.withdrawal_id)
        if row is None:
            return Refused(Refusal.UNKNOWN_WITHDRAWAL)
        if command.by <= 0 or len(command.reason) > _REASON_CHARACTERS_MAX:
            return Refused(Refusal.BAD_REQUEST)
        if command.by == row.account:
            return Refused(Refusal.SELF_APPROVAL)
        target = WithdrawalStatus.APPROVED if command.approve else WithdrawalStatus.REJECTED
        changes = decide(row.status, target)
        if isinstance(changes, Refusal):
            return Refused(changes)
        if not changes:
            return WithdrawalAck(row.withdrawal_id, repeated=True)
        row = msgspec.structs.replace(row, reviewed_by=command.by, reason=command.reason)
        if not command.approve:
            self._move(row, "Rejected", at, events)
        elif self._chains[row.network].frozen:
            return Refused(Refusal.WITHDRAWALS_FROZEN)
        else:
            row = msgspec.structs.replace(row, nonce=self._chains.take_nonce(row.network))
            self._move(row, "Approved", at, events)
        return WithdrawalAck(row.withdrawal_id)

    def cancel(self, command: CancelWithdrawal, at: At, events: list[Event]) -> Reply:
        row: Withdrawal | None = self._rows.get(command.withdrawal_id)
        if row is None or row.account != command.account:
            return Refused(Refusal.UNKNOWN_WITHDRAWAL)  # another account's answers exactly like a missing one
        changes = decide(row.status, WithdrawalStatus.CANCELED)
        if isinstance(changes, Refusal):
            return Refused(changes)
        if changes:
            self._move(row, "Canceled", at, events)
        return WithdrawalAck(row.withdrawal_id, repeated=not changes)

    # --- it is signed, handed over, mined
    def signed(self, command: ReportSigned, at: At, events: list[Event]) -> Reply:
        """The first transaction that we hear of is the only one that will ever be broadcast."""
        row: Withdrawal | None = self._rows.get(command.withdrawal_id)
        if row is None:
            return Refused(Refusal.UNKNOWN_WITHDRAWAL)
        if row.txid:
            same = (row.txid, row.raw) == (command.txid, command.raw)
            return WithdrawalAck(row.withdrawal_id, repeated=True) if same else Refused(Refusal.INVALID_WITHDRAW_STATE)
        if row.status is not WithdrawalStatus.APPROVED or not command.txid:
            return Refused(Refusal.INVALID_WITHDRAW_STATE)
        if self._chains[row.network].frozen:
            return Refused(Refusal.WITHDRAWALS_FROZEN)
        self._sent[row.withdrawal_id] = None
        self._move(msgspec.structs.replace(row, txid=command.txid, raw=command.raw), "Signed", at, events)
        return WithdrawalAck(row.withdrawal_id)

    def paid(self, command: ReportPayout, at: At, events: list[Event]) -> Reply:
        row: Withdrawal | None = self._rows.get(command.withdrawal_id)
        if row is None:
            return Refused(Refusal.UNKNOWN_WITHDRAWAL)
        if not row.txid or row.txid != command.txid:
            return Refused(Refusal.INVALID_WITHDRAW_STATE)
        if command.height and self._chains.hash_at(row.network, command.height) != command.block_hash:
            return Refused(Refusal.OFF_CHAIN)  # our own branch must know the block first
        if row.status is WithdrawalStatus.SIGNED:
            row = self._move(row, "Broadcast", at, events)
        if command.height and not row.height:
            if row.status.ended and row.succeeded != command.succeeded:
                why = f"withdrawal {row.withdrawal_id} is {row.status.name}, and the chain has changed its mind"
                self._chains.freeze(FreezeWithdrawals(row.network, True, why), events)
            self._rows.put(msgspec.structs.replace(row, height=command.height, succeeded=command.succeeded))
            self.ripen(row.network, at, events)
        return WithdrawalAck(row.withdrawal_id)

    def orphan(self, network: str, fork: int) -> None:
        """The branch beyond `fork` is given up: what was mined there is mined nowhere, and is broadcast again.

        Failed ones as well: until their nonces are spent, no later payout can be mined.
        """
        for row in [row for row in self._rows if row.network == network and row.height > fork]:
            self._rows.put(msgspec.structs.replace(row, height=0))

    def ripen(self, network: str, at: At, events: list[Event]) -> None:
        """The chain has grown: a payout that lies deep enough is over."""
        for withdrawal_id in sorted(self._sent):
            row: Withdrawal = self._rows[withdrawal_id]
            if row.network == network and self._chains.is_deep(network, row.height):
                self._move(row, "Completed" if row.succeeded else "Failed", at, events)

    # --- every step goes through here
    def _move(self, row: Withdrawal, word: str, at: At, events: list[Event]) -> Withdrawal:
        row = msgspec.structs.replace(row, status=WITHDRAWAL_NEXT[row.status, word], updated_at=at.now)
        self._put(row, events)
        if row.status is WithdrawalStatus.COMPLETED:
            what = row.asset, row.units, row.fee_units
            events.append(WithdrawalDebited(row.withdrawal_id, row.account, *what))
        elif row.status.ended:
            events.append(WithdrawalReleased(row.withdrawal_id, row.account))
        if row.status.ended:
            self._sent.pop(row.withdrawal_id, None)
            self._over.append(row.withdrawal_id)
            self._close(at.now)
        return row

    def _put(self, row: Withdrawal, events: list[Event]) -> None:
        self._rows.put(row)
        events.append(WithdrawalUpdated(row.withdrawal_id, row.account, row.status, row.reason, row.txid, row.nonce))

    def _close(self, now: int) -> None:
        """Two go for each that comes. One whose payout the chain has taken back waits, and so do those behind it."""
        for _ in range(2):
            oldest: Withdrawal | None = self._rows[self._over[0]] if self._over else None
            gone_again = oldest is not None and oldest.txid and not oldest.height
            if oldest is None or gone_again or oldest.updated_at >= now - CLOSED_NS:
                return
            self._rows.put(msgspec.structs.replace(oldest, closed=True))
            self._rows.forget(self._over.popleft())
