"""A8 book, A9 fairness: the oracle hears what each matching shard heard, and must foretell what it said."""

from collections import defaultdict
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.audit.oracle import Oracle, Oracles
from tradewind.messages.commands import Envelope, Tick
from tradewind.messages.events import OrderAccepted, OrderTriggered, SymbolChanged, SymbolCreated
from tradewind.values.orders import Side

RESTS = "account, side, price, quantity, left, shown, good till, other leg"
WAITS = "account, side, price, quantity, stop price, good till, other leg, due"


class Markets(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._shards: defaultdict[int, Oracles] = defaultdict(Oracles)

    def step(self, step: Step) -> None:
        if step.service != "matching":
            return
        oracles = self._shards[step.shard_index]
        said: list[Any] = list(step.output.events)
        tick = isinstance(step.given, Envelope) and isinstance(step.given.body, Tick)
        begun = oracles.begin(step.entry.at, tick)
        self._expect(step, "the time", oracles, begun, said)
        events: tuple[Any, ...] = () if isinstance(step.given, Envelope) else step.given.events
        for heard in events:
            symbol = heard.rules.symbol if isinstance(heard, SymbolCreated | SymbolChanged) else heard.symbol
            if self.case.topology.matching_of(symbol) != step.shard_index:
                self.found("A8", f"{step}: {symbol} is another shard's market")
            book = oracles.books.get(symbol)
            if isinstance(heard, OrderAccepted) and book is not None and not book.lost and book.knows(heard.order_id):
                self.found("A8", f"{step}: order {heard.order_id} comes a second time, and stands already")
                book.lost = True
                continue
            self._expect(step, heard, oracles, oracles.hear(symbol, heard), said)
        for event in said:
            if (book := oracles.books.get(event.symbol)) is None or not book.lost:
                self.found("A8", f"{step}: nothing that it heard explains {event}")
                if book is not None:
                    book.lost = True

    def _expect(self, step: Step, heard: Any, oracles: Oracles, foretold: list[Any], said: list[Any]) -> None:
        """Take what must be said off the front of what was; the words of lost markets prove nothing."""
        for right in foretold:
            book = oracles.books[right.symbol]
            if book.lost:
                continue
            while said and said[0] != right and said[0].symbol in oracles.books and oracles.books[said[0].symbol].lost:
                del said[0]
            if said and said[0] == right:
                del said[0]
                continue
            book.lost = True
            what = f"{step}: {heard}: {right} must be said, was {said[0] if said else 'nothing'}"
            self.found("A8", what)
            # Whom an order meets, at which price, and how it ends by its own terms: that is what fairness means.
            if isinstance(heard, OrderAccepted) or any(isinstance(word, OrderTriggered) for word in foretold):
                self.found("A9", what)

    def close(self) -> None:
        rests, waits = self._by_market("resting_orders"), self._by_market("armed_stops")
        books = {(shard, symbol): book for shard, oracles in self._shards.items() for symbol, book in oracles.books.items()}
        for key in either(rests, waits, books):
            book = books.get(key)
            self._judge_rows(key, rests[key])
            if book is None or not book.lost:
                self._compare_resting(key, book, rests[key])
                self._compare_waiting(key, book, waits[key])
        markets = {(row.shard, row.symbol): _market(row) for row in self.case.rows("markets")}
        for key in either(markets, books):
            book = books.get(key)
            told = None if book is None else _told(book)
            if markets.get(key) != told and (book is None or not book.lost):
                name = f"matching/{key[0]} market {key[1]}"
                what = "state, last trade, price, the operators' word, the breaker's, until, again"
                self.found("A8", f"{name}: its row says {markets.get(key)}, its journal {told} ({what})")
        if self.case.quiet:
            self._compare_holds()

    def _by_market(self, table: str) -> defaultdict[tuple[int, str], list[Any]]:
        rows: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in self.case.rows(table):
            rows[row.shard, row.symbol].append(row)
        return rows

    def _judge_rows(self, key: tuple[int, str], rows: list[Any]) -> None:
        bids = [row.price for row in rows if row.side == Side.BUY]
        asks = [row.price for row in rows if row.side == Side.SELL]
        if bids and asks and max(bids) >= min(asks):
            self.found("A8", f"matching/{key[0]} {key[1]}: crossed, bid {max(bids)} against ask {min(asks)}")
        for row in rows:
            if row.display and not 0 < row.shown <= min(row.display, row.left):
                self.found("A8", f"matching/{key[0]} {key[1]} order {row.order_id}: shows {row.shown} of {row.left}: {row}")

    def _compare_resting(self, key: tuple[int, str], book: Oracle | None, rows: list[Any]) -> None:
        has = {row.order_id: _resting(row) for row in rows}
        order = book.resting() if book else []
        told = {
            one.order_id: (
                *(one.account, one.side, one.price, one.quantity, one.left),
                *(max(0, one.seen), one.good_till, one.other),
            )
            for one in order
        }
        self._compare(key, has, told, f"rests as {{}}, its journal says {{}} ({RESTS})")
        by_priority = [row.order_id for row in sorted(rows, key=lambda row: row.priority) if row.order_id in told]
        if by_priority != [one.order_id for one in order if one.order_id in has]:
            self.found("A9", f"matching/{key[0]} {key[1]}: the priorities of resting orders are not those of their arrival")

    def _compare_waiting(self, key: tuple[int, str], book: Oracle | None, rows: list[Any]) -> None:
        stops = sorted(book.waiting(), key=lambda stop: stop.place) if book else []
        has = {row.order_id: _waiting(row) for row in rows}
        told = {
            one.order_id: (
                *(one.account, one.side, one.price, one.quantity),
                *(one.stop_price, one.good_till, one.other, bool(one.due)),
            )
            for one in stops
        }
        self._compare(key, has, told, f"waits as {{}}, its journal says {{}} ({WAITS})")
        arrived = [row.order_id for row in sorted(rows, key=lambda row: row.arrival) if row.order_id in told]
        if arrived != [one.order_id for one in stops if one.order_id in has]:
            self.found("A9", f"matching/{key[0]} {key[1]}: stop orders do not wait in the order of their arrival")

    def _compare(self, key: tuple[int, str], has: dict[int, Any], told: dict[int, Any], words: str) -> None:
        for order_id in either(has, told):
            if has.get(order_id) != told.get(order_id):
                what = words.format(has.get(order_id), told.get(order_id))
                self.found("A8", f"matching/{key[0]} {key[1]} order {order_id}: {what}")

    def _compare_holds(self) -> None:
        stands = {row.order_id: row.left for row in self.case.rows("resting_orders")}
        stands |= {row.order_id: row.quantity for row in self.case.rows("armed_stops")}
        held = {row.order_id: row.left for row in self.case.rows("holds")}
        for order_id in either(stands, held):
            if stands.get(order_id) != held.get(order_id):
                self.found("A8", f"order {order_id}: {stands.get(order_id)} stand, {held.get(order_id)} are held for")


def _resting(row: Any) -> tuple[Any, ...]:
    size = row.quantity, row.left, row.shown
    return (row.account, row.side, row.price, *size, row.good_till, row.other_leg)


def _waiting(row: Any) -> tuple[Any, ...]:
    later = row.stop_price, row.good_till, row.other_leg, bool(row.due)
    return (row.account, row.side, row.price, row.quantity, *later)


def _market(row: Any) -> tuple[Any, ...]:
    breaker = row.breaker_state, row.breaker_until
    return (row.state, row.last_trade, row.last_price, row.operator_state, *breaker, row.again_at)


def _told(book: Oracle) -> tuple[Any, ...]:
    trades = book.last_trade, book.last_price
    return (book.state, *trades, book.operators, book.breaker, book.breaker_until, book.again)
