"""The book-keeper: hears what clearing accepted and settled and what matching did, and writes each account's history."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tradewind.messages.commands import Command
from tradewind.messages.events import (
    BalanceChanged,
    BalanceUpdated,
    Entry,
    Event,
    FillBooked,
    LegSettled,
    OrderAccepted,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderSized,
    OrderTriggered,
    SymbolCreated,
    Traded,
)
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Op, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Added, Rows, drain_all
from tradewind.services.order import rules
from tradewind.services.order.tables import FILLS, ORDER_SYMBOLS, ORDERS, PRIVATE_FEEDS, Order, OrderSymbol, PrivateFeed
from tradewind.values.orders import OrderStatus

Heard = (
    OrderAccepted
    | LegSettled
    | BalanceChanged
    | OrderArmed
    | OrderTriggered
    | OrderSized
    | OrderRested
    | Traded
    | OrderEnded
    | OrderReduced
    | SymbolCreated
)


class OrderMachine:
    """Orders leave memory when they end; their rows stay, and so do the fills, which are never read back."""

    tables: ClassVar[tuple[Table, ...]] = (ORDERS, FILLS, PRIVATE_FEEDS, ORDER_SYMBOLS)
    hears: ClassVar[frozenset[type]] = frozenset(Heard.__args__)
    load_where: dict[Table, tuple[tuple[str, Op, Any], ...]] = {ORDERS: (("status", "<", OrderStatus.FILLED),)}

    def __init__(self, index: int, topology: Topology) -> None:
        assert index == 0 and topology.count("order") == 1, (index, topology)
        self._orders = Rows(ORDERS)
        self._fills = Added(FILLS)
        self._feeds = Rows(PRIVATE_FEEDS)
        self._symbols = Rows(ORDER_SYMBOLS)
        self._said: list[Event] = []

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        orders: list[Order] = rows.get(ORDERS, [])
        assert not any(order.status.ended for order in orders), "only orders that are not over belong in memory"
        self._orders.load(orders)
        self._feeds.load(rows.get(PRIVATE_FEEDS, []))
        self._symbols.load(rows.get(ORDER_SYMBOLS, []))

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Entry), item
        self._said = []
        fills = 0
        for event in item.events:
            match event:
                case LegSettled():
                    self._book(event, rules.fill_id(at.seq, fills), item.at)
                    fills += 1
                case BalanceChanged() if event.account < 0:
                    pass  # the exchange's own accounts have no private feed
                case BalanceChanged(account, asset, available, held):
                    self._said.append(BalanceUpdated(account, self._number(account), asset, available, held))
                case SymbolCreated():
                    self._symbols.put(OrderSymbol(event.rules.symbol, event.rules.base_precision))
                case _:
                    self._follow(event, item.at)
        return Outcome(self._said)

    def changes(self) -> list[Change]:
        return drain_all(self._orders, self._fills, self._feeds, self._symbols)

    def _follow(self, event: Event, at: int) -> None:
        match event:
            case OrderAccepted():
                assert event.order_id not in self._orders, event
                self._keep(rules.accepted(event, at))
            case OrderArmed():
                self._keep(rules.stepped(self._order(event.order_id), "Armed", at))
            case OrderTriggered():
                self._keep(rules.triggered(self._order(event.order_id), at))
            case OrderSized():
                self._keep(rules.sized(self._order(event.order_id), event, at))
            case OrderRested():
                order = self._order(event.order_id)
                assert event.left == order.quantity - order.executed, (order, event)
                self._keep(rules.stepped(order, "Rested", at))
            case Traded():
                assert event.symbol in self._symbols, event
                scale = self._symbols[event.symbol].base_precision
                maker, taker = self._order(event.maker_order), self._order(event.taker_order)
                self._keep(rules.traded(maker, event, event.maker_left, scale, at))
                self._keep(rules.traded(taker, event, event.taker_left, scale, at))
            case OrderReduced():
                self._keep(rules.reduced(self._order(event.order_id), event, at))
            case OrderEnded():
                self._keep(rules.ended(self._order(event.order_id), event, at))
                self._orders.forget(event.order_id)
            case _:
                raise AssertionError(event)

    def _order(self, order_id: int) -> Order:
        """Its acceptance came first and it is not over: the feeds' order and each order's one end promise both."""
        order: Order | None = self._orders.get(order_id)
        assert order is not None, order_id
        return order

    def _keep(self, order: Order) -> None:
        self._orders.put(order)
        self._said.append(rules.update(order, self._number(order.account)))

    def _book(self, leg: LegSettled, fill_id: int, at: int) -> None:
        """The order may be over, or its trade not heard yet: clearing and matching are two feeds. The leg says it all."""
        self._fills.add(rules.booked(leg, fill_id, at))
        self._said.append(FillBooked(leg.account, self._number(leg.account), leg, at))

    def _number(self, account: int) -> int:
        """The next sequence number of the account's private feed: contiguous from 1, for ever."""
        assert account > 0, account
        feed: PrivateFeed | None = self._feeds.get(account)
        number = 1 if feed is None else feed.account_seq + 1
        self._feeds.put(PrivateFeed(account, number))
        return number
