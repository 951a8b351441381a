"""Funds held for withdrawals, until the wallet says what became of them; and their clients' names for them, a while longer."""

from collections import deque

import msgspec

from tradewind.messages.commands import RequestWithdrawal
from tradewind.messages.events import DepositCredited, DepositReversed, ReversalUncovered, WithdrawalDebited, WithdrawalHeld
from tradewind.messages.replies import Refused, WithdrawalAck
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Rows
from tradewind.services.clearing.ledger import Ledger, Leg
from tradewind.services.clearing.tables import WITHDRAWAL_HOLDS, WithdrawalHold
from tradewind.values.ids import CLIENT_ORDER_ID, order_id, system_account
from tradewind.values.money import UNITS_MAX
from tradewind.values.refusals import Refusal

ACCOUNT_WITHDRAWALS_MAX = 100  # open ones of one account: somebody looks at each of them
KEY_NS = 24 * 3_600 * 1_000_000_000  # an idempotency key is free again so long after its withdrawal's end


def content(asked: RequestWithdrawal | WithdrawalHold) -> tuple[object, ...]:
    """What must be equal for the same idempotency key to mean the same withdrawal."""
    return asked.asset, asked.network, asked.address, asked.tag, asked.units, asked.fee_units


def check(request: RequestWithdrawal) -> Refusal | None:
    """Everything that needs no balance. Whether the network takes it is the wallet's to say."""
    if CLIENT_ORDER_ID.fullmatch(request.idempotency_key) is None or not request.network or not request.address:
        return Refusal.BAD_REQUEST
    good = request.units > 0 and request.fee_units >= 0 and request.units + request.fee_units <= UNITS_MAX
    return None if good else Refusal.QUANTITY_OUT_OF_RANGE


class Withdrawals:
    def __init__(self, shard: int, ledger: Ledger) -> None:
        self._shard = shard
        self._ledger = ledger
        self._holds = Rows(WITHDRAWAL_HOLDS)
        self._by_key: dict[tuple[int, str], int] = {}
        self._open: dict[int, int] = {}  # how many, by account
        self._over: deque[int] = deque()  # ids, in the order of their ends
        self.rows = (self._holds,)

    def load(self, rows: list[WithdrawalHold]) -> None:
        self._holds.load(rows)
        self._by_key = {(row.account, row.idempotency_key): row.withdrawal_id for row in rows}
        for row in rows:
            if not row.ended_at:
                self._open[row.account] = self._open.get(row.account, 0) + 1
        ended = sorted((row.ended_at, row.withdrawal_id) for row in rows if row.ended_at)
        self._over = deque(withdrawal_id for _, withdrawal_id in ended)

    def request(self, request: RequestWithdrawal, at: At) -> WithdrawalAck | WithdrawalHeld | Refused:
        """An answer, or the event that says yes."""
        known = self._by_key.get((request.account, request.idempotency_key))
        if known is not None:
            if content(self._holds[known]) != content(request):
                return Refused(Refusal.DUPLICATE_IDEMPOTENCY_KEY)
            return WithdrawalAck(known, repeated=True)
        refusal = check(request)
        if refusal is not None:
            return Refused(refusal)
        need = request.units + request.fee_units
        if self._open.get(request.account, 0) >= ACCOUNT_WITHDRAWALS_MAX:
            return Refused(Refusal.TOO_MANY_WITHDRAWALS)
        if self._ledger.available(request.account, request.asset) < need:
            return Refused(Refusal.INSUFFICIENT_BALANCE)
        self._ledger.hold(request.account, request.asset, need)
        made = order_id(at.seq, self._shard)
        named = request.account, request.asset, request.idempotency_key
        where = request.network, request.address, request.tag
        amounts = request.units, request.fee_units
        self._holds.put(WithdrawalHold(self._shard, made, *named, *amounts, need, 0, *where))
        self._by_key[request.account, request.idempotency_key] = made
        self._open[request.account] = self._open.get(request.account, 0) + 1
        return WithdrawalHeld(made, request.account, request.asset, *where, *amounts, request.idempotency_key)

    def release(self, withdrawal_id: int, at: At) -> None:
        hold = self._end(withdrawal_id, at)
        self._ledger.release(hold.account, hold.asset, hold.held)

    def debit(self, debited: WithdrawalDebited, at: At) -> None:
        """The world gets what was sent, the house the fee."""
        hold = self._end(debited.withdrawal_id, at)
        paid = debited.account, debited.asset, debited.units, debited.fee_units
        assert (hold.account, hold.asset, hold.units, hold.fee_units) == paid, (hold, debited)
        legs = [
            Leg(hold.account, hold.asset, -hold.held, held=True),
            Leg(system_account("external", self._shard), hold.asset, hold.units),
            Leg(system_account("house", self._shard), hold.asset, hold.fee_units),
        ]
        self._ledger.post(at, "withdrawal", str(hold.withdrawal_id), legs)

    def _end(self, withdrawal_id: int, at: At) -> WithdrawalHold:
        hold: WithdrawalHold = self._holds[withdrawal_id]
        assert not hold.ended_at and hold.held == hold.units + hold.fee_units, hold
        self._holds.put(msgspec.structs.replace(hold, held=0, ended_at=max(1, at.now)))
        self._open[hold.account] -= 1
        self._over.append(withdrawal_id)
        self._forget(at.now)
        return hold

    def _forget(self, now: int) -> None:
        """Two go for each that comes, so the horizon is kept without ever stopping to clean."""
        for _ in range(2):
            if not self._over or self._holds[self._over[0]].ended_at >= now - KEY_NS:
                return
            gone = self._holds[self._over.popleft()]
            self._holds.remove(gone.withdrawal_id)
            del self._by_key[gone.account, gone.idempotency_key]


def credited(ledger: Ledger, shard: int, deposit: DepositCredited, at: At) -> None:
    legs = [
        Leg(deposit.account, deposit.asset, deposit.units),
        Leg(system_account("external", shard), deposit.asset, -deposit.units),
    ]
    ledger.post(at, "deposit", reference(deposit), legs)


def reversed_(ledger: Ledger, shard: int, deposit: DepositReversed, at: At) -> ReversalUncovered | None:
    """What the user has spent already, the house bears: no user's balance goes below zero. The event says how much."""
    taken = min(deposit.units, ledger.available(deposit.account, deposit.asset))
    legs = [
        Leg(deposit.account, deposit.asset, -taken),
        Leg(system_account("house", shard), deposit.asset, taken - deposit.units),
        Leg(system_account("external", shard), deposit.asset, deposit.units),
    ]
    ledger.post(at, "reversal", reference(deposit), legs)
    if taken == deposit.units:
        return None
    return ReversalUncovered(deposit.account, deposit.asset, deposit.units - taken, reference(deposit))


def reference(deposit: DepositCredited | DepositReversed) -> str:
    """Unique for ever: each credit and each reversal is booked once."""
    return f"{deposit.network}:{deposit.txid}:{deposit.output_index}:{deposit.credit}"
