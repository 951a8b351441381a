"""Matching drawn as text: one market, whole lots, orders named by their account.

    sell 5 @ 101 ann            -> rests 5
    buy  7 @ 102 cy ioc         -> 5 @ 101 ann, expired 2 IOC_REMAINDER
    cancel ann                  -> canceled 5
    amend ann 3                 -> reduced 3
    market HALT                 -> state HALT
    book                        -> 101: bob 3 / 100: cy 1

    pair sell 5 @ 105 ann stop 95 @ 90      -> armed, rests 5
    at 4                        -> expired 5 GOOD_TILL

An order's words after the account: ioc fok market maker, `stp` for EXPIRE_TAKER or a mode by name, `as NAME` when one account
has several orders; `stop PRICE`, `show SLICE`, `for AMOUNT`, `till SECOND`. The stop leg of ann's pair is called ann's.
`reload` drops the machine and loads its rows; it says nothing. `at` is a second; the runtime's Tick comes if it was asked for.
"""

from collections.abc import Iterator
from dataclasses import astuple
from itertools import pairwise

import msgspec

from tests.services.matching.feeding import SYMBOL, Feeding, rules
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Event,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderShown,
    OrderSized,
    OrderTriggered,
    RequestRefused,
    SymbolChanged,
    Traded,
)
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

SECOND_NS = 1_000_000_000


class Drawing:
    def __init__(self) -> None:
        self.feeding = Feeding()
        self.names: dict[int, str] = {}
        self.orders: dict[str, tuple[int, int]] = {}  # name -> order id, account
        self.accounts: dict[str, int] = {}
        self.second = 1
        self.feeding.list_symbol()

    @property
    def now(self) -> int:
        return self.second * SECOND_NS

    def play(self, line: str) -> str:
        words = line.split()
        if words == ["book"]:
            return self._book()
        if words == ["reload"]:
            self.feeding.reload()
            return ""
        if words[0] == "at":
            self.second = int(words[1])
            alarm = self.feeding.machine.alarm()
            said = self.feeding.tick(self.now) if 0 < alarm <= self.now else []
        else:
            said = self.feeding.hear(*self._heard(words), now=self.now)
        return ", ".join(word for event in said for word in self._say(event))

    def _heard(self, words: list[str]) -> list[Event]:
        match words:
            case ["rules", "breaker", bps, "within", window_s, "halt", halt_s, "reopen", reopen_s]:
                drawn = [*astuple(rules(SYMBOL))[:-4], *(int(word) for word in (bps, window_s, halt_s, reopen_s))]
                return [SymbolChanged(SymbolRules(*drawn), 2)]
            case ["pair", side, quantity, "@", price, account, "stop", stop_price, "@", limit]:
                kind = Side[side.upper()], int(quantity)
                stop = self._order(*kind, int(limit), account, ["stop", stop_price, "as", f"{account}'s"])
                maker = self._order(*kind, int(price), account, ["maker"])
                return [msgspec.structs.replace(leg, list_id=stop.order_id) for leg in (stop, maker)]
        return [self._one(words)]

    def _one(self, words: list[str]) -> Event:
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
        given = dict(pairwise(kind))
        type_ = OrderType.MARKET if "market" in kind or "for" in kind else OrderType.LIMIT
        type_ = OrderType.LIMIT_MAKER if "maker" in kind else OrderType.STOP_LOSS_LIMIT if "stop" in kind else type_
        time_in_force = next((TimeInForce[word.upper()] for word in kind if word in ("ioc", "fok")), TimeInForce.GTC)
        modes = {mode.name.lower(): mode for mode in SelfTrade} | {"stp": SelfTrade.EXPIRE_TAKER}
        self_trade = next((modes[word] for word in kind if word in modes), SelfTrade.NONE)
        return OrderAccepted(
            order_id,
            owner,
            SYMBOL,
            "",
            side,
            type_,
            TimeInForce.GTD if "till" in kind else time_in_force,
            self_trade,
            price,
            quantity,
            stop_price=int(given.get("stop", 0)),
            display=int(given.get("show", 0)),
            good_till=int(given.get("till", 0)) * SECOND_NS,
            quote_quantity=int(given.get("for", 0)),
        )

    def _say(self, event: Event) -> Iterator[str]:
        match event:
            case Traded():
                yield f"{event.quantity} @ {event.price} {self.names[event.maker_order]}"
            case OrderRested():
                yield f"rests {event.left}"
            case OrderArmed():
                yield "armed"
            case OrderTriggered():
                yield f"{self.names[event.order_id]} triggered"
            case OrderSized():
                yield f"sized {event.quantity}"
            case OrderShown():
                yield f"{self.names[event.order_id]} shows {event.shown}"
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
