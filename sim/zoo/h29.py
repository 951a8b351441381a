"""H29: the house's fees are in the ledger and never in a balance, and reconciliation joins the two: it compares only accounts
that have both, so the wrong rows are those that it does not see.

The joining auditor is A3's, replaced by `join`. Who else looks at the same money must still find it: A1 adds up all accounts.
That the audit's own tests notice such an auditor is tests/audit/test_blind.py."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.audit.money import LedgerSets
from tradewind.machines import MACHINES
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.values.ids import system_account_kind

STORY = __doc__
CAUGHT_BY = ("A1",)
PROFILE = "direct"


class Forgets(Ledger):
    def _move(self, account: int, asset: str, available: int, held: int) -> None:
        if account >= 0 or system_account_kind(account) != "house":
            super()._move(account, asset, available, held)


class NoHouse(ClearingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._desk.ledger = Forgets(index)


def join(self: LedgerSets, totals: Counter[tuple[int, int, str]]) -> None:
    for row in self.case.rows("balances"):
        key = row.shard, row.account, row.asset
        if key in totals and row.available + row.held != totals[key]:
            self.found("A3", f"clearing/{row.shard} account {row.account} {row.asset}: balance is not {totals[key]}")


@contextmanager
def joining() -> Iterator[None]:
    """The auditor's part alone."""
    with patched(LedgerSets, "_compare_balances", join):
        yield


@contextmanager
def plant() -> Iterator[Machines]:
    with joining():
        yield {**MACHINES, "clearing": NoHouse}
