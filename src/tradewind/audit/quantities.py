"""A6 quantity: what was executed is the sum of the trades, never more than was asked for, on every page that tells it."""

from collections import Counter
from typing import Any

import msgspec

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import LegSettled, OrderAccepted, OrderEnded, OrderReduced, OrderRested, OrderSized, Traded
from tradewind.values.orders import OrderStatus


class Sum(msgspec.Struct, gc=False):
    """An order as its events add up; `quote` is in quote units."""

    quantity: int
    executed: int = 0
    quote: int = 0
    sized: bool = False


class Quantities(Auditor):
    """Matching's own events are added up, and once more what the book-keeper has heard: its rows must say that."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._matched: dict[int, Sum] = {}
        self._kept: dict[int, Sum] = {}
        self._booked: Counter[int] = Counter()
        self._legs: dict[tuple[str, int, bool], int] = {}
        self.heard = {
            ("matching", OrderAccepted): lambda step, event: self._begin(self._matched, step, event),
            ("order", OrderAccepted): lambda step, event: self._begin(self._kept, step, event),
            ("order", Traded): lambda step, event: self._trade(self._kept, step, event),
            ("order", OrderSized): lambda step, event: self._size(self._kept, step, event),
            ("order", OrderReduced): lambda step, event: self._reduce(self._kept, step, event),
            ("order", LegSettled): self._leg,
        }
        self.said = {
            ("matching", Traded): lambda step, event: self._trade(self._matched, step, event),
            ("matching", OrderSized): lambda step, event: self._size(self._matched, step, event),
            ("matching", OrderReduced): lambda step, event: self._reduce(self._matched, step, event),
            ("matching", OrderRested): lambda step, event: self._compare(step, event.order_id, event.left),
            ("matching", OrderEnded): self._ended,
        }

    def _begin(self, sums: dict[int, Sum], step: Step, event: OrderAccepted) -> None:
        if event.order_id in sums:
            self.found("A6", f"{step}: order {event.order_id} of account {event.account} begins a second time")
        sums.setdefault(event.order_id, Sum(event.quantity))

    def _sum(self, sums: dict[int, Sum], step: Step, order_id: int) -> Sum:
        if order_id not in sums:
            self.found("A6", f"{step}: order {order_id} was never heard of")
            sums[order_id] = Sum(0)
        return sums[order_id]

    def _trade(self, sums: dict[int, Sum], step: Step, event: Traded) -> None:
        notional = self.case.notional(event.symbol, event.price, event.quantity) if event.symbol in self.case.rules else 0
        for order_id, left in ((event.maker_order, event.maker_left), (event.taker_order, event.taker_left)):
            order = self._sum(sums, step, order_id)
            order.executed += event.quantity
            order.quote += notional
            if event.quantity <= 0 or left < 0 or order.quantity - order.executed != left:
                self.found(
                    "A6",
                    f"{step}: after trade {event.symbol}:{event.trade_id} order {order_id} has executed {order.executed} of "
                    f"{order.quantity}, matching says {left} left",
                )

    def _size(self, sums: dict[int, Sum], step: Step, event: OrderSized) -> None:
        """A MARKET order by amount learns what it wants, once, and before it trades."""
        order = self._sum(sums, step, event.order_id)
        if order.sized or order.executed or event.quantity <= 0:
            self.found("A6", f"{step}: order {event.order_id} had {order} when it was sized: {event}")
        order.quantity, order.sized = event.quantity, True

    def _reduce(self, sums: dict[int, Sum], step: Step, event: OrderReduced) -> None:
        order = self._sum(sums, step, event.order_id)
        if order.quantity - event.by != event.quantity or event.quantity - order.executed != event.left:
            self.found("A6", f"{step}: order {event.order_id} had {order} when it was reduced: {event}")
        order.quantity = event.quantity

    def _compare(self, step: Step, order_id: int, left: int) -> None:
        order = self._sum(self._matched, step, order_id)
        if order.quantity - order.executed != left:
            self.found("A6", f"{step}: order {order_id} executed {order.executed} of {order.quantity}, said {left} left")

    def _ended(self, step: Step, event: OrderEnded) -> None:
        self._compare(step, event.order_id, event.left)
        if (event.status is OrderStatus.FILLED) != (event.left == 0):
            self.found("A6", f"{step}: order {event.order_id} ends as {event.status.name} with {event.left} left")

    def _leg(self, step: Step, leg: LegSettled) -> None:
        self._legs[leg.symbol, leg.trade_id, leg.maker] = leg.order_id
        self._booked[leg.order_id] += leg.quantity

    def close(self) -> None:
        rows = {row.order_id: row for row in self.case.rows("orders")}
        for order_id in either(rows, self._kept):
            self._compare_row(order_id, rows.get(order_id))
        for row in self.case.rows("resting_orders"):
            self._compare_resting(row)
        filled: Counter[int] = Counter()
        legs = dict(self._legs)
        for fill in self.case.rows("fills"):
            filled[fill.order_id] += fill.quantity
            if legs.pop((fill.symbol, fill.trade_id, fill.maker), None) != fill.order_id:
                self.found("A6", f"fill {fill.fill_id} of order {fill.order_id} is of no settled leg, or stands there twice")
        for (symbol, trade_id, _), order_id in legs.items():
            self.found("A6", f"order {order_id} has no fill for its trade {symbol}:{trade_id}")
        for order_id in either(filled, self._booked):
            if filled[order_id] != self._booked[order_id]:
                self.found("A6", f"order {order_id}: fills sum to {filled[order_id]}, settled legs to {self._booked[order_id]}")
            if self.case.quiet and order_id in rows and rows[order_id].executed != filled[order_id]:
                self.found("A6", f"order {order_id}: executed {rows[order_id].executed}, its fills sum to {filled[order_id]}")

    def _compare_row(self, order_id: int, row: Any) -> None:
        kept = self._kept.get(order_id)
        sized = kept is not None and kept.sized
        says = None if row is None else Sum(row.quantity, row.executed, row.quote_executed, sized)
        if says != kept:
            self.found("A6", f"order {order_id}: its row says {says}, what the book-keeper heard adds up to {kept}")
        if row is not None and not 0 <= row.executed <= row.quantity:
            self.found("A6", f"order {order_id} of account {row.account}: executed {row.executed} of {row.quantity}")
        if self.case.quiet and row is not None and says != self._matched.get(order_id):
            self.found(
                "A6", f"order {order_id}: its row says {says}, matching's trades add up to {self._matched.get(order_id)}"
            )

    def _compare_resting(self, row: Any) -> None:
        """A restart begins with these rows: what they have forgotten is traded a second time."""
        order = self._matched.get(row.order_id, Sum(0))
        if (row.quantity, row.left) != (order.quantity, order.quantity - order.executed):
            self.found(
                "A6",
                f"matching/{row.shard} order {row.order_id} of account {row.account} rests with {row.left} of {row.quantity} "
                f"left, its trades add up to {order.executed} of {order.quantity}",
            )
