"""A9 fairness: no order comes in beyond its market's band or limits, as the shard of clearing that took it had heard them."""

from collections import Counter
from typing import Any

from tradewind.audit.books import Auditor, Case, Step
from tradewind.messages.events import OrderAccepted, OrderEnded, SymbolChanged, SymbolCreated, Traded
from tradewind.values.money import BPS
from tradewind.values.orders import Side

UNPRICED_BAND_BPS = 500  # where the market sets none


class Limits(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._rules: dict[tuple[int, str], Any] = {}
        self._last: dict[tuple[int, str], int] = {}
        self._open: dict[int, tuple[int, int, str]] = {}
        self._counts: Counter[tuple[int, int, str]] = Counter()
        self.heard = {
            ("clearing", SymbolCreated): self._ruled,
            ("clearing", SymbolChanged): self._ruled,
            ("clearing", Traded): self._traded,
            ("clearing", OrderEnded): self._ended,
        }
        self.said = {("clearing", OrderAccepted): self._accepted}

    def _ruled(self, step: Step, event: SymbolCreated | SymbolChanged) -> None:
        self._rules[step.shard_index, event.rules.symbol] = event.rules

    def _traded(self, step: Step, event: Traded) -> None:
        self._last[step.shard_index, event.symbol] = event.price

    def _ended(self, step: Step, event: OrderEnded) -> None:
        if self.case.topology.clearing_of(event.account) == step.shard_index and event.order_id in self._open:
            self._counts[self._open.pop(event.order_id)] -= 1

    def _accepted(self, step: Step, event: OrderAccepted) -> None:
        rules = self._rules.get((step.shard_index, event.symbol))
        if rules is None:
            return
        key = self._open[event.order_id] = step.shard_index, event.account, event.symbol
        self._counts[key] += 1
        if rules.open_orders_max and self._counts[key] > rules.open_orders_max:
            what = f"account {event.account} has {self._counts[key]} orders open in {event.symbol}"
            self.found("A9", f"{step}: {what}, beyond {rules.open_orders_max}")
        value = event.quote_quantity or event.price * event.quantity // 10**rules.base_precision
        if rules.notional_max and value > rules.notional_max:
            self.found("A9", f"{step}: order {event.order_id} is worth {value}, beyond {rules.notional_max}")
        self._judge_price(step, event, rules)

    def _judge_price(self, step: Step, event: OrderAccepted, rules: Any) -> None:
        """On its own side no further than the band; a better price than the market's is its owner's business."""
        band = rules.band_bps if event.type.priced else rules.band_bps or UNPRICED_BAND_BPS
        centre = event.stop_price if event.type.waits else self._last.get((step.shard_index, event.symbol), 0)
        if not band or not centre:
            return
        beyond = event.price * BPS > centre * (BPS + band)
        if event.side == Side.SELL:
            beyond = event.price * BPS < centre * (BPS - band)
        if beyond:
            what = f"{event.side.name} order {event.order_id} at {event.price}"
            self.found("A9", f"{step}: {what} lies beyond {band} bps from {centre}")
