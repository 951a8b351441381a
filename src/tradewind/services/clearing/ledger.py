"""Balances and the postings that explain them. Every set of postings sums to zero per asset."""

from typing import NamedTuple

from tradewind.messages.events import BalanceChanged
from tradewind.ports.tables import Change
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Added, Rows, drain_all
from tradewind.services.clearing.tables import BALANCES, LEDGER, Balance, Posting
from tradewind.values.ids import system_account
from tradewind.values.money import UNITS_MAX


class Leg(NamedTuple):
    """`delta` units of `asset` for `account`; `held` says that a debit comes out of what is held, not what is free."""

    account: int
    asset: str
    delta: int
    held: bool = False


class Ledger:
    """One clearing shard's money."""

    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._balances = Rows(BALANCES)
        self._postings = Added(LEDGER)
        self._touched: dict[tuple[int, str], None] = {}
        self._legs = 0  # of the input being applied
        self._seq = 0

    def load(self, rows: list[Balance]) -> None:
        self._balances.load(rows)

    def available(self, account: int, asset: str) -> int:
        balance = self._balances.get((account, asset))
        return 0 if balance is None else balance.available

    def hold(self, account: int, asset: str, units: int) -> None:
        """Set `units` of what is free aside."""
        assert units > 0, units
        self._move(account, asset, -units, units)

    def release(self, account: int, asset: str, units: int) -> None:
        """Give `units` of what is held back."""
        assert units >= 0, units
        if units:
            self._move(account, asset, units, -units)

    def post(self, at: At, kind: str, reference: str, legs: list[Leg]) -> None:
        """Book one set. What its legs lack to zero stands against the transit account: another shard books the rest."""
        residual: dict[str, int] = {}
        for leg in legs:
            residual[leg.asset] = residual.get(leg.asset, 0) + leg.delta
        transit = system_account("transit", self._shard)
        legs = legs + [Leg(transit, asset, -units) for asset, units in residual.items() if units]
        if at.seq != self._seq:
            self._seq, self._legs = at.seq, 0
        for leg in legs:
            if leg.delta:
                self._move(leg.account, leg.asset, *((0, leg.delta) if leg.held else (leg.delta, 0)))
                self._postings.add(
                    Posting(self._shard, at.seq, self._legs, at.now, kind, reference, leg.account, leg.asset, leg.delta)
                )
                self._legs += 1

    def _move(self, account: int, asset: str, available: int, held: int) -> None:
        key = (account, asset)
        old: Balance | None = self._balances.get(key)
        if old is not None:
            available, held = old.available + available, old.held + held
        assert held >= 0 and (available >= 0 or account < 0), (account, asset, available, held)
        assert -UNITS_MAX <= available <= UNITS_MAX and held <= UNITS_MAX, (account, asset, available, held)
        self._balances.put(Balance(self._shard, account, asset, available, held))
        if account >= 0:
            self._touched[key] = None

    def balance_events(self) -> list[BalanceChanged]:
        """What users' balances are now, where the input just applied changed them."""
        touched, self._touched = self._touched, {}
        events = []
        for account, asset in touched:
            now: Balance = self._balances[account, asset]
            events.append(BalanceChanged(account, asset, now.available, now.held))
        return events

    def changes(self) -> list[Change]:
        return drain_all(self._balances, self._postings)
