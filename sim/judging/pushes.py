"""What subscribers were pushed, against what the journals say and the rows are.

A11: whatever was pushed is in the journal, word for word. A12: a snapshot is the book as of its number, and what a subscriber
has built is the book when all is quiet (gaps it sees by itself). A13: a private update is of the subscriber's own account,
says nothing of anybody else, and nothing at all once the key is known to be revoked.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sim.clients.watcher import PRIVATE, Pushed, Watcher
from sim.cluster import Cluster
from sim.judging import shapes
from sim.judging.revoked import within_ns
from sim.markets import ASSETS, MARKETS
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import BalanceUpdated, BookDelta, Event, FillBooked, OrderUpdated, PublicTrade
from tradewind.services.clearing.tables import BALANCES
from tradewind.services.marketdata.tables import BOOK_CHANNELS, LEVELS
from tradewind.services.order.tables import ORDERS, PRIVATE_FEEDS
from tradewind.values.money import format_units
from tradewind.values.orders import Side

Levels = dict[str, dict[str, str]]


def complaint(watchers: Sequence[Watcher]) -> str:
    """Which subscriber has not been shown everything yet; "" if none."""
    for watcher in watchers:
        for channel, view in watcher.views.items():
            newest = _newest(watcher.cluster, watcher, channel)
            if not watcher.locked_out and view.seq != newest:
                return f"{watcher.watch.name} is at {view.seq} of {channel}, which is at {newest}"
    return ""


def _newest(cluster: Cluster, watcher: Watcher, channel: str) -> int:
    if channel == PRIVATE:
        assert watcher.who is not None
        row = cluster.database.tables.get(PRIVATE_FEEDS, {}).get((watcher.who.account,))
        return 0 if row is None else row.account_seq
    _, symbol, kind = channel.split(".")
    row = cluster.database.tables.get(BOOK_CHANNELS, {}).get((symbol,))
    return 0 if row is None else row.book_seq if kind == "book" else row.last_trade


def judge_pushes(cluster: Cluster, watchers: Sequence[Watcher], *, quiet: bool) -> None:
    """Report everything that is not so."""
    if not any(watcher.pushed for watcher in watchers) or cluster.lost.entries:
        return
    public, private = _Public(cluster), _Private(cluster)
    for watcher in watchers:
        for pushed in watcher.pushed:
            wrong = private.judge(watcher, pushed) if pushed.channel == PRIVATE else public.judge(pushed)
            if wrong:
                cluster.kernel.report(wrong[0], f"{watcher.watch.name}: {wrong[1]}")
        if quiet and not watcher.locked_out:
            for channel, view in watcher.views.items():
                built, rows = _built(view), _rows(cluster, watcher, channel)
                if built != rows:
                    cluster.kernel.report(
                        "A12 feeds", f"{watcher.watch.name} has built {built} of {channel}, the rows say {rows}"
                    )


class _Public:
    def __init__(self, cluster: Cluster) -> None:
        self._deltas: defaultdict[str, list[BookDelta]] = defaultdict(list)
        self._trades: defaultdict[str, list[PublicTrade]] = defaultdict(list)
        self._books: dict[tuple[str, int], Levels] = {}
        for event in _said(cluster, "marketdata"):
            match event:
                case BookDelta():
                    self._deltas[event.symbol].append(event)
                case PublicTrade():
                    self._trades[event.symbol].append(event)

    def judge(self, pushed: Pushed) -> tuple[str, str] | None:
        _, symbol, kind = pushed.channel.split(".")
        seq, shown = pushed.shown["seq"], pushed.shown["data"]
        events: Sequence[Any] = self._deltas[symbol] if kind == "book" else self._trades[symbol]
        if seq > len(events):
            return "A11 durability", f"was pushed {pushed.channel} {seq}, the journal ends at {len(events)}: {shown}"
        if pushed.snapshot:
            said: Any = self._book(symbol, seq) if kind == "book" else _newest_trades(events[:seq])
            got = shapes.sides(shown) if kind == "book" else shown
            return (
                None
                if got == said
                else ("A12 feeds", f"snapshot {pushed.channel} {seq} is {got}, the journal adds up to {said}")
            )
        event = events[seq - 1]
        said = shapes.delta(event) if kind == "book" else shapes.trade(event)
        return None if shown == said else ("A11 durability", f"was pushed {pushed.channel} {seq}: {shown}, journaled is {said}")

    def _book(self, symbol: str, seq: int) -> Levels:
        """The book after delta `seq`; each is added up once."""
        book: Levels = {"bids": {}, "asks": {}}
        for event in self._deltas[symbol][:seq]:
            for side, levels in shapes.delta(event).items():
                for price, quantity in levels:
                    book[side][price] = quantity
                    if not quantity.strip("0."):
                        del book[side][price]
        return book


def _newest_trades(events: Sequence[PublicTrade]) -> list[dict[str, Any]]:
    return [shapes.trade(event) for event in events[-shapes.SNAPSHOT_TRADES :]]


class _Private:
    def __init__(self, cluster: Cluster) -> None:
        self._within_ns = within_ns(cluster)
        self._revoked = cluster.faults.clients.revoked
        self._said: defaultdict[int, list[OrderUpdated | FillBooked | BalanceUpdated]] = defaultdict(list)
        for event in _said(cluster, "order"):
            assert isinstance(event, OrderUpdated | FillBooked | BalanceUpdated), event
            self._said[event.account].append(event)

    def judge(self, watcher: Watcher, pushed: Pushed) -> tuple[str, str] | None:
        assert watcher.who is not None
        account, shown, seq = watcher.who.account, pushed.shown, pushed.shown["seq"]
        revoked_ns = self._revoked.get(account)
        if revoked_ns is not None and pushed.at_ns > revoked_ns + self._within_ns:
            return "A13 access", f"is pushed {shown} at {pushed.at_ns}, its key was revoked at {revoked_ns}"
        events = self._said[account]
        if seq > len(events):
            return "A11 durability", f"was pushed {shown}, the journal of account {account} ends at {len(events)}"
        if pushed.snapshot:
            said, got = (
                _open_orders(events[:seq]),
                {one["orderId"]: (one["status"], one["executedQty"]) for one in shown["openOrders"]},
            )
            return (
                None
                if got == said
                else ("A12 feeds", f"snapshot {seq} of account {account} is {got}, the journal adds up to {said}")
            )
        right = shapes.private(events[seq - 1])
        if set(shown) - set(right):
            return "A13 access", f"account {account} is shown more than its own side: {shown}"
        if shown == right:
            return None
        others = [one for other, said_there in self._said.items() if other != account for one in said_there]
        if any(shapes.private(one) == shown for one in others):
            return "A13 access", f"account {account} is shown another's update: {shown}"
        return "A11 durability", f"was pushed {shown}, journaled is {right}"


def _open_orders(events: Sequence[Any]) -> dict[int, tuple[str, str]]:
    orders = {}
    for event in events:
        if isinstance(event, OrderUpdated):
            shown = shapes.private(event)
            orders[event.order_id] = shown["X"], shown["z"]
            if event.status.ended:
                del orders[event.order_id]
    return orders


def _built(view: Any) -> Any:
    return getattr(view, "sides", None) or (getattr(view, "open", None), getattr(view, "balances", None))


def _rows(cluster: Cluster, watcher: Watcher, channel: str) -> Any:
    """What a subscriber of `channel` must have built in the end."""
    tables = cluster.database.tables
    if channel == PRIVATE:
        assert watcher.who is not None
        account = watcher.who.account
        orders = [row for row in tables.get(ORDERS, {}).values() if row.account == account and not row.status.ended]
        balances = [row for row in tables.get(BALANCES, {}).values() if row.account == account]
        precision = {row.order_id: MARKETS[row.symbol][0].base_precision for row in orders}
        return (
            {row.order_id: (row.status.name, format_units(row.executed, precision[row.order_id])) for row in orders},
            {
                row.asset: tuple(format_units(units, ASSETS[row.asset]) for units in (row.available, row.held))
                for row in balances
            },
        )
    _, symbol, kind = channel.split(".")
    if kind != "book":
        return (None, None)
    rules, _ = MARKETS[symbol]
    book: Levels = {"bids": {}, "asks": {}}
    for row in tables.get(LEVELS, {}).values():
        if row.symbol == symbol:
            price = format_units(row.price, rules.quote_precision)
            book["bids" if row.side is Side.BUY else "asks"][price] = format_units(row.quantity, rules.base_precision)
    return book


def _said(cluster: Cluster, service: str) -> Iterator[Event]:
    for shard in cluster.topology.shards(service):
        for entry in cluster.database.journals.get(shard, []):
            yield from decode(Output, entry.output).events
