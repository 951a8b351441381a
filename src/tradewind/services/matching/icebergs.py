"""Icebergs: orders that show a slice of themselves, and another one at the back of the queue when that is taken."""

from typing import Any

from tradewind.services.matching.book import Resting


class Iceberg(Resting):
    """`shown` of its `left` stands where it stands; the rest is reached only behind all others at its price."""

    __slots__ = ("shown", "slice")

    def __init__(self, *order: Any, display: int, shown: int = 0) -> None:
        """`order` as for Resting. `shown` 0 = a whole slice."""
        super().__init__(*order)
        self.slice = display
        self.shown = shown or min(display, self.left)

    @property
    def display(self) -> int:
        return self.slice

    def seen(self) -> int:
        return self.shown

    def within_reach(self) -> int:
        return self.shown

    def take(self, quantity: int) -> None:
        """A trade takes what everybody sees."""
        self.left -= quantity
        self.shown -= quantity

    def lose(self, quantity: int) -> None:
        """What is hidden goes first."""
        self.left -= quantity
        self.shown = min(self.shown, self.left)

    def show(self) -> None:
        """The next slice."""
        assert self.left > 0 == self.shown, self.order_id
        self.shown = min(self.slice, self.left)
