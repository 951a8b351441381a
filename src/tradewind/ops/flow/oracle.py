"""What must come of a tape: the naive book, too slow to be wrong, hears it; and the published table of one known hour."""

from collections.abc import Iterable

from tradewind.audit.naive_book import NaiveBook
from tradewind.messages.events import AmendRequested, CancelRequested, OrderAccepted, OrderEnded, OrderReduced
from tradewind.ops.flow.figures import Figures, Played, Trade, levels_of
from tradewind.ops.flow.orders import Action, Asked
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce

# AAPL, 2012-06-21, 09:30 to 10:30 (LOBSTER, lobsterdata.com): requests of each kind, and the rows that every correct
# price-time engine comes to.
HOUR_ASKED = {Action.PLACE: 44_256, Action.AMEND: 469, Action.CANCEL: 40_932, Action.TAKE: 4_055}
HOUR_ROWS = [
    ("executions played", "4,055"),
    ("exactly as recorded", "3,989 and 1 more begin so"),
    ("trades", "4,104, 4,103 of takers"),
    ("shares; price * size", "349,714; 2,049,211,821,900"),
    ("requests for orders already gone", "4"),
    ("takers whose rest expired", "2"),
    ("orders resting at the end", "380"),
    ("best of 121 bids", "5,856,900: 10, 1; 5,856,400: 10, 1; 5,855,500: 123, 2"),
    ("best of 103 asks", "5,859,500: 100, 1; 5,859,900: 23, 1; 5,860,000: 323, 3"),
]


def expected(tape: Iterable[Asked]) -> Figures:
    """Played into an empty book, own orders may meet. What cannot be granted changes nothing and is counted."""
    book, played, trades, gone = NaiveBook(), Played(), list[Trade](), 0
    numbers: dict[str, int] = {}
    names: list[str] = []
    quantities: dict[str, int] = {}
    for asked in tape:
        played.note(asked)
        action, name, side, price, size, _ = asked
        if action in (Action.PLACE, Action.TAKE):
            names.append(name)
            numbers[name] = len(names)  # from 1: 0 is no order's number
            quantities[name] = size
            force = TimeInForce.IOC if action is Action.TAKE else TimeInForce.GTC
            kind = side, OrderType.LIMIT, force, SelfTrade.NONE, price, size
            fills = book.fills(OrderAccepted(numbers[name], 0, "", "", *kind))
            trades += [Trade(name, names[maker - 1], at, traded) for maker, at, traded in fills]
        elif action is Action.CANCEL:
            gone += not isinstance(book.hear(CancelRequested(numbers[name], 0, ""))[0], OrderEnded)
        else:
            reduced = isinstance(book.hear(AmendRequested(numbers[name], 0, "", size))[0], OrderReduced)
            gone += not reduced and size < quantities[name]  # who asks for what it has already lacks nothing
            quantities[name] = size if reduced else quantities[name]
    sides = (book.matching(side.other, 10**12 if side is Side.SELL else 0) for side in (Side.BUY, Side.SELL))
    bids, asks = (levels_of((order.price, order.left) for order in rows) for rows in sides)
    return played.figures(trades, bids, asks, gone)
