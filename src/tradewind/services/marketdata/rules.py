"""Levels and candles as functions of values. Prices are quote units per base, quantities base units."""

from collections.abc import Iterable, Iterator

import msgspec

from tradewind.services.marketdata.tables import Candle, Level
from tradewind.values.intervals import Interval, Width
from tradewind.values.orders import Side

SECOND_NS = 1_000_000_000
PriceLevel = tuple[int, int, int]  # price, quantity, orders


def moved(level: Level, quantity: int, orders: int) -> Level:
    """The level with `quantity` and `orders` more (or less); never below zero.

    Nothing to see of orders that are there is possible for a moment: an iceberg's slice was taken, the next one not shown yet.
    """
    after = msgspec.structs.replace(level, quantity=level.quantity + quantity, orders=level.orders + orders)
    assert after.quantity >= 0 and after.orders >= 0 and (after.orders > 0 or after.quantity == 0), (level, after)
    return after


def split(levels: Iterable[Level]) -> tuple[tuple[PriceLevel, ...], tuple[PriceLevel, ...]]:
    """Bids and asks of one symbol's levels, best first."""
    rows = [(level.side, (level.price, level.quantity, level.orders)) for level in levels]
    bids = sorted((row for side, row in rows if side is Side.BUY), reverse=True)
    return tuple(bids), tuple(sorted(row for side, row in rows if side is Side.SELL))


def traded(symbol: str, trade_id: int, price: int, quantity: int, taker_side: Side, at: int, notional: int) -> Candle:
    """One trade as a candle of the second in which it was (`at` in ns, `notional` in quote units)."""
    taken = (quantity, notional) if taker_side is Side.BUY else (0, 0)
    opened_s = at // SECOND_NS
    return Candle(
        symbol, int(Width.SECOND), opened_s, price, price, price, price, quantity, notional, *taken, trade_id, trade_id
    )  # fmt: skip


def joined(earlier: Candle, later: Candle) -> Candle:
    """Both as one, with the place and width of the earlier; their trades follow each other."""
    assert earlier.last_trade + 1 == later.first_trade, (earlier, later)
    return Candle(
        earlier.symbol,
        earlier.width_s,
        earlier.opened_s,
        earlier.open,
        max(earlier.high, later.high),
        min(earlier.low, later.low),
        later.close,
        earlier.volume + later.volume,
        earlier.quote_volume + later.quote_volume,
        earlier.taker_volume + later.taker_volume,
        earlier.taker_quote + later.taker_quote,
        earlier.first_trade,
        later.last_trade,
    )


def grown(open_candle: Candle | None, width: Width, burst: Candle) -> tuple[Candle, Candle | None]:
    """(the open candle of `width` after `burst`, the one that is over with it).

    One writer's instants never go back; were it so, a trade would still count once, in the candle that is open.
    """
    start = burst.opened_s - burst.opened_s % width
    if open_candle is not None and start <= open_candle.opened_s:
        return joined(open_candle, burst), None
    return msgspec.structs.replace(burst, width_s=int(width), opened_s=start), open_candle


def folded(candles: Iterable[Candle], interval: Interval) -> Iterator[Candle]:
    """Candles of the interval's base, oldest first, put together; `opened_s` is where the interval begins."""
    made: Candle | None = None
    for candle in candles:
        assert candle.width_s == interval.base, (candle, interval)
        start = interval.start(candle.opened_s)
        if made is not None and made.opened_s == start:
            made = joined(made, candle)
            continue
        if made is not None:
            yield made
        made = msgspec.structs.replace(candle, opened_s=start)
    if made is not None:
        yield made
