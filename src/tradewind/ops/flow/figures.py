"""What came of a played tape: the table of figures, from whatever trades and orders an engine shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from tradewind.ops.flow.orders import Action, Asked


class Trade(NamedTuple):
    """Orders by name. Price in dollars * 10 000, size in shares."""

    taker: str
    maker: str
    price: int
    size: int


class Level(NamedTuple):
    price: int
    shares: int
    orders: int


@dataclass(frozen=True)
class Figures:
    """Equal when every trade, in its order, every level and every count is."""

    trades: tuple[Trade, ...]
    bids: tuple[Level, ...]  # best first
    asks: tuple[Level, ...]
    gone: int  # cancellations and reductions that came too late, or were for more than was left
    executions: int = 0
    as_recorded: int = 0  # one trade, with the recorded order, price and size
    begin_as_recorded: int = 0  # several trades, the first with the recorded order
    expired: int = 0  # takers of which something was left

    @property
    def taken(self) -> int:
        return sum(trade.taker.startswith("t") for trade in self.trades)

    @property
    def shares(self) -> int:
        return sum(trade.size for trade in self.trades)

    @property
    def notional(self) -> int:
        return sum(trade.price * trade.size for trade in self.trades)

    @property
    def resting(self) -> int:
        return sum(level.orders for level in (*self.bids, *self.asks))

    def rows(self) -> list[tuple[str, str]]:
        """The table as text."""
        return [
            ("executions played", f"{self.executions:,}"),
            ("exactly as recorded", f"{self.as_recorded:,} and {self.begin_as_recorded} more begin so"),
            ("trades", f"{len(self.trades):,}, {self.taken:,} of takers"),
            ("shares; price * size", f"{self.shares:,}; {self.notional:,}"),
            ("requests for orders already gone", f"{self.gone}"),
            ("takers whose rest expired", f"{self.expired}"),
            ("orders resting at the end", f"{self.resting:,}"),
            (f"best of {len(self.bids)} bids", best(self.bids)),
            (f"best of {len(self.asks)} asks", best(self.asks)),
        ]


def best(levels: Sequence[Level]) -> str:
    return "; ".join(f"{level.price:,}: {level.shares}, {level.orders}" for level in levels[:3])


def levels_of(resting: Iterable[tuple[int, int]]) -> tuple[Level, ...]:
    """`resting`: (price, left) of one side's orders, best first."""
    found = []
    for price, orders in groupby(resting, key=lambda order: order[0]):
        sizes = [left for _, left in orders]
        found.append(Level(price, sum(sizes), len(sizes)))
    return tuple(found)


@dataclass
class Played:
    """What was asked, for comparing executions with the recording."""

    takes: list[Asked] = field(default_factory=list)
    counts: Counter[Action] = field(default_factory=Counter)

    def note(self, asked: Asked) -> None:
        self.counts[asked.action] += 1
        if asked.action is Action.TAKE:
            self.takes.append(asked)

    def figures(self, trades: Sequence[Trade], bids: tuple[Level, ...], asks: tuple[Level, ...], gone: int) -> Figures:
        fills: dict[str, list[Trade]] = {}
        for trade in trades:
            fills.setdefault(trade.taker, []).append(trade)
        exact = begun = expired = 0
        for take in self.takes:
            got = fills.get(take.name, [])
            exact += [(trade.maker, trade.price, trade.size) for trade in got] == [(take.recorded, take.price, take.size)]
            begun += len(got) > 1 and got[0].maker == take.recorded
            expired += sum(trade.size for trade in got) < take.size
        return Figures(tuple(trades), bids, asks, gone, len(self.takes), exact, begun, expired)
