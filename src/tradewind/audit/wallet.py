"""A14 wallet: a deposit is credited once per (chain, txid, index), a withdrawal goes one legal way to one end."""

from collections import Counter, defaultdict
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import (
    DepositCredited,
    DepositReversed,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
    WithdrawalUpdated,
)
from tradewind.values.ids import system_account_kind
from tradewind.values.wallet import WITHDRAWAL_NEXT, DepositStatus, WithdrawalStatus

_STEPS = {(before, after) for (before, _), after in WITHDRAWAL_NEXT.items()}
_PAID = WithdrawalStatus.COMPLETED
_Output = tuple[str, str, int]


class DepositsOnce(Auditor):
    """What the wallet has said, what its rows say, and what clearing has booked."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._stands: dict[_Output, tuple[int, Any]] = {}  # how often credited, and the last credit if it stands
        self._heard: Counter[str] = Counter()  # "deposit network:txid:...": what clearing has heard
        self.said = {("wallet", DepositCredited): self._credit, ("wallet", DepositReversed): self._reverse}
        self.heard = {("clearing", DepositCredited): self._hear, ("clearing", DepositReversed): self._hear}

    def _credit(self, step: Step, event: DepositCredited) -> None:
        key = event.network, event.txid, event.output_index
        credits, standing = self._stands.get(key, (0, None))
        if standing is not None or event.credit != credits + 1:
            self.found("A14", f"{step}: deposit {key} of account {event.account} is credited again, and was not reversed")
        self._stands[key] = event.credit, event

    def _reverse(self, step: Step, event: DepositReversed) -> None:
        key = event.network, event.txid, event.output_index
        credits, standing = self._stands.get(key, (0, None))
        same = standing is not None and (standing.account, standing.units) == (event.account, event.units)
        if not same or event.credit != credits:
            self.found("A14", f"{step}: credit {event.credit} of deposit {key} is reversed, standing is {standing}")
        self._stands[key] = credits, None

    def _hear(self, step: Step, event: DepositCredited | DepositReversed) -> None:
        if self.case.topology.clearing_of(event.account) == step.shard_index:
            kind = "deposit" if isinstance(event, DepositCredited) else "reversal"
            self._heard[f"{kind} {event.network}:{event.txid}:{event.output_index}:{event.credit}"] += event.units

    def close(self) -> None:
        rows = {(row.network, row.txid, row.output_index): row for row in self.case.rows("deposits")}
        for key in either(rows, self._stands):
            row, (credits, standing) = rows.get(key), self._stands.get(key, (0, None))
            says = None if row is None else (row.credits, row.status is DepositStatus.CREDITED)
            if says != (credits, standing is not None):
                self.found("A14", f"deposit {key}: the row says {says} (credits, standing), the journal {credits}, {standing}")
        booked: Counter[str] = Counter()
        for posting in self.case.rows("ledger"):
            if posting.kind in ("deposit", "reversal") and _is_external(posting.account):
                booked[f"{posting.kind} {posting.reference}"] += abs(posting.delta)
        for name in either(self._heard, booked):
            if booked[name] != self._heard[name]:
                self.found("A14", f"{name}: clearing has heard of {self._heard[name]} units and booked {booked[name]}")


class WithdrawalsOnce(Auditor):
    """`_told` is each withdrawal's last status as said; `_ends` what was said to clearing of it."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._held: dict[int, WithdrawalHeld] = {}
        self._told: dict[int, WithdrawalUpdated] = {}
        self._ends: defaultdict[int, list[Any]] = defaultdict(list)
        self.said = {
            ("clearing", WithdrawalHeld): self._hold,
            ("wallet", WithdrawalUpdated): self._update,
            ("wallet", WithdrawalReleased): lambda step, event: self._ends[event.withdrawal_id].append(event),
            ("wallet", WithdrawalDebited): lambda step, event: self._ends[event.withdrawal_id].append(event),
        }

    def _hold(self, step: Step, event: WithdrawalHeld) -> None:
        self._held[event.withdrawal_id] = event

    def _update(self, step: Step, event: WithdrawalUpdated) -> None:
        before = self._told.get(event.withdrawal_id)
        legal = event.status is WithdrawalStatus.PENDING if before is None else (before.status, event.status) in _STEPS
        was = "nothing" if before is None else f"{before.status.name} {before.txid}"
        if not legal:
            self.found("A14", f"{step}: withdrawal {event.withdrawal_id} becomes {event.status.name} after {was}")
        if before is not None and before.txid and (before.txid, before.nonce) != (event.txid, event.nonce):
            self.found("A14", f"{step}: withdrawal {event.withdrawal_id} has a second transaction {event.txid} after {was}")
        self._told[event.withdrawal_id] = event

    def close(self) -> None:
        rows = {row.withdrawal_id: row for row in self.case.rows("withdrawals")}
        for withdrawal_id in either(rows, self._told):
            row, told = rows.get(withdrawal_id), self._told.get(withdrawal_id)
            says = None if row is None else (row.status, row.txid, row.nonce)
            if told is None or says != (told.status, told.txid, told.nonce):
                self.found("A14", f"withdrawal {withdrawal_id}: its row says {says}, told was {told}")
            if row is not None:
                self._judge(row)
        self._judge_transactions(list(rows.values()))
        self._judge_bookings(rows)

    def _judge(self, row: Any) -> None:
        where = f"withdrawal {row.withdrawal_id} of account {row.account}"
        held = self._held.get(row.withdrawal_id)
        asked = (row.account, row.asset, row.network, row.address, row.tag, row.units, row.fee_units, row.idempotency_key)
        if held is None or tuple(getattr(held, name) for name in held.__struct_fields__)[1:] != asked:
            self.found("A14", f"{where} was not asked for so: {held}")
        ends = self._ends.get(row.withdrawal_id, [])
        paid = [type(end) is WithdrawalDebited for end in ends]
        if paid != ([row.status is _PAID] if row.status.ended else []):
            self.found("A14", f"{where} is {row.status.name}, to clearing was said {ends}")
        if row.status.approved and row.reviewed_by in (0, row.account):
            self.found("A14", f"{where} was approved by {row.reviewed_by or 'nobody'}")
        frozen = {chain.network for chain in self.case.rows("networks") if chain.frozen}
        stuck = row.status.approved and not row.status.ended and row.network not in frozen
        if self.case.quiet and stuck:
            self.found("A15", f"{where} stays {row.status.name}, and nothing is frozen")

    def _judge_transactions(self, rows: list[Any]) -> None:
        for name, used in (
            ("nonce", Counter((row.network, row.nonce) for row in rows if row.nonce >= 0)),
            ("transaction", Counter((row.network, row.txid) for row in rows if row.txid)),
        ):
            for what, times in used.items():
                if times > 1:
                    self.found("A14", f"{times} withdrawals have {name} {what}")

    def _judge_bookings(self, rows: dict[int, Any]) -> None:
        """The user pays what was sent and the fee, the world gets the one, the house the other."""
        booked: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for posting in self.case.rows("ledger"):
            if posting.kind == "withdrawal":
                kind = system_account_kind(posting.account) if posting.account < 0 else "user"
                booked[int(posting.reference)][kind] += posting.delta
        for withdrawal_id, legs in booked.items():
            row = rows.get(withdrawal_id)
            if row is None or row.status is not _PAID:
                self.found("A14", f"withdrawal {withdrawal_id} is booked as sent, and is {row and row.status.name}")
            else:
                due = {"user": -row.units - row.fee_units, "external": row.units, "house": row.fee_units}
                if any(legs[kind] != units for kind, units in due.items()):
                    self.found("A1", f"withdrawal {withdrawal_id} is booked as {dict(legs)}, and should be {due}")


def _is_external(account: int) -> bool:
    return account < 0 and system_account_kind(account) == "external"
