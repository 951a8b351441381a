"""A7 lifecycle: an order's status moves only along its table, and every order comes to exactly one end."""

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import (
    OrderAccepted,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderSized,
    OrderTriggered,
    OrderUpdated,
    Traded,
)
from tradewind.values.orders import ENDING, NEXT, OrderStatus

_STEPS = {(before, after) for (before, _), after in NEXT.items()}


class Lifecycle(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._accepted: dict[int, tuple[str, int]] = {}  # where: shard and seq
        self._status: dict[int, OrderStatus] = {}  # by matching's events
        self._told: dict[int, tuple[OrderStatus, int]] = {}  # by the private feed: status, executed
        self._armed: dict[int, None] = {}  # stop orders that wait
        self._triggered: dict[int, None] = {}  # of whom their accounts were told
        self.heard = {("matching", OrderAccepted): self._arrived}
        self.said = {
            ("clearing", OrderAccepted): self._accept,
            ("matching", OrderArmed): self._arm,
            ("matching", OrderTriggered): self._trigger,
            ("matching", OrderSized): lambda step, event: self._move(step, event.order_id, "Sized"),
            ("matching", OrderRested): lambda step, event: self._act(step, event.order_id, "Rested"),
            ("matching", OrderReduced): lambda step, event: self._move(step, event.order_id, "Reduced"),
            ("matching", Traded): self._traded,
            ("matching", OrderEnded): self._ended,
            ("order", OrderUpdated): self._updated,
        }

    def _accept(self, step: Step, event: OrderAccepted) -> None:
        self._accepted[event.order_id] = step.entry.shard, step.entry.seq

    def _arrived(self, step: Step, event: OrderAccepted) -> None:
        if self._status.setdefault(event.order_id, OrderStatus.NEW) is not OrderStatus.NEW:
            self.found("A7", f"{step}: order {event.order_id} arrives again as {self._status[event.order_id].name}")

    def _move(self, step: Step, order_id: int, word: str) -> None:
        status = self._status.get(order_id)
        after = None if status is None else NEXT.get((status, word))
        if after is None:
            was = "never arrived" if status is None else f"is {status.name}"
            self.found("A7", f"{step}: order {order_id} {was}, yet matching says {word}")
            return
        self._status[order_id] = after

    def _arm(self, step: Step, event: OrderArmed) -> None:
        self._act(step, event.order_id, "Armed")
        self._armed[event.order_id] = None

    def _trigger(self, step: Step, event: OrderTriggered) -> None:
        if event.order_id not in self._armed:
            self.found("A7", f"{step}: order {event.order_id} triggers, and does not wait for any price")
        self._armed.pop(event.order_id, None)
        self._act(step, event.order_id, "Triggered")

    def _act(self, step: Step, order_id: int, word: str) -> None:
        """What no stop order does as long as it waits."""
        if order_id in self._armed:
            self.found("A7", f"{step}: order {order_id} waits for its price, yet matching says {word}")
        self._move(step, order_id, word)

    def _traded(self, step: Step, event: Traded) -> None:
        self._act(step, event.maker_order, "Traded")
        self._act(step, event.taker_order, "Traded")

    def _ended(self, step: Step, event: OrderEnded) -> None:
        self._armed.pop(event.order_id, None)
        self._move(step, event.order_id, ENDING.get(event.status, event.status.name))

    def _updated(self, step: Step, event: OrderUpdated) -> None:
        status, executed = self._told.get(event.order_id, (None, 0))
        legal = event.status is OrderStatus.NEW if status is None else (status, event.status) in _STEPS
        if not legal or event.executed < executed:
            before = "nothing" if status is None else f"{status.name} with {executed} executed"
            self.found(
                "A7",
                f"{step}: account {event.account} is told that order {event.order_id} is {event.status.name} with "
                f"{event.executed} executed, after {before}",
            )
        if event.triggered:
            self._triggered[event.order_id] = None
        elif event.order_id in self._triggered:
            self.found("A7", f"{step}: account {event.account} is told that order {event.order_id} waits again for its price")
        self._told[event.order_id] = event.status, event.executed

    def close(self) -> None:
        rows = {row.order_id: row.status for row in self.case.rows("orders")}
        for order_id in either(rows, self._told):
            told = self._told.get(order_id, (None, 0))[0]
            if rows.get(order_id) != told:
                self.found("A7", f"order {order_id}: its row says {rows.get(order_id)!r}, its account was told {told!r}")
        resting = {row.order_id for table in ("resting_orders", "armed_stops") for row in self.case.rows(table)}
        for order_id, (shard, seq) in self._accepted.items():
            where = f"order {order_id}, accepted at {shard} seq {seq},"
            status = self._status.get(order_id)
            if status is None:
                if self.case.quiet:
                    self.found("A7", f"{where} never arrived at matching")
            elif status.ended == (order_id in resting):
                rests = "stands in its market" if order_id in resting else "stands nowhere"
                self.found("A7", f"{where} is {status.name} and {rests}")
            elif self.case.quiet and rows.get(order_id) != status:
                self.found("A7", f"{where} is {status.name}, its row says {rows.get(order_id)!r}")
