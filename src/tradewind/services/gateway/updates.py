"""The private feed, as this gateway remembers it: each account's newest updates, and how far young orders have come."""

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from tradewind.messages.events import BalanceUpdated, Entry, FillBooked, OrderUpdated
from tradewind.services.gateway import shapes
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.progress import Progresses
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.shapes import ms
from tradewind.values.money import format_units

PrivateEvent = OrderUpdated | FillBooked | BalanceUpdated
Follower = Callable[[list[PrivateEvent], int], None]  # hears an entry's news of one account, and when it happened (ns)
HEARS: frozenset[type] = frozenset((OrderUpdated, FillBooked, BalanceUpdated))
UPDATES_MAX = 1_000  # per account, for resuming
ACCOUNTS_MAX = 10_000
ENTRIES_AT_START = 5_000  # of the feed, read again at start, so that clients may resume across a restart of ours

_encoder = msgspec.json.Encoder()


class Ring:
    """The newest updates of one account, contiguous, and who listens."""

    __slots__ = ("listeners", "updates")

    def __init__(self) -> None:
        self.updates: deque[PrivateEvent] = deque(maxlen=UPDATES_MAX)
        self.listeners: dict[Session, None] = {}  # in order of arrival: a set would have another order in every process


class Updates:
    def __init__(self, catalogue: Catalogue) -> None:
        self.progresses = Progresses()
        self._catalogue = catalogue
        self._rings: dict[int, Ring] = {}
        self._followers: dict[int, dict[Follower, None]] = {}

    def hear(self, entry: Entry) -> None:
        news: dict[int, list[PrivateEvent]] = {}
        for event in entry.events:
            assert isinstance(event, PrivateEvent), event
            ring = self._ring(event.account)
            updates = ring.updates
            if updates and event.account_seq <= updates[-1].account_seq:
                continue
            assert not updates or event.account_seq == updates[-1].account_seq + 1, (updates[-1], event)
            updates.append(event)
            if event.account in self._followers:
                news.setdefault(event.account, []).append(event)
            if ring.listeners:
                frame = self.frame(event)
                for session in list(ring.listeners):
                    session.offer(frame, event.account_seq)
        for account, events in news.items():
            for follower in list(self._followers[account]):
                follower(events, entry.at)
        self.progresses.hear(entry)

    def _ring(self, account: int) -> Ring:
        ring = self._rings.get(account)
        if ring is None:
            ring = self._rings[account] = Ring()
            if len(self._rings) > ACCOUNTS_MAX:
                self._drop_one()
        return ring

    def _drop_one(self) -> None:
        """The account that came first and that nobody listens to; the one that has just come is never it."""
        newest = next(reversed(self._rings))
        for account, ring in self._rings.items():
            if not ring.listeners and account != newest:
                del self._rings[account]
                return

    def listen(self, account: int, session: Session) -> None:
        self._ring(account).listeners[session] = None

    def leave(self, account: int, session: Session) -> None:
        self._ring(account).listeners.pop(session, None)

    def follow(self, account: int, follower: Follower) -> None:
        """From now on, until `unfollow`."""
        self._followers.setdefault(account, {})[follower] = None

    def unfollow(self, account: int, follower: Follower) -> None:
        followers = self._followers.get(account, {})
        followers.pop(follower, None)
        if not followers:
            self._followers.pop(account, None)

    def since(self, account: int, after: int) -> list[PrivateEvent] | None:
        """All updates with a sequence above `after`; None when we cannot know that these are all."""
        ring = self._rings.get(account)
        if ring is None or not ring.updates:
            return None
        first, last = ring.updates[0].account_seq, ring.updates[-1].account_seq
        if not first - 1 <= after <= last:
            return None
        return [event for event in ring.updates if event.account_seq > after]

    def frame(self, event: PrivateEvent) -> str:
        return _encoder.encode(shape(event, self._catalogue)).decode()


def shape(event: PrivateEvent, catalogue: Catalogue) -> dict[str, Any]:
    """Binance's short names; `seq` is the account's own sequence."""
    match event:
        case OrderUpdated():
            return _order(event, catalogue)
        case FillBooked():
            return _trade(event, catalogue)
        case BalanceUpdated(_, seq, asset, available, held):
            precision = catalogue.precision_of(asset)
            changed = {"a": asset, "f": format_units(available, precision), "l": format_units(held, precision)}
            return {"e": "outboundAccountPosition", "seq": seq, "B": [changed]}


def _order(event: OrderUpdated, catalogue: Catalogue) -> dict[str, Any]:
    rules = catalogue.rules_of(event.symbol)
    return {
        "e": "executionReport",
        "seq": event.account_seq,
        "s": event.symbol,
        "i": event.order_id,
        "c": event.client_order_id,
        "S": event.side.name,
        "o": event.type.name,
        "f": event.time_in_force.name,
        "p": format_units(shapes.limit_of(event), rules.quote_precision),
        "q": format_units(event.quantity, rules.base_precision),
        "z": format_units(event.executed, rules.base_precision),
        "Z": format_units(event.quote_executed, rules.quote_precision),
        "P": format_units(event.stop_price, rules.quote_precision),
        "F": format_units(event.display, rules.base_precision),
        "Q": format_units(event.quote_quantity, rules.quote_precision),
        "g": event.list_id or shapes.NO_LIST,
        "gtd": ms(event.good_till),
        "V": event.self_trade.name,
        "w": shapes.works(event),
        "W": shapes.working_time(event),
        "X": event.status.name,
        "r": event.reason,
        "O": ms(event.created_at),
        "T": ms(event.updated_at),
    }


def _trade(event: FillBooked, catalogue: Catalogue) -> dict[str, Any]:
    fill = event.fill
    rules = catalogue.rules_of(fill.symbol)
    return {
        "e": "trade",
        "seq": event.account_seq,
        "s": fill.symbol,
        "t": fill.trade_id,
        "i": fill.order_id,
        "S": fill.side.name,
        "m": fill.maker,
        "p": format_units(fill.price, rules.quote_precision),
        "q": format_units(fill.quantity, rules.base_precision),
        "Q": format_units(fill.notional, rules.quote_precision),
        "n": format_units(fill.fee, catalogue.precision_of(fill.fee_asset)),
        "N": fill.fee_asset,
        "T": ms(event.at),
    }
