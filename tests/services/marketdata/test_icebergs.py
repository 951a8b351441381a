"""The depth shows what an iceberg shows, at every entry; of the rest nobody learns but by trading."""

import pytest

from tests.services.kept import Run
from tests.services.toy import RULES
from tradewind.messages import events as ev
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.services.marketdata.tables import LEVELS
from tradewind.values.orders import OrderStatus, Side

SYMBOL, PRICE = "BTCUSDT", 1_000
ANN, BOB = 64, 128  # orders


def rests(order: int, left: int, shown: int = -1) -> ev.Event:
    return ev.OrderRested(order, 1, SYMBOL, Side.SELL, PRICE, left, shown)


def shows(order: int, shown: int) -> ev.Event:
    return ev.OrderShown(order, 1, SYMBOL, Side.SELL, PRICE, shown)


def ends(order: int, left: int, shown: int = -1) -> ev.Event:
    return ev.OrderEnded(order, 1, SYMBOL, OrderStatus.CANCELED, "", Side.SELL, PRICE, left, True, shown)


def reduced(order: int, left: int, by: int, shown_by: int = -1) -> ev.Event:
    return ev.OrderReduced(order, 1, SYMBOL, Side.SELL, PRICE, left, left, by, shown_by)


class Told:
    """A machine that is told entries; trades are numbered by it."""

    def __init__(self) -> None:
        self.run, self.trades, self.seq = Run(MarketDataMachine), 0, 0
        self.entry(ev.SymbolCreated(RULES[SYMBOL]))

    def takes(self, maker: int, quantity: int, left: int) -> ev.Event:
        self.trades += 1
        return ev.Traded(SYMBOL, self.trades, PRICE, quantity, Side.BUY, maker, 1, left, 999, 2, 0)

    def entry(self, *events: ev.Event) -> list[tuple[int, int]]:
        """(quantity, orders) of the one level as the entry's delta tells it; empty when it tells of none."""
        self.seq += 1
        said = self.run.hear(ev.Entry("matching/0", self.seq, self.seq, "inbox", self.seq, events))
        self.run.reload()  # what stands in the rows is all there is
        rows = [(row.quantity, row.orders) for row in self.run.kept.of(LEVELS)]
        deltas = [level[1:] for delta in said if isinstance(delta, ev.BookDelta) for level in delta.asks]
        assert deltas in ([], rows or [(0, 0)])
        return deltas


def test_a_slice_is_taken_and_the_next_one_shown_within_one_entry() -> None:
    told = Told()
    assert told.entry(rests(ANN, 25, 10)) == [(10, 1)]
    assert told.entry(rests(BOB, 3)) == [(13, 2)]
    assert told.entry(told.takes(ANN, 4, 21)) == [(9, 2)]
    # The rest of the slice, another one behind bob, and all of bob.
    assert told.entry(told.takes(ANN, 6, 15), shows(ANN, 10), told.takes(BOB, 3, 0)) == [(10, 1)]
    # A whole slice is replaced by one like it: nothing has changed for those who look.
    assert told.entry(told.takes(ANN, 10, 5), shows(ANN, 5), told.takes(ANN, 5, 0)) == [(0, 0)]


def test_a_slice_replaced_by_its_like_is_no_change() -> None:
    told = Told()
    told.entry(rests(ANN, 30, 10))
    assert told.entry(told.takes(ANN, 10, 20), shows(ANN, 10)) == []


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (reduced(ANN, 15, 10, 0), []),  # only hidden quantity went
        (reduced(ANN, 7, 18, 3), [(7, 1)]),
        (ends(ANN, 25, 10), [(0, 0)]),
    ],
)
def test_amending_and_ending_move_what_was_seen(change: ev.Event, after: list[tuple[int, int]]) -> None:
    told = Told()
    told.entry(rests(ANN, 25, 10))
    assert told.entry(change) == after


def test_what_stands_in_no_book_moves_nothing() -> None:
    told = Told()
    told.entry(rests(ANN, 5))
    assert told.entry(reduced(BOB, 5, 2, 0)) == []
    assert told.entry(ends(ANN, 5)) == [(0, 0)]


def test_a_level_of_orders_that_show_nothing_kills_the_machine() -> None:
    told = Told()
    told.entry(rests(ANN, 25, 10))
    with pytest.raises(AssertionError):
        told.entry(told.takes(ANN, 10, 15))
