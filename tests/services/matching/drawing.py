"""Matching drawn as text: one market, whole lots, orders named by their account.

    sell 5 @ 101 ann            -> rests 5
    buy  7 @ 102 cy ioc         -> 5 @ 101 ann, expired 2 IOC_REMAINDER
    cancel ann                  -> canceled 5
    amend ann 3                 -> reduced 3
    market HALT                 -> state HALT
    book                        -> 101: bob 3 / 100: cy 1

An order's words after the account: ioc fok market maker, `stp` for EXPIRE_TAKER, `as NAME` when one account has several orders.
`reload` drops the machine and loads its rows; it says nothing.
"""

from collections.abc import Iterator

from tests.services.matching.feeding import SYMBOL, Feeding
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Event,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    OrderRested,
    RequestRefused,
    Traded,
)
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce


class Drawing:
    def __init__(self) -> None:
        self.feeding = Feeding()
        self.names: dict[int, str] = {}
        self.orders: dict[str, tuple[int, int]] = {}  # name -> order id, account
        self.accounts: dict[str, int] = {}
        self.feeding.list_symbol()

    def play(self, line: str) -> str:
        words = line.split()
        if words == ["book"]:
            return self._book()
        if words == ["reload"]:
            self.feeding.reload()
            return ""
        return ", ".join(word for event in self.feeding.hear(self._heard(words)) for word in self._say(event))

    def _heard(self, words: list[str]) -> Event:
        match words:
            case ["cancel", name]:
                return CancelRequested(*self.orders[name], SYMBOL)
            case ["amend", name, quantity]:
                return AmendRequested(*self.orders[name], SYMBOL, int(quantity))
            case ["market", state]:
                return MarketStateSet(SYMBOL, MarketState[state], "drawn")
            case [side, quantity, "@", price, account, *kind]:
                return self._order(Side[side.upper()], int(quantity), int(price), account, kind)
        raise AssertionError(words)

    def _order(self, side: Side, quantity: int, price: int, account: str, kind: list[str]) -> OrderAccepted:
        name = kind[kind.index("as") + 1] if "as" in kind else account
        order_id, owner = len(self.names) + 1, self.accounts.setdefault(account, len(self.accounts) + 1)
        self.names[order_id], self.orders[name] = name, (order_id, owner)
        type_ = OrderType.MARKET if "market" in kind else OrderType.LIMIT_MAKER if "maker" in kind else OrderType.LIMIT
        time_in_force = TimeInForce.IOC if "ioc" in kind else TimeInForce.FOK if "fok" in kind else TimeInForce.GTC
        self_trade = SelfTrade.EXPIRE_TAKER if "stp" in kind else SelfTrade.NONE
        return OrderAccepted(order_id, owner, SYMBOL, "", side, type_, time_in_force, self_trade, price, quantity)

    def _say(self, event: Event) -> Iterator[str]:
        match event:
            case Traded():
                yield f"{event.quantity} @ {event.price} {self.names[event.maker_order]}"
            case OrderRested():
                yield f"rests {event.left}"
            case OrderReduced():
                yield f"reduced {event.left}"
            case RequestRefused():
                yield f"refused {event.reason}"
            case MarketStateChanged():
                yield f"state {event.state.name}"
            case OrderEnded(status=OrderStatus.FILLED):
                yield f"{self.names[event.order_id]} filled"
            case OrderEnded():
                yield f"{event.status.name.lower()} {event.left} {event.reason}".rstrip()
            case _:
                raise AssertionError(event)

    def _book(self) -> str:
        book, levels = self.feeding.machine.book(SYMBOL), []
        for ladder in (book.asks, book.bids):
            prices: dict[int, list[str]] = {}
            for order in ladder:
                prices.setdefault(order.price, []).append(f"{self.names[order.order_id]} {order.left}")
            levels += [f"{price}: {' '.join(orders)}" for price, orders in prices.items()]
        return " / ".join(levels)


def check(drawn: str) -> None:
    """Play every line; what stands behind `->` is what must come of it. A line without `->` may say what it likes."""
    drawing = Drawing()
    for line in drawn.strip().splitlines():
        heard, arrow, expected = line.partition("->")
        said = drawing.play(heard)
        assert not arrow or said == " ".join(expected.split()), f"{line.strip()}\n  said: {said}"
