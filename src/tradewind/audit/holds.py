"""A4 holds: what is held is what open orders and pending withdrawals need, to the unit."""

from collections import Counter
from typing import Any

import msgspec

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import (
    BalanceChanged,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    Traded,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
)
from tradewind.values.orders import Side


class Open(msgspec.Struct, gc=False):
    """An order that clearing has accepted and of whose end it has not heard."""

    shard: int
    account: int
    symbol: str
    side: Side
    price: int
    quantity: int
    left: int


class Holds(Auditor):
    """Clearing's journal tells which orders are open as far as it has heard, so this holds at every snapshot, and at every
    balance that is told on the way: it is told last of what an entry does, and a hold is exactly what its order's rest needs.
    """

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._open: dict[int, Open] = {}
        self._leaving: dict[int, tuple[int, WithdrawalHeld]] = {}  # withdrawals that are not over, with their shard
        self._held: Counter[tuple[int, int, str]] = Counter()  # what all of them need: by shard, account, asset
        self.said = {
            ("clearing", OrderAccepted): self._accepted,
            ("clearing", WithdrawalHeld): self._withdraw,
            ("clearing", BalanceChanged): self._changed,
        }
        self.heard = {
            ("clearing", Traded): self._traded,
            ("clearing", OrderReduced): self._reduced,
            ("clearing", OrderEnded): self._ended,
            ("clearing", WithdrawalReleased): self._left,
            ("clearing", WithdrawalDebited): self._left,
        }

    def _withdraw(self, step: Step, event: WithdrawalHeld) -> None:
        if event.withdrawal_id in self._leaving:
            self.found("A4", f"{step}: withdrawal {event.withdrawal_id} is held for a second time")
        self._leaving[event.withdrawal_id] = step.shard_index, event
        self._held[step.shard_index, event.account, event.asset] += event.units + event.fee_units

    def _left(self, step: Step, event: WithdrawalReleased | WithdrawalDebited) -> None:
        if not self._mine(step, event.account):
            return
        shard, held = self._leaving.pop(event.withdrawal_id, (-1, None))
        if held is None:
            self.found("A4", f"{step}: hears that withdrawal {event.withdrawal_id} is over, which has no hold")
        else:
            self._held[shard, held.account, held.asset] -= held.units + held.fee_units

    def _changed(self, step: Step, event: BalanceChanged) -> None:
        key = step.shard_index, event.account, event.asset
        if event.held != self._held[key]:
            what = f"{event.held} {event.asset} held, its holds sum to {self._held[key]}"
            self.found("A4", f"{step}: account {event.account} has {what}")
            self._held[key] = event.held  # one wrong word is one finding

    def _need(self, symbol: str, side: Side, price: int, left: int) -> tuple[str, int]:
        rules = self.case.rules[symbol]
        return (rules.quote, self.case.notional(symbol, price, left)) if side == Side.BUY else (rules.base, left)

    def _count(self, order: Open, sign: int) -> None:
        """What the order needs, into the sum or out of it."""
        if order.symbol in self.case.rules:
            asset, need = self._need(order.symbol, order.side, order.price, order.left)
            self._held[order.shard, order.account, asset] += sign * need

    def _accepted(self, step: Step, event: OrderAccepted) -> None:
        if event.order_id in self._open:
            self.found("A4", f"{step}: order {event.order_id} is accepted a second time")
        self._open[event.order_id] = order = Open(
            step.shard_index, event.account, event.symbol, event.side, event.price, event.quantity, event.quantity
        )
        self._count(order, 1)

    def _mine(self, step: Step, account: int) -> bool:
        return self.case.topology.clearing_of(account) == step.shard_index

    def _of(self, step: Step, order_id: int, account: int) -> Open | None:
        if not self._mine(step, account):
            return None
        order = self._open.get(order_id)
        if order is None:
            self.found("A4", f"{step}: hears of order {order_id} of account {account}, which has no hold")
        return order

    def _traded(self, step: Step, event: Traded) -> None:
        for order_id, account in ((event.maker_order, event.maker_account), (event.taker_order, event.taker_account)):
            order = self._of(step, order_id, account)
            if order is not None:
                self._count(order, -1)
                order.left -= event.quantity
                self._count(order, 1)

    def _reduced(self, step: Step, event: OrderReduced) -> None:
        order = self._of(step, event.order_id, event.account)
        if order is not None:
            self._count(order, -1)
            order.left -= event.by
            self._count(order, 1)
            order.quantity = event.quantity

    def _ended(self, step: Step, event: OrderEnded) -> None:
        order = self._of(step, event.order_id, event.account)
        if order is not None:
            del self._open[event.order_id]
            self._count(order, -1)
            if order.left != event.left:
                self.found("A4", f"{step}: order {event.order_id} ends with {event.left} left, its hold has {order.left}")

    def close(self) -> None:
        sums: Counter[tuple[int, int, str]] = Counter()
        seen = set()
        for row in self.case.rows("holds"):
            seen.add(row.order_id)
            sums[row.shard, row.account, row.asset] += row.held
            self._compare(row)
        for order_id, order in self._open.items():
            if order_id not in seen:
                self.found("A4", f"clearing/{order.shard}: open order {order_id} of account {order.account} has no hold")
        self._close_withdrawals(sums)
        held = {(row.shard, row.account, row.asset): row.held for row in self.case.rows("balances") if row.held}
        for key in either(held, sums):
            shard, account, asset = key
            has, needs = held.get(key, 0), sums[key]
            if has != needs:
                self.found("A4", f"clearing/{shard} account {account} {asset}: {has} held, its holds sum to {needs}")

    def _close_withdrawals(self, sums: Counter[tuple[int, int, str]]) -> None:
        held = {row.withdrawal_id: row for row in self.case.rows("withdrawal_holds") if not row.ended_at}
        for withdrawal_id in either(held, self._leaving):
            row, (shard, event) = held.get(withdrawal_id), self._leaving.get(withdrawal_id, (-1, None))
            if row is not None:
                sums[row.shard, row.account, row.asset] += row.held
            has = None if row is None else (row.shard, row.account, row.asset, row.held)
            needs = None if event is None else (shard, event.account, event.asset, event.units + event.fee_units)
            if has != needs:
                self.found("A4", f"withdrawal {withdrawal_id}: its hold is {has}, by the journal {needs} (shard, account, ...)")

    def _compare(self, row: Any) -> None:
        where = f"clearing/{row.shard} order {row.order_id} of account {row.account}"
        order = self._open.get(row.order_id)
        if order is None:
            self.found("A4", f"{where}: a hold of {row.held} {row.asset} stands though the order is over or never was")
            return
        has = row.shard, row.account, row.symbol, row.side, row.price, row.quantity, row.left
        said = msgspec.structs.astuple(order)
        if has != said:
            self.found("A4", f"{where}: the hold says {has}, the journal {said} (shard, account, ... quantity, left)")
        rules = self.case.rules.get(row.symbol)
        if rules is None:
            self.found("A4", f"{where}: symbol {row.symbol} is not configured")
            return
        asset, need = self._need(row.symbol, row.side, row.price, row.left)
        if (row.asset, row.held) != (asset, need) or row.left <= 0:
            self.found("A4", f"{where}: holds {row.held} {row.asset} for {row.left} left, needed are {need} {asset}")
