"""One entry that came out differently: which events, and which trades, orders and balances they are about."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sim.incident.show import orders_of
from tradewind.messages.codec import Output, Undecodable, decode
from tradewind.ops.incident.records import Kept

_NAMING = ("symbol", "trade_id", "order_id", "maker_order", "taker_order", "account", "asset", "seq", "api_key", "reference")
Balance = tuple[int, int]  # available, held; asset units


@dataclass(frozen=True)
class Pair:
    """An event as it was said then, and as it comes out now; None where there is none."""

    then: Any
    now: Any

    def __str__(self) -> str:
        if self.then is None or self.now is None or type(self.then) is not type(self.now):
            return f"{self.then} -> {self.now}"
        return f"{type(self.then).__name__} {_name_of(self.then)}: {', '.join(changed(self.then, self.now))}"


def changed(then: Any, now: Any) -> Iterator[str]:
    """Fields that differ, as in "fee 12 -> 13"."""
    for name in then.__struct_fields__:
        old, new = getattr(then, name), getattr(now, name)
        if old != new and isinstance(old, msgspec.Struct) and type(old) is type(new):
            yield from changed(old, new)
        elif old != new:
            yield f"{name} {old} -> {new}"


def _name_of(event: Any) -> str:
    inner = getattr(event, "fill", event)
    return " ".join(f"{name} {getattr(inner, name)}" for name in _NAMING if hasattr(inner, name))


@dataclass(frozen=True)
class Difference:
    shard: str
    seq: int
    at: int
    pairs: tuple[Pair, ...]

    def told(self) -> Iterator[str]:
        yield f"{self.shard} seq {self.seq}"
        for pair in self.pairs:
            yield f"  {pair}"


def compare(shard: str, kept: Kept, came: bytes) -> Difference | None:
    """None when only the encoding is another."""
    then = decode(Output, kept.output)
    try:
        now = decode(Output, came)
    except Undecodable:
        # It says something that this version has no word for: shown as it came.
        return Difference(shard, kept.seq, kept.at, (Pair(then, msgspec.msgpack.decode(came[1:])),))
    pairs = [*_paired(then.events, now.events)]
    if then.reply != now.reply:
        pairs.append(Pair(then.reply, now.reply))
    return Difference(shard, kept.seq, kept.at, tuple(pairs)) if pairs else None


def _paired(then: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[Pair]:
    """Events of one kind about the same things belong together, in the order of those then; only what differs is told."""
    new = _named(now)
    for name, old in _named(then).items():
        other = new.pop(name, None)
        if old != other:
            yield Pair(old, other)
    yield from (Pair(None, event) for event in new.values())


def _named(events: tuple[Any, ...]) -> dict[tuple[Any, ...], Any]:
    seen: Counter[tuple[Any, ...]] = Counter()
    named = {}
    for event in events:
        name = (type(event).__name__, _name_of(event))
        seen[name] += 1
        named[(*name, seen[name])] = event
    return named


@dataclass
class Impact:
    """Whom all differences concern. Of a balance its last value then and now; of trades and orders what changed."""

    trades: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    orders: dict[int, list[str]] = field(default_factory=dict)
    balances: dict[tuple[int, str], tuple[Balance | None, Balance | None]] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)  # events about none of these, by kind

    def add(self, difference: Difference) -> None:
        for pair in difference.pairs:
            self._add(pair)

    def _add(self, pair: Pair) -> None:
        event = pair.now if pair.then is None else pair.then
        inner = getattr(event, "fill", event)
        if hasattr(inner, "trade_id"):
            self.trades.setdefault((inner.symbol, inner.trade_id), []).append(str(pair))
        elif hasattr(event, "available"):
            self.balances[event.account, event.asset] = _balance(pair.then), _balance(pair.now)
        elif orders := orders_of(event):
            for order in orders:
                self.orders.setdefault(order, []).append(str(pair))
        else:
            kind = type(event).__name__
            self.others[kind] = self.others.get(kind, 0) + 1

    def told(self) -> Iterator[str]:
        yield f"{len(self.trades)} trades, {len(self.orders)} orders and {len(self.balances)} balances are affected"
        for (symbol, trade), what in sorted(self.trades.items()):
            yield f"trade {symbol}:{trade}: {'; '.join(what)}"
        for order, what in sorted(self.orders.items()):
            yield f"order {order}: {'; '.join(what)}"
        for (account, asset), (then, now) in sorted(self.balances.items()):
            yield f"balance of {account} in {asset} (available, held): {then} -> {now}"
        for kind, count in self.others.items():
            yield f"{count} differences in {kind}"


def _balance(event: Any) -> Balance | None:
    return None if event is None else (event.available, event.held)
