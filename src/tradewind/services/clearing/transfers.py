"""Money from one account to another of its family; the other may be another shard's, which books it when it hears of it."""

from collections import deque

from tradewind.messages.commands import Transfer
from tradewind.messages.events import TransferSent
from tradewind.messages.replies import Refused, TransferAck
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Rows
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.tables import SENT_TRANSFERS, SentTransfer
from tradewind.values.ids import CLIENT_ORDER_ID, ID_MAX, order_id
from tradewind.values.money import UNITS_MAX
from tradewind.values.refusals import Refusal

REFERENCE_NS = 24 * 3_600 * 1_000_000_000  # a reference is free again so long after its transfer
KIND = "transfer"
_GONE_PER_TRANSFER = 2  # so the horizon is kept without ever stopping to clean


def check(transfer: Transfer) -> Refusal | None:
    """Everything that needs no balance."""
    if not 0 < transfer.to_account <= ID_MAX:
        return Refusal.UNKNOWN_ACCOUNT
    if transfer.to_account == transfer.account or CLIENT_ORDER_ID.fullmatch(transfer.reference) is None:
        return Refusal.BAD_REQUEST
    return None if 0 < transfer.units <= UNITS_MAX else Refusal.QUANTITY_OUT_OF_RANGE


class Transfers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sent = Rows(SENT_TRANSFERS)
        self._oldest: deque[tuple[int, int, str]] = deque()  # transfers by id, which is the order in which they were sent
        self.rows = (self._sent,)

    def load(self, rows: list[SentTransfer]) -> None:
        self._sent.load(rows)
        self._oldest = deque(sorted((row.transfer_id, row.account, row.reference) for row in rows))

    def send(self, transfer: Transfer, at: At) -> TransferAck | TransferSent | Refused:
        """An answer, or the event that says yes."""
        desk, key = self._desk, (transfer.account, transfer.reference)
        for _ in range(_GONE_PER_TRANSFER):
            self._forget_oldest(at.now)
        to, asset, units = content = transfer.to_account, transfer.asset, transfer.units
        known: SentTransfer | None = self._sent.get(key)
        if known is not None and known.sent_at >= at.now - REFERENCE_NS:
            if (known.to_account, known.asset, known.units) != content:
                return Refused(Refusal.DUPLICATE_IDEMPOTENCY_KEY)
            return TransferAck(known.transfer_id, repeated=True)
        refusal = check(transfer)
        if refusal is not None:
            return Refused(refusal)
        if not desk.symbols.has_asset(transfer.asset):
            return Refused(Refusal.UNKNOWN_ASSET)
        if desk.ledger.available(transfer.account, transfer.asset) < transfer.units:
            return Refused(Refusal.INSUFFICIENT_BALANCE)
        made = order_id(at.seq, desk.index)
        self._sent.put(SentTransfer(desk.index, *key, made, to, asset, units, at.now))
        self._oldest.append((made, *key))
        return TransferSent(made, transfer.account, to, asset, units, transfer.reference)

    def _forget_oldest(self, now: int) -> None:
        while self._oldest:
            transfer_id, *key = self._oldest[0]
            row: SentTransfer | None = self._sent.get(tuple(key))
            if row is not None and row.transfer_id == transfer_id:
                if row.sent_at < now - REFERENCE_NS:
                    self._oldest.popleft()
                    self._sent.remove(tuple(key))
                return
            self._oldest.popleft()  # a later transfer has taken the reference over


def book(ledger: Ledger, sent: TransferSent, at: At, *, debit: bool, credit: bool) -> None:
    """What of the transfer is this shard's. What one leg lacks to zero stands against the transit account."""
    legs = [Leg(sent.account, sent.asset, -sent.units)] if debit else []
    legs += [Leg(sent.to_account, sent.asset, sent.units)] if credit else []
    ledger.post(at, KIND, str(sent.transfer_id), legs)
