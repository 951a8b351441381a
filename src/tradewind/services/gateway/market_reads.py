"""Public history out of the store: candles of every interval, trades by number and by time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tradewind.ports.errors import PortError
from tradewind.ports.store import Store
from tradewind.ports.tables import Query
from tradewind.services.gateway.problems import unavailable
from tradewind.services.marketdata.rules import SECOND_NS, folded
from tradewind.services.marketdata.tables import CANDLES, OPEN_CANDLES, PUBLIC_TRADES, Candle, PublicTradeRow
from tradewind.values.intervals import Interval, Width

PAGE = 2_000  # candles per read, so that others have their turn in between
AGGREGATED_MAX = 20_000  # trades that are put together for one answer
MS_NS = 1_000_000
SECOND_MS = 1_000
UNTIL_NOW = -1


async def _read(store: Store, *queries: Query) -> list[list[Any]]:
    """Raises Problem."""
    try:
        return await store.read(queries)
    except PortError:
        raise unavailable("the store does not answer now") from None


class Span(NamedTuple):
    """Intervals that begin from `first_s` to `last_s`, both included; none when the last is before the first."""

    interval: Interval
    first_s: int
    last_s: int


def span(interval: Interval, now_ns: int, since_ms: int, until_ms: int, limit: int) -> Span:
    """With `since_ms` > 0 the first `limit` that begin there or later, else the last ones; none that begins after `until_ms`
    (UNTIL_NOW = now), nor after now."""
    now_s = now_ns // SECOND_NS
    last_s = interval.start(now_s if until_ms == UNTIL_NOW else min(now_s, until_ms // SECOND_MS))
    if not since_ms:
        return Span(interval, interval.shifted(last_s, 1 - limit), last_s)
    since_s = -(-since_ms // SECOND_MS)
    first_s = interval.start(since_s)
    if first_s < since_s:
        first_s = interval.end(first_s)
    return Span(interval, first_s, min(last_s, interval.shifted(first_s, limit - 1)))


async def candles(store: Store, symbol: str, wanted: Span) -> list[Candle]:
    """One for each interval of the span since the first trade: where nothing traded, the price stays and the volume is 0.

    Raises Problem.
    """
    if wanted.last_s < wanted.first_s:
        return []
    interval = wanted.interval
    where: Any = (("symbol", "=", symbol), ("width_s", "=", int(interval.base)))
    earlier = Query(CANDLES, where=(*where, ("opened_s", "<", wanted.first_s)), order=("opened_s",), descending=True, limit=1)
    before: list[Candle]
    newest: list[Candle]
    before, newest = await _read(store, earlier, Query(OPEN_CANDLES, where=where))
    found = {candle.opened_s: candle for candle in newest}
    # Backwards: what is over never changes, and what closes meanwhile has been seen open.
    until_s = interval.end(wanted.last_s)
    while True:
        inside: Any = (*where, ("opened_s", ">=", wanted.first_s), ("opened_s", "<", until_s))
        [page] = await _read(store, Query(CANDLES, where=inside, order=("opened_s",), descending=True, limit=PAGE))
        found |= {candle.opened_s: candle for candle in page}
        if len(page) < PAGE:
            break
        until_s = page[-1].opened_s
    inner = [found[at] for at in sorted(found) if wanted.first_s <= at < interval.end(wanted.last_s)]
    outer = [candle for candle in (*before, *newest) if candle.opened_s < wanted.first_s]
    return _without_gaps(symbol, wanted, {one.opened_s: one for one in folded(inner, interval)}, outer[-1:])


def _without_gaps(symbol: str, wanted: Span, made: dict[int, Candle], before: Sequence[Candle]) -> list[Candle]:
    shown: list[Candle] = []
    at, last = wanted.first_s, before[0] if before else None
    while at <= wanted.last_s:
        candle = made.get(at)
        if candle is None and last is not None:
            price = last.close
            # As many trades as there are ids from the first to the last: none.
            candle = Candle(
                symbol, last.width_s, at, price, price, price, price, 0, 0, 0, 0, last.last_trade + 1, last.last_trade
            )
        if candle is not None:
            shown.append(candle)
            last = candle
        at = wanted.interval.end(at)
    return shown


async def trades(store: Store, symbol: str, first: int, limit: int) -> list[PublicTradeRow]:
    """From trade id `first` on, oldest first. Raises Problem."""
    where: Any = (("symbol", "=", symbol), ("trade_id", ">=", first))
    [rows] = await _read(store, Query(PUBLIC_TRADES, where=where, order=("trade_id",), limit=limit))
    return rows


async def trades_of_aggregates(store: Store, symbol: str, first: int, limit: int) -> list[PublicTradeRow]:
    """All trades of `limit` aggregates, from aggregate id `first` on. Raises Problem."""
    where: Any = (("symbol", "=", symbol), ("agg_id", ">=", first), ("agg_id", "<", first + limit))
    return await _whole_aggregates(store, where)


async def trades_between(store: Store, symbol: str, since_ms: int, until_ms: int, limit: int) -> list[PublicTradeRow]:
    """All trades of the first `limit` aggregates in [since_ms, until_ms]; UNTIL_NOW = no end. Raises Problem.

    Candles of one second tell which trades were when, so trades need no index by time.
    """
    where: Any = (("symbol", "=", symbol), ("width_s", "=", int(Width.SECOND)), ("opened_s", ">=", since_ms // SECOND_MS))
    over, newest = await _read(
        store, Query(CANDLES, where=where, order=("opened_s",), limit=1), Query(OPEN_CANDLES, where=where)
    )
    seconds = [*over, *newest]
    if not seconds:
        return []
    # The first of these seconds may have begun before the instant.
    begins: Any = (("symbol", "=", symbol), ("trade_id", ">=", seconds[0].first_trade), ("at", ">=", since_ms * MS_NS))
    [first] = await _read(store, Query(PUBLIC_TRADES, where=begins, order=("trade_id",), limit=1))
    if not first:
        return []
    rows = await trades_of_aggregates(store, symbol, first[0].agg_id, limit)
    return [row for row in rows if until_ms == UNTIL_NOW or row.at < (until_ms + 1) * MS_NS]


async def _whole_aggregates(store: Store, where: Any) -> list[PublicTradeRow]:
    query = Query(PUBLIC_TRADES, where=where, order=("agg_id", "trade_id"), limit=AGGREGATED_MAX)
    [rows] = await _read(store, query)
    if len(rows) == AGGREGATED_MAX:  # the last one may go on
        rows = [row for row in rows if row.agg_id < rows[-1].agg_id]
    return rows
