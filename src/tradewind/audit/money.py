"""A1 conservation, A2 no debt, A3 ledger: the sums of money."""

from collections import Counter, defaultdict
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import Adjusted, BalanceChanged, DepositCredited, DepositReversed, WithdrawalDebited
from tradewind.values.ids import system_account, system_account_kind


class Conservation(Auditor):
    """A1. Each shard's accounts sum to zero by themselves at every commit: what another shard owes stands in transit."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._asked: dict[str, tuple[Step, Adjusted]] = {}
        self._moved: Counter[tuple[int, str]] = Counter()  # what deposits and withdrawals have left outside, as clearing heard
        self.said = {("admin", Adjusted): self._adjusted}
        self.heard = {
            ("clearing", DepositCredited): lambda step, event: self._move(step, event, -event.units),
            ("clearing", DepositReversed): lambda step, event: self._move(step, event, event.units),
            ("clearing", WithdrawalDebited): lambda step, event: self._move(step, event, event.units),
        }

    def _move(self, step: Step, event: DepositCredited | DepositReversed | WithdrawalDebited, units: int) -> None:
        if self._shard(event.account) == step.shard_index:
            self._moved[step.shard_index, event.asset] += units

    def _adjusted(self, step: Step, event: Adjusted) -> None:
        if event.reference in self._asked:
            self.found("A1", f"{step}: adjustment {event.reference} was asked for twice")
        self._asked[event.reference] = step, event

    def close(self) -> None:
        sums: Counter[tuple[int, str]] = Counter()
        transit: Counter[str] = Counter()
        external: Counter[tuple[int, str]] = Counter()
        for row in self.case.rows("balances"):
            sums[row.shard, row.asset] += row.available + row.held
            kind = system_account_kind(row.account) if row.account < 0 else ""
            if kind == "transit":
                transit[row.asset] += row.available
            elif kind == "external":
                external[row.shard, row.asset] += row.available
        for (shard, asset), units in sums.items():
            if units:
                self.found("A1", f"clearing/{shard} {asset}: all accounts sum to {units:+d} units, not 0")
        # With one shard there is nobody to be in transit to.
        if self.case.quiet or self.case.topology.clearing == 1:
            for asset, units in transit.items():
                if units:
                    self.found("A1", f"{asset}: {units:+d} units are still in transit between shards")
        self._compare_external(external)

    def _compare_external(self, external: Counter[tuple[int, str]]) -> None:
        done = {(row.shard, row.reference): row for row in self.case.rows("adjustments")}
        asked = {(self._shard(event.account), reference) for reference, (_, event) in self._asked.items()}
        for shard, reference in done:
            if (shard, reference) not in asked:
                self.found("A1", f"clearing/{shard}: adjustment {reference} was booked but admin never asked for it there")
        expected = Counter(self._moved)
        for reference, (step, event) in self._asked.items():
            shard = self._shard(event.account)
            if (shard, reference) in done:
                expected[shard, event.asset] -= event.delta
            elif self.case.due(f"clearing/{shard}", step.entry.shard, step.entry.seq):
                self.found("A1", f"clearing/{shard}: adjustment {reference} of account {event.account} was never booked")
        for shard, asset in either(expected, external):
            came, moved = expected[shard, asset], external[shard, asset]
            if came != moved:
                self.found(
                    "A1", f"clearing/{shard} {asset}: the world outside stands at {moved} units, what came and went says {came}"
                )

    def _shard(self, account: int) -> int:
        return self.case.topology.clearing_of(account)


class NoDebt(Auditor):
    """A2."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.said = {("clearing", BalanceChanged): self._changed}

    def _changed(self, step: Step, event: BalanceChanged) -> None:
        if event.available < 0 or event.held < 0:
            self.found(
                "A2", f"{step}: account {event.account} {event.asset} has available {event.available}, held {event.held}"
            )

    def close(self) -> None:
        for row in self.case.rows("balances"):
            if row.held < 0 or (row.account >= 0 and row.available < 0) or (row.account < 0 and row.held):
                self.found(
                    "A2",
                    f"clearing/{row.shard} account {row.account} {row.asset}: available {row.available}, held {row.held}",
                )


class LedgerSets(Auditor):
    """A3."""

    def close(self) -> None:
        totals: Counter[tuple[int, int, str]] = Counter()
        sets: dict[tuple[int, str, str], int] = {}  # (shard, kind, reference) -> the seq that booked it
        sums: Counter[tuple[int, int, str, str, str]] = Counter()
        legs: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for row in self.case.rows("ledger"):
            totals[row.shard, row.account, row.asset] += row.delta
            sums[row.shard, row.seq, row.kind, row.reference, row.asset] += row.delta
            legs[row.shard, row.seq].append(row.leg)
            if sets.setdefault((row.shard, row.kind, row.reference), row.seq) != row.seq:
                first = sets[row.shard, row.kind, row.reference]
                self.found(
                    "A3", f"clearing/{row.shard}: {row.kind} {row.reference} is booked at seq {first} and again at {row.seq}"
                )
        for (shard, seq, kind, reference, asset), units in sums.items():
            if units:
                self.found("A3", f"clearing/{shard} seq {seq}: {kind} {reference} sums to {units:+d} {asset}, not 0")
        for (shard, seq), numbers in legs.items():
            if sorted(numbers) != list(range(len(numbers))):
                self.found("A3", f"clearing/{shard} seq {seq}: its legs are numbered {sorted(numbers)}")
        self._compare_balances(totals)

    def _compare_balances(self, totals: Counter[tuple[int, int, str]]) -> None:
        balances: dict[tuple[int, int, str], Any] = {
            (row.shard, row.account, row.asset): row for row in self.case.rows("balances")
        }
        for key in either(totals, balances):
            shard, account, asset = key
            row = balances.get(key)
            has = row.available + row.held if row is not None else 0
            if has != totals[key]:
                who = f"account {account}" if account >= 0 else f"{system_account_kind(account)} account {account}"
                self.found("A3", f"clearing/{shard} {who} {asset}: balance {has}, its postings sum to {totals[key]}")
            if account < 0 and not self._own(shard, account):
                self.found("A3", f"clearing/{shard} books on account {account}, which is another shard's")

    @staticmethod
    def _own(shard: int, account: int) -> bool:
        return account == system_account(system_account_kind(account), shard)
