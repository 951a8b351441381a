"""Recorded order flow in LOBSTER's message format (lobsterdata.com), as typed messages."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from tradewind.values.orders import Side


class Kind(IntEnum):
    """LOBSTER's event types that a visible book can play."""

    NEW = 1
    REDUCE = 2
    CANCEL = 3
    EXECUTE = 4


class FlowMessage(NamedTuple):
    """`side`, `price` and `order_id` are the resting order's, also when it is executed. Units: dollars * 10 000, shares."""

    kind: Kind
    order_id: int
    size: int
    price: int
    side: Side


@dataclass
class Flow:
    """Messages of a recording, in its order; after the iteration `skipped` says what was left out, and why."""

    lines: Iterable[str]
    skipped: Counter[str]

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = lines
        self.skipped = Counter()

    def __iter__(self) -> Iterator[FlowMessage]:
        """Raises ValueError with the line's number when a line is not LOBSTER's."""
        introduced: set[int] = set()
        for number, fields in enumerate(csv.reader(self.lines), 1):
            try:
                _, shape, order_id, size, price, direction = fields
                kind, order = int(shape), int(order_id)
                message = (order, int(size), int(price), {"1": Side.BUY, "-1": Side.SELL}[direction])
            except (ValueError, KeyError) as error:
                raise ValueError(f"line {number}: {fields}") from error
            if kind == Kind.NEW:
                introduced.add(order)
            if kind not in Kind.__members__.values():
                # 5 trades with hidden orders, 6 and 7 are crosses and halts: none of them moves a visible book.
                self.skipped[f"type {kind}"] += 1
            elif order not in introduced:
                self.skipped["unknown order"] += 1
            else:
                yield FlowMessage(Kind(kind), *message)
