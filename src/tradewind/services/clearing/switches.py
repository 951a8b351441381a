"""The dead man's switches: orders of whoever has gone silent are cancelled."""

from heapq import heapify, heappop, heappush

from tradewind.messages.commands import CancelAfter
from tradewind.messages.events import Event
from tradewind.messages.replies import Refused, Reply, SwitchSet
from tradewind.runtime.machine import At
from tradewind.runtime.rows import Rows
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.requests import ask_for_all
from tradewind.services.clearing.rules import ACCOUNT_ORDERS_MAX
from tradewind.services.clearing.tables import DEAD_SWITCHES, DeadSwitch
from tradewind.values.refusals import Refusal

TIMEOUT_NS_MAX = 24 * 3_600 * 1_000_000_000
REASON = "CANCEL_AFTER"
_STALE_MAX = 64  # instants in line that mean nothing any more, beside as many as there are switches


class Switches:
    """An account has one in each market at most, and one over all."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rows = Rows(DEAD_SWITCHES)
        self._line: list[tuple[int, int, str]] = []  # the first of it is a switch as it is set now
        self.rows = (self._rows,)

    def load(self, rows: list[DeadSwitch]) -> None:
        self._rows.load(rows)
        self._line_up()

    @property
    def next_at(self) -> int:
        """When the next one strikes (ns), 0 = never."""
        return self._line[0][0] if self._line else 0

    def set(self, command: CancelAfter, at: At) -> Reply:
        if command.symbol and command.symbol not in self._desk.symbols:
            return Refused(Refusal.UNKNOWN_SYMBOL)
        if not 0 <= command.timeout_ns <= TIMEOUT_NS_MAX:
            return Refused(Refusal.BAD_REQUEST, "a switch strikes within a day")
        key = command.account, command.symbol
        strikes_at = at.now + command.timeout_ns if command.timeout_ns else 0
        if strikes_at:
            self._rows.put(DeadSwitch(self._desk.index, *key, strikes_at))
            heappush(self._line, (strikes_at, *key))
        elif key in self._rows:
            self._rows.remove(key)
        self._tidy()
        return SwitchSet(strikes_at)

    def strike(self, at: At, events: list[Event]) -> None:
        """Those whose time has come, but no more orders than one entry has room for: then the alarm rings again."""
        before = len(events)
        while self._line and self._line[0][0] <= at.now:
            _, account, symbol = self._line[0]
            if len(events) > before and len(events) - before + self._desk.open.count(account, symbol) > ACCOUNT_ORDERS_MAX:
                return
            ask_for_all(self._desk, account, symbol, REASON, events)
            self._rows.remove((account, symbol))
            self._tidy()

    def _tidy(self) -> None:
        """What was set again or taken away leaves the line when it comes to its front, or when there is too much of it."""
        if len(self._line) > 2 * len(self._rows) + _STALE_MAX:
            self._line_up()
        while self._line and not self._is_set(self._line[0]):
            heappop(self._line)

    def _is_set(self, place: tuple[int, int, str]) -> bool:
        strikes_at, *key = place
        row: DeadSwitch | None = self._rows.get(tuple(key))
        return row is not None and row.strikes_at == strikes_at

    def _line_up(self) -> None:
        self._line = [(row.strikes_at, row.account, row.symbol) for row in self._rows]
        heapify(self._line)
