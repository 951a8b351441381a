"""A7 lifecycle, A15 liveness: a dead man's switch cancels everything that it is set over, at its instant and not before."""

from collections import defaultdict
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.commands import CancelAfter, Envelope, Tick
from tradewind.messages.events import CancelRequested, OrderAccepted, OrderEnded
from tradewind.messages.replies import SwitchSet

STRUCK = "CANCEL_AFTER"
PER_ENTRY = 1_000  # orders that one entry has room for: other switches may have to wait for the next
Switch = tuple[int, int, str]  # shard, account, symbol


class Switches(Auditor):
    """`_open` are the orders of (shard, account) that clearing knows to be open, with their symbol and their pair."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._set: dict[Switch, int] = {}
        self._open: defaultdict[tuple[int, int], dict[int, tuple[str, int]]] = defaultdict(dict)
        self.heard = {("clearing", OrderEnded): self._ended}

    def _ended(self, step: Step, event: OrderEnded) -> None:
        self._open[step.shard_index, event.account].pop(event.order_id, None)

    def step(self, step: Step) -> None:
        if step.service != "clearing":
            return
        body = step.given.body if isinstance(step.given, Envelope) else None
        struck = [said for said in step.output.events if isinstance(said, CancelRequested) and said.reason == STRUCK]
        if isinstance(body, Tick):
            self._strike(step, struck)
        else:
            for said in struck:
                self.found("A7", f"{step}: order {said.order_id} is cancelled by a switch, at no switch's instant")
            for switch in self._due(step):
                self.found("A15", f"{step}: the switch {switch} was to strike at {self._set.pop(switch)}, and has not")
        if isinstance(body, CancelAfter) and isinstance(step.output.reply, SwitchSet):
            self._change(step, body, step.output.reply)
        for event in step.output.events:
            if isinstance(event, OrderAccepted):
                self._open[step.shard_index, event.account][event.order_id] = event.symbol, event.list_id

    def _change(self, step: Step, asked: CancelAfter, answered: SwitchSet) -> None:
        switch = step.shard_index, asked.account, asked.symbol
        at = step.entry.at + asked.timeout_ns if asked.timeout_ns else 0
        if answered.at != at:
            self.found("A10", f"{step}: a switch for {asked.timeout_ns} ns is answered with {answered}, and must be at {at}")
        self._set.pop(switch, None)
        if at:
            self._set[switch] = at

    def _due(self, step: Step) -> list[Switch]:
        mine = [switch for switch, at in self._set.items() if switch[0] == step.shard_index and at <= step.entry.at]
        return sorted(mine, key=lambda switch: (self._set[switch], switch))

    def _strike(self, step: Step, struck: list[CancelRequested]) -> None:
        asked = {said.order_id for said in struck}
        meant: dict[int, None] = {}
        for switch in self._due(step):
            _, account, symbol = switch
            orders = {order_id: pair for order_id, (of, pair) in self._open[switch[:2]].items() if symbol in ("", of)}
            if meant and len(meant) + len(orders) > PER_ENTRY:
                break  # the next tick's
            pairs = {pair for order_id, pair in orders.items() if pair and order_id in asked}
            left = [order_id for order_id, pair in orders.items() if order_id not in asked and pair not in pairs]
            if left:
                self.found("A7", f"{step}: the switch {switch} strikes, and leaves orders {left} of account {account} alone")
            meant |= dict.fromkeys(orders)
            del self._set[switch]
        for order_id in sorted(asked - meant.keys()):
            self.found("A7", f"{step}: order {order_id} is cancelled by a switch that is not due, or not set over it")

    def close(self) -> None:
        rows: dict[Switch, Any] = {
            (row.shard, row.account, row.symbol): row.strikes_at for row in self.case.rows("dead_switches")
        }
        for switch in either(rows, self._set):
            if rows.get(switch) != self._set.get(switch):
                self.found("A7", f"switch {switch}: its row says {rows.get(switch)}, its journal {self._set.get(switch)}")
