"""A4 holds: what is held is what open orders and pending withdrawals need, to the unit."""

from collections import Counter, defaultdict
from typing import Any

import msgspec

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import (
    BalanceChanged,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    OrderSized,
    Traded,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
)
from tradewind.values.orders import Side


class Open(msgspec.Struct, gc=False):
    """An order that clearing has accepted and of whose end it has not heard. A buy by amount may still spend `amount`."""

    shard: int
    account: int
    symbol: str
    side: Side
    price: int
    quantity: int
    left: int
    quote_quantity: int = 0
    list_id: int = 0
    amount: int = 0

    @property
    def spends(self) -> bool:
        """It is held for by the amount, not by what is left of it."""
        return self.quote_quantity > 0 and self.side == Side.BUY


class Holds(Auditor):
    """Clearing's journal tells which orders are open as far as it has heard, so this holds at every snapshot, and at every
    balance that is told on the way: it is told last of what an entry does, and a hold is exactly what its order's rest needs.
    """

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._open: dict[int, Open] = {}
        self._pairs: defaultdict[int, list[int]] = defaultdict(list)  # the legs that stand, by the pair's id
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
            ("clearing", OrderSized): self._sized,
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

    def _need(self, order: Open) -> tuple[str, int]:
        """Of the order by itself."""
        rules = self.case.rules[order.symbol]
        if order.side != Side.BUY:
            return rules.base, order.left
        return rules.quote, order.amount if order.spends else self.case.notional(order.symbol, order.price, order.left)

    def _legs(self, order_id: int, order: Open) -> list[int]:
        return self._pairs[order.list_id] if order.list_id else [order_id]

    def _shared(self, order_id: int, order: Open) -> tuple[str, int]:
        """A pair is held for once: what its hungrier leg needs."""
        legs = [self._open[leg] for leg in self._legs(order_id, order) if leg in self._open]
        return self._need(order)[0], max((self._need(leg)[1] for leg in legs), default=0)

    def _count(self, order_id: int, order: Open, sign: int) -> None:
        """What the order needs, or the pair that it is of, into the sum or out of it."""
        if order.symbol in self.case.rules:
            asset, need = self._shared(order_id, order)
            self._held[order.shard, order.account, asset] += sign * need

    def _accepted(self, step: Step, event: OrderAccepted) -> None:
        if event.order_id in self._open:
            self.found("A4", f"{step}: order {event.order_id} is accepted a second time")
            return
        size = event.price, event.quantity, event.quantity, event.quote_quantity, event.list_id, event.quote_quantity
        order = Open(step.shard_index, event.account, event.symbol, event.side, *size)
        self._count(event.order_id, order, -1)
        self._open[event.order_id] = order
        if order.list_id:
            self._pairs[order.list_id].append(event.order_id)
        self._count(event.order_id, order, 1)

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
                if len(self._legs(order_id, order)) > 1:
                    self.found("A4", f"{step}: order {order_id} trades while the other leg of its pair still stands")
                self._count(order_id, order, -1)
                order.left -= event.quantity
                if event.symbol in self.case.rules:
                    order.amount -= self.case.notional(event.symbol, event.price, event.quantity) if order.spends else 0
                self._count(order_id, order, 1)

    def _reduced(self, step: Step, event: OrderReduced) -> None:
        order = self._of(step, event.order_id, event.account)
        if order is not None:
            self._count(event.order_id, order, -1)
            order.left -= event.by
            self._count(event.order_id, order, 1)
            order.quantity = event.quantity

    def _sized(self, step: Step, event: OrderSized) -> None:
        order = self._of(step, event.order_id, event.account)
        if order is not None:
            self._count(event.order_id, order, -1)
            order.quantity = order.left = event.quantity
            self._count(event.order_id, order, 1)

    def _ended(self, step: Step, event: OrderEnded) -> None:
        order = self._of(step, event.order_id, event.account)
        if order is not None:
            self._count(event.order_id, order, -1)
            del self._open[event.order_id]
            if order.list_id:
                self._pairs[order.list_id].remove(event.order_id)
            self._count(event.order_id, order, 1)
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
        has = row.shard, row.account, row.symbol, row.side, row.price, row.quantity, row.left, row.quote_quantity, row.list_id
        said = msgspec.structs.astuple(order)[: len(has)]
        if has != said:
            self.found("A4", f"{where}: the hold says {has}, the journal {said} (shard, account, ... quantity, left, ...)")
        if row.symbol not in self.case.rules:
            self.found("A4", f"{where}: symbol {row.symbol} is not configured")
            return
        asset, need = self._shared(row.order_id, order)
        need = need if row.order_id == min(self._legs(row.order_id, order)) else 0
        if (row.asset, row.held) != (asset, need) or row.left <= 0:
            self.found("A4", f"{where}: holds {row.held} {row.asset} for {row.left} left, needed are {need} {asset}")
