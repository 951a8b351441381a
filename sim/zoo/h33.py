"""H33: orders are checked against the balances from before their batch, and applied after it: each of two orders of one account
is covered alone, and both together are not.

The ledger asserts that no account goes below zero and would stop the shard first; here it does not. A16 speaks as well: what
such a machine decides depends on where a batch ended, and a journal does not tell that."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.ports.tables import Change
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.tables import Balance

STORY = __doc__
CAUGHT_BY = ("A2",)
PROFILE = "direct"


class Hasty(Ledger):
    """What is `available` is what was free when the last batch was done."""

    def __init__(self, shard: int) -> None:
        super().__init__(shard)
        self._before: dict[tuple[int, str], int] = {}

    def available(self, account: int, asset: str) -> int:
        return self._before.get((account, asset), super().available(account, asset))

    def changes(self) -> list[Change]:
        self._before.clear()
        return super().changes()

    def _move(self, account: int, asset: str, available: int, held: int) -> None:
        key = (account, asset)
        old: Balance | None = self._balances.get(key)
        if old is not None:
            self._before.setdefault(key, old.available)
            available, held = old.available + available, old.held + held
        self._balances.put(Balance(self._shard, account, asset, available, held))
        if account >= 0:
            self._touched[key] = None


class ChecksBefore(ClearingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._desk.ledger = Hasty(index)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "clearing": ChecksBefore}
