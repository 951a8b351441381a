"""The private feed in Binance's letters: executionReport, outboundAccountPosition, balanceUpdate.

Binance reports a trade once, with its fee; our feed tells of it twice, when it is made and when it is booked. So a trade is
reported when it is booked, and an order's end after all of its trades, whatever comes first.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tradewind.messages.events import BalanceUpdated, FillBooked, OrderUpdated
from tradewind.services.clearing.tables import Balance
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.compat.shapes import NO_LIST
from tradewind.services.gateway.shapes import limit_of, ms, working_time, works
from tradewind.services.gateway.updates import PrivateEvent
from tradewind.services.order.tables import Order
from tradewind.values.money import format_units
from tradewind.values.orders import OrderStatus

ORDERS_MAX = 10_000
Say = Callable[[dict[str, Any]], None]


class _Life:
    """One order: what was last heard of it, how much of it is booked, and its end if trades are still to be reported."""

    __slots__ = ("booked", "end", "notional", "update")

    def __init__(self, update: OrderUpdated | Order | None, booked: int = 0, notional: int = 0) -> None:
        self.update = update
        self.booked = booked
        self.notional = notional
        self.end: OrderUpdated | None = None


class Reports:
    """Of one account, to one stream."""

    def __init__(self, catalogue: Catalogue, say: Say) -> None:
        self._catalogue = catalogue
        self._say = say
        self._lives: dict[int, _Life] = {}
        self._totals: dict[str, int] = {}

    def begin(self, balances: Iterable[Balance], orders: Iterable[Order]) -> None:
        for balance in balances:
            self._totals[balance.asset] = balance.available + balance.held
        for order in orders:
            self._lives[order.order_id] = _Life(order, order.executed, order.quote_executed)

    def tell(self, events: list[PrivateEvent], at: int) -> None:
        """Events of one entry, which happened at `at` (ns)."""
        traded = any(isinstance(event, FillBooked) for event in events)
        for event in events:
            match event:
                case OrderUpdated():
                    self._order(event, at)
                case FillBooked():
                    self._fill(event, at)
                case BalanceUpdated():
                    self._balance(event, at, moved=not traded)

    def _balance(self, event: BalanceUpdated, at: int, *, moved: bool) -> None:
        precision = self._catalogue.precision_of(event.asset)
        free, locked = (format_units(units, precision) for units in (event.available, event.held))
        position = {"e": "outboundAccountPosition", "E": ms(at), "u": ms(at)}
        self._say({**position, "B": [{"a": event.asset, "f": free, "l": locked}]})
        total = event.available + event.held
        change = total - self._totals.get(event.asset, 0)
        self._totals[event.asset] = total
        if moved and change:
            self._say({"e": "balanceUpdate", "E": ms(at), "a": event.asset, "d": format_units(change, precision), "T": ms(at)})

    def _life(self, order_id: int) -> _Life:
        life = self._lives.get(order_id)
        if life is None:
            life = self._lives[order_id] = _Life(None)
            if len(self._lives) > ORDERS_MAX:
                del self._lives[next(iter(self._lives))]
        return life

    def _order(self, event: OrderUpdated, at: int) -> None:
        life = self._life(event.order_id)
        was, life.update = life.update, event
        if event.status.ended and event.status is not OrderStatus.FILLED:
            life.end = event
            self._end(life, at)
        elif (was is None and event.status is OrderStatus.NEW) or (was is not None and event.triggered and not was.triggered):
            self._say(self._report(event, "NEW", at))
        elif was is not None and event.quantity < was.quantity and not event.quote_quantity:
            self._say(self._report(event, "REPLACED", at))
        self._forget(event.order_id, life)

    def _end(self, life: _Life, at: int) -> None:
        event = life.end
        if event is not None and life.booked >= event.executed:
            life.end = None
            execution = "TRADE_PREVENTION" if event.status is OrderStatus.EXPIRED_IN_MATCH else event.status.name
            self._say(self._report(event, execution, at))

    def _fill(self, event: FillBooked, at: int) -> None:
        fill = event.fill
        life = self._life(fill.order_id)
        life.booked += fill.quantity
        life.notional += fill.notional
        if life.update is None:
            return  # an order of before this stream, over by now: nothing is known of it but this
        rules = self._catalogue.rules_of(fill.symbol)
        full = life.booked >= life.update.quantity
        report = self._report(life.update, "TRADE", at) | {
            "X": OrderStatus.FILLED.name if full else OrderStatus.PARTIALLY_FILLED.name,
            "l": format_units(fill.quantity, rules.base_precision),
            "z": format_units(life.booked, rules.base_precision),
            "L": format_units(fill.price, rules.quote_precision),
            "n": format_units(fill.fee, self._catalogue.precision_of(fill.fee_asset)),
            "N": fill.fee_asset,
            "T": ms(event.at),
            "t": fill.trade_id,
            "m": fill.maker,
            "w": not full and fill.maker,
            "Z": format_units(life.notional, rules.quote_precision),
            "Y": format_units(fill.notional, rules.quote_precision),
        }
        self._say(report)
        self._end(life, at)
        self._forget(fill.order_id, life)

    def _forget(self, order_id: int, life: _Life) -> None:
        if life.update is not None and life.update.status.ended and life.booked >= life.update.executed:
            self._lives.pop(order_id, None)

    def _report(self, event: OrderUpdated | Order, execution: str, at: int) -> dict[str, Any]:
        rules = self._catalogue.rules_of(event.symbol)
        stands = event.status in {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED} and works(event)

        def price(units: int) -> str:
            return format_units(units, rules.quote_precision)

        def quantity(units: int) -> str:
            return format_units(units, rules.base_precision)

        return {
            "e": "executionReport",
            "E": ms(at),
            "s": event.symbol,
            "c": event.client_order_id,
            "S": event.side.name,
            "o": event.type.name,
            "f": event.time_in_force.name,
            "q": quantity(event.quantity),
            "p": price(limit_of(event)),
            "P": price(event.stop_price),
            "F": quantity(event.display),
            "g": event.list_id or NO_LIST,
            "C": "",
            "x": execution,
            "X": event.status.name,
            "r": (event.reason or "NONE") if event.status is OrderStatus.REJECTED else "NONE",
            "i": event.order_id,
            "l": quantity(0),
            "z": quantity(event.executed),
            "L": price(0),
            "n": "0",
            "N": None,
            "T": ms(event.updated_at),
            "t": -1,
            "I": event.order_id,
            "w": stands,
            "m": False,
            "M": False,
            "O": ms(event.created_at),
            "Z": price(event.quote_executed),
            "Y": price(0),
            "Q": price(event.quote_quantity),
            "W": working_time(event),
            "V": event.self_trade.name,
        }
