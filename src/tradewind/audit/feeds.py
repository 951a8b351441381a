"""A12 feeds: every number follows the one before, and what the public sees is what the books are."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.events import (
    BalanceUpdated,
    BookDelta,
    FillBooked,
    OrderUpdated,
    PublicTrade,
    Traded,
)
from tradewind.ports.store import Head
from tradewind.values.orders import Side

Key = tuple[str, Side, int]


class Numbering(Auditor):
    """Contiguous from 1: journals, trades of a symbol, deltas and public trades of a channel, an account's private feed."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._last: defaultdict[Hashable, int] = defaultdict(int)
        self._before: dict[str, tuple[int, int, bytes]] = {}  # per shard: epoch, instant and chain of the entry before
        self.said = {
            ("matching", Traded): lambda step, event: self._next(step, "trade", event.symbol, event.trade_id),
            ("marketdata", BookDelta): lambda step, event: self._next(step, "book delta", event.symbol, event.seq),
            ("marketdata", PublicTrade): lambda step, event: self._next(step, "public trade", event.symbol, event.trade_id),
            ("order", OrderUpdated): self._private,
            ("order", FillBooked): self._private,
            ("order", BalanceUpdated): self._private,
        }

    def _private(self, step: Step, event: Any) -> None:
        self._next(step, "private feed", event.account, event.account_seq)

    def _next(self, step: Step, what: str, of: Hashable, number: int) -> None:
        last = self._last[what, of]
        if number != last + 1:
            self.found("A12", f"{step}: {what} of {of} is number {number}, the one before was {last}")
        self._last[what, of] = number

    def step(self, step: Step) -> None:
        entry = step.entry
        self._next(step, "journal", entry.shard, entry.seq)
        epoch, at, _ = self._before.get(entry.shard, (0, 0, b""))
        if entry.epoch < epoch or entry.at < at:
            self.found("A12", f"{step}: epoch {entry.epoch} at {entry.at} follows epoch {epoch} at {at}")
        self._before[entry.shard] = entry.epoch, entry.at, entry.chain

    def close(self) -> None:
        for shard, head in self.case.books.heads.items():
            last = self._last["journal", shard]
            chain = self._before[shard][2] if shard in self._before else Head().chain
            if (last, chain) != (head.seq, head.chain):
                self.found(
                    "A12", f"{shard}: the journal ends at {last} ({chain.hex()}), its head is {head.seq} ({head.chain.hex()})"
                )
        for row in self.case.rows("markets"):
            self._ends(f"markets row of {row.symbol}", "trade", row.symbol, row.last_trade)
        for row in self.case.rows("book_channels"):
            self._ends(f"book_channels row of {row.symbol}", "book delta", row.symbol, row.book_seq)
            self._ends(f"book_channels row of {row.symbol}", "public trade", row.symbol, row.last_trade)
        for row in self.case.rows("private_feeds"):
            self._ends(f"private_feeds row of account {row.account}", "private feed", row.account, row.account_seq)

    def _ends(self, where: str, what: str, of: Hashable, number: int) -> None:
        if number != self._last[what, of]:
            self.found("A12", f"{where}: the newest {what} is number {number}, said was {self._last[what, of]}")


class PublicBook(Auditor):
    """A12: adding up the deltas gives the depth that is served; when quiet, the resting orders give it too."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._levels: dict[Key, tuple[int, int]] = {}
        self._trades: dict[tuple[str, int], PublicTrade] = {}
        self.said = {("marketdata", BookDelta): self._delta, ("marketdata", PublicTrade): self._trade}

    def _delta(self, step: Step, event: BookDelta) -> None:
        for side, levels in ((Side.BUY, event.bids), (Side.SELL, event.asks)):
            for price, quantity, orders in levels:
                if quantity < 0 or orders < 0 or (quantity == 0) != (orders == 0):
                    self.found("A12", f"{step}: {event.symbol} level {price} has {quantity} in {orders} orders")
                self._levels[event.symbol, side, price] = quantity, orders
                if not quantity:
                    del self._levels[event.symbol, side, price]

    def _trade(self, step: Step, event: PublicTrade) -> None:
        self._trades[event.symbol, event.trade_id] = event

    def close(self) -> None:
        served = {(row.symbol, Side(row.side), row.price): (row.quantity, row.orders) for row in self.case.rows("depth_levels")}
        self._compare(served, self._levels, "the deltas add up to")
        if self.case.quiet:
            quantities: Counter[Key] = Counter()
            orders: Counter[Key] = Counter()
            for row in self.case.rows("resting_orders"):
                quantities[row.symbol, Side(row.side), row.price] += row.shown if row.display else row.left
                orders[row.symbol, Side(row.side), row.price] += 1
            self._compare(served, {key: (quantities[key], orders[key]) for key in orders}, "resting orders add up to")
        self._compare_trades()

    def _compare(self, served: dict[Key, tuple[int, int]], other: dict[Key, tuple[int, int]], what: str) -> None:
        for key in either(served, other):
            if served.get(key) != other.get(key):
                symbol, side, price = key
                self.found("A12", f"{symbol} {side.name} {price}: depth has {served.get(key)}, {what} {other.get(key)}")

    def _compare_trades(self) -> None:
        missing = dict(self._trades)
        for row in self.case.rows("public_trades"):
            said = missing.pop((row.symbol, row.trade_id), None)
            if said is None or (said.price, said.quantity, said.taker_side) != (row.price, row.quantity, row.taker_side):
                self.found("A12", f"public trade {row.symbol}:{row.trade_id} is kept as {row}, said was {said}")
        for symbol, trade_id in missing:
            self.found("A12", f"public trade {symbol}:{trade_id} was said and is not kept")
