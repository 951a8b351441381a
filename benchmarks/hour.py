"""A recorded hour of order flow through clearing and matching, with money and rows, without HTTP, bus or database.

python -m benchmarks.hour FILE      (LOBSTER's messages, .csv.gz; see the README of this folder)
"""

import gc
import gzip
import sys
import time
from typing import Any

from tradewind.messages.commands import Adjust, AmendOrder, CancelOrder, Command, CreateAsset, CreateSymbol, PlaceOrder
from tradewind.messages.events import Entry, Event, OrderEnded, OrderReduced, OrderRested, Traded
from tradewind.messages.replies import OrderAck, Reply
from tradewind.messages.topology import Topology
from tradewind.ops.lobster import Flow, Kind
from tradewind.runtime.machine import At
from tradewind.services.admin.machine import AdminMachine
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

SYMBOL = "AAPLUSD"
RULES = SymbolRules(SYMBOL, "AAPL", "USD", 0, 4, 1, 1, 0, 10**6, 0, 0, 0, True)
MAKERS, TAKERS = (1, 2, 3), (4, 5)
FUNDS = 10**14
TOPOLOGY = Topology(clearing=1, matching=1)


class Pipeline:
    """Three machines that hear each other at once. `fills` are (maker's recorded id, price, size) of the last order."""

    def __init__(self) -> None:
        self.clearing: Any = ClearingMachine(0, TOPOLOGY)
        self.matching: Any = MatchingMachine(0, TOPOLOGY)
        self.admin: Any = AdminMachine(0, TOPOLOGY)
        for machine in (self.clearing, self.matching, self.admin):
            machine.load({table: [] for table in machine.tables})
        self.open: dict[int, tuple[int, int]] = {}  # order id -> quantity, left
        self.ids: dict[int, int] = {}  # recorded id -> order id
        self.names: dict[int, int] = {}
        self.account: dict[int, int] = {}
        self.rows = 0
        self._seq = 0
        self._furnish()

    def _furnish(self) -> None:
        commands: list[Command] = [CreateAsset("AAPL", 0), CreateAsset("USD", 4), CreateSymbol(RULES)]
        commands += [Adjust(who, asset, FUNDS, f"{who}{asset}") for who in (*MAKERS, *TAKERS) for asset in ("AAPL", "USD")]
        for command in commands:
            at = self._at()
            outcome = self.admin.apply(command, at)
            for machine in (self.clearing, self.matching):
                heard = tuple(event for event in outcome.events if type(event) in machine.hears)
                if heard:
                    machine.apply(Entry("admin/0", at.seq, at.now, "inbox", at.seq, heard), at)

    def _at(self) -> At:
        self._seq += 1
        return At(self._seq, self._seq * 1_000_000)

    def _ask(self, command: Command) -> tuple[Reply, list[Event]]:
        """The whole way of a command: clearing, matching, clearing again; then the rows that two commits would write."""
        at = self._at()
        outcome = self.clearing.apply(command, at)
        said = tuple(event for event in outcome.events if type(event) in self.matching.hears)
        came: list[Event] = []
        if said:
            came = self.matching.apply(Entry("clearing/0", at.seq, at.now, "inbox", at.seq, said), at).events
            heard = tuple(event for event in came if type(event) in self.clearing.hears)
            if heard:
                self.clearing.apply(Entry("matching/0", at.seq, at.now, "clearing/0", at.seq, heard), self._at())
        for change in (*self.clearing.changes(), *self.matching.changes()):
            self.rows += len(change.put) + len(change.removed)
        assert outcome.reply is not None
        return outcome.reply, came

    def place(
        self, order_id: int, account: int, side: Side, force: TimeInForce, price: int, size: int
    ) -> list[tuple[int, int, int]]:
        """`order_id` is the recording's, of a taker a negative one; `account` 1 = a maker, 2 = a taker."""
        who = MAKERS[order_id % len(MAKERS)] if account == 1 else TAKERS[order_id % len(TAKERS)]
        kind = (side, OrderType.LIMIT, force, SelfTrade.NONE)
        reply, came = self._ask(PlaceOrder(who, SYMBOL, "", *kind, price, size))
        assert isinstance(reply, OrderAck), (reply, order_id)
        self.ids[order_id], self.names[reply.order_id], self.account[order_id] = reply.order_id, order_id, who
        self._note(came, size)
        trades = [event for event in came if isinstance(event, Traded)]
        return [(self.names[trade.maker_order], trade.price, trade.quantity) for trade in trades]

    def _note(self, came: list[Event], size: int) -> None:
        for event in came:
            match event:
                case OrderRested():
                    self.open[event.order_id] = (size, event.left)
                case Traded() if event.maker_order in self.open:
                    self.open[event.maker_order] = (self.open[event.maker_order][0], event.maker_left)
                case OrderReduced():
                    self.open[event.order_id] = (event.quantity, event.left)
                case OrderEnded():
                    self.open.pop(event.order_id, None)
                case _:
                    pass

    def cancel(self, order_id: int) -> bool:
        _, came = self._ask(CancelOrder(self.account[order_id], SYMBOL, self.ids[order_id]))
        self._note(came, 0)
        return any(isinstance(event, OrderEnded) and event.status is OrderStatus.CANCELED for event in came)

    def take_off(self, order_id: int, size: int) -> bool:
        quantity, left = self.open.get(self.ids[order_id], (0, 0))
        if size >= left:
            return self.cancel(order_id)
        _, came = self._ask(AmendOrder(self.account[order_id], SYMBOL, self.ids[order_id], "", quantity - size))
        self._note(came, 0)
        return any(isinstance(event, OrderReduced) for event in came)

    def depth(self, side: Side) -> list[tuple[int, int, int]]:
        """(price, shares, orders), best first."""
        levels: dict[int, tuple[int, int, int]] = {}
        book = self.matching.book(SYMBOL)
        for order in book.bids if side is Side.BUY else book.asks:
            _, shares, count = levels.get(order.price, (order.price, 0, 0))
            levels[order.price] = (order.price, shares + order.left, count + 1)
        return list(levels.values())


def main(path: str) -> None:
    with gzip.open(path, "rt", encoding="ascii") as lines:
        messages = list(Flow(lines))
    pipeline, taker = Pipeline(), -1
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    for kind, order_id, size, price, side in messages:
        if kind is Kind.NEW:
            pipeline.place(order_id, 1, side, TimeInForce.GTC, price, size)
        elif kind is Kind.EXECUTE:
            pipeline.place(taker, 2, side.other, TimeInForce.IOC, price, size)
            taker -= 1
        elif kind is Kind.CANCEL:
            pipeline.cancel(order_id)
        else:
            pipeline.take_off(order_id, size)
    took_s = time.perf_counter() - began
    rate = len(messages) / took_s
    print(f"{len(messages)} messages through clearing and matching: {rate:,.0f}/s, {pipeline.rows:,} rows to write")


if __name__ == "__main__":
    main(sys.argv[1])
