"""A8 book, A9 fairness: the oracle hears what each matching shard heard, and must foretell what it said."""

from collections import defaultdict
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.audit.oracle import Gist, Oracle, gist
from tradewind.messages.events import (
    AmendRequested,
    CancelRequested,
    Entry,
    MarketStateChanged,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderRested,
    SymbolCreated,
)
from tradewind.values.orders import MarketState, Side


class Markets(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._oracles: dict[tuple[int, str], Oracle] = {}

    def step(self, step: Step) -> None:
        if step.service != "matching" or not isinstance(step.given, Entry):
            return
        said = list(step.output.events)
        for heard in step.given.events:
            self._hear(step, heard, said)
        for event in said:
            self.found("A8", f"{step}: nothing that it heard explains {event}")

    def _hear(self, step: Step, heard: Any, said: list[Any]) -> None:
        symbol = heard.rules.symbol if isinstance(heard, SymbolCreated) else heard.symbol
        if self.case.topology.matching_of(symbol) != step.shard_index:
            self.found("A8", f"{step}: {symbol} is another shard's market")
        oracle = self._oracles.get((step.shard_index, symbol))
        if oracle is None:
            oracle = self._oracles[step.shard_index, symbol] = Oracle(symbol)
            self._expect(step, heard, oracle, [("MarketStateChanged", symbol, MarketState.TRADING)], said)
        match heard:
            case OrderAccepted():
                self._expect(step, heard, oracle, oracle.placed(heard), said)
            case CancelRequested():
                self._expect(step, heard, oracle, [oracle.cancelled(heard.order_id, heard.account)], said)
            case AmendRequested():
                self._expect(step, heard, oracle, [oracle.amended(heard.order_id, heard.account, heard.quantity)], said)
            case MarketStateSet():
                oracle.state = heard.state
                self._expect(step, heard, oracle, [("MarketStateChanged", symbol, heard.state)], said)

    def _expect(self, step: Step, heard: Any, oracle: Oracle, foretold: list[Gist], said: list[Any]) -> None:
        """Compare with what was said, then take what was said for what happened."""
        came = said[: len(foretold)]
        gists = [gist(event) for event in came]
        if gists != foretold:
            came = _fallout(heard, said)
            self._differ(step, heard, foretold, [gist(event) for event in came])
        del said[: len(came)]
        for event in came:
            wrong = oracle.follow(event, heard.quantity if isinstance(heard, OrderAccepted) else 0)
            if wrong is not None:
                self.found("A8", f"{step}: {wrong}, yet: {event}")

    def _differ(self, step: Step, heard: Any, foretold: list[Gist], came: list[Gist]) -> None:
        place = next((n for n, pair in enumerate(zip(foretold, came, strict=False)) if pair[0] != pair[1]), None)
        if place is None:
            place = min(len(foretold), len(came))
        right, was = foretold[place : place + 1], came[place : place + 1]
        what = f"{step}: {heard}: word {place + 1} must be {right[0] if right else 'none'}, was {was[0] if was else 'none'}"
        self.found("A8", what)
        # Whom an order meets, at which price, and how it ends by its own terms: that is what fairness means.
        if isinstance(heard, OrderAccepted):
            self.found("A9", what)

    def close(self) -> None:
        rows: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in self.case.rows("resting_orders"):
            rows[row.shard, row.symbol].append(row)
        for key in either(rows, self._oracles):
            self._compare_resting(key, rows[key])
        markets = {(row.shard, row.symbol): (row.state, row.last_trade, row.last_price) for row in self.case.rows("markets")}
        for key in either(markets, self._oracles):
            oracle = self._oracles.get(key)
            told = None if oracle is None else (oracle.state, oracle.last_trade, oracle.last_price)
            if markets.get(key) != told:
                name = f"matching/{key[0]} market {key[1]}"
                self.found("A8", f"{name}: its row says {markets.get(key)}, its journal {told} (state, last trade, price)")
        if self.case.quiet:
            self._compare_holds()

    def _compare_resting(self, key: tuple[int, str], rows: list[Any]) -> None:
        shard, symbol = key
        oracle = self._oracles.get(key) or Oracle(symbol)
        bids = [row.price for row in rows if row.side == Side.BUY]
        asks = [row.price for row in rows if row.side == Side.SELL]
        if bids and asks and max(bids) >= min(asks):
            self.found("A8", f"matching/{shard} {symbol}: crossed, bid {max(bids)} against ask {min(asks)}")
        has = {row.order_id: (row.account, row.side, row.price, row.quantity, row.left) for row in rows}
        told = {
            order_id: (order.account, order.side, order.price, order.quantity, order.left)
            for order_id, order in oracle.orders.items()
        }
        for order_id in either(has, told):
            if has.get(order_id) != told.get(order_id):
                self.found(
                    "A8",
                    f"matching/{shard} {symbol} order {order_id}: rests as {has.get(order_id)}, its journal says "
                    f"{told.get(order_id)} (account, side, price, quantity, left)",
                )
        by_priority = [row.order_id for row in sorted(rows, key=lambda row: row.priority) if row.order_id in told]
        if by_priority != sorted(by_priority, key=lambda order_id: oracle.orders[order_id].place[1]):
            self.found("A9", f"matching/{shard} {symbol}: the priorities of resting orders are not those of their arrival")

    def _compare_holds(self) -> None:
        resting = {row.order_id: row.left for row in self.case.rows("resting_orders")}
        held = {row.order_id: row.left for row in self.case.rows("holds")}
        for order_id in either(resting, held):
            if resting.get(order_id) != held.get(order_id):
                self.found("A8", f"order {order_id}: {resting.get(order_id)} rest, {held.get(order_id)} are held for")


def _fallout(heard: Any, said: list[Any]) -> list[Any]:
    """The words that belong to `heard`, as far as one can tell when they are not those that were foretold."""
    if not isinstance(heard, OrderAccepted):
        kind = MarketStateChanged if isinstance(heard, SymbolCreated | MarketStateSet) else object
        return [event for event in said[:1] if isinstance(event, kind)]
    for number, event in enumerate(said, 1):
        if isinstance(event, OrderRested | OrderEnded) and event.order_id == heard.order_id:
            return said[:number]
    return list(said)
