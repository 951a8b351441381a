"""Levels, candles, and what queries make of them. Prices are quote units per base, quantities base units."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tradewind.services.marketdata.tables import Candle, Level
from tradewind.values.money import BPS
from tradewind.values.orders import Side

MINUTE_NS = 60_000_000_000
DAY_MINUTES = 1440
DEPTH_MAX = 5000

PriceLevel = tuple[int, int, int]  # price, quantity, orders


class Depth(NamedTuple):
    """Best first."""

    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]


class Ticker(NamedTuple):
    """Statistics of the last 24 hours; `change_bps` is rounded towards zero."""

    open: int
    high: int
    low: int
    last: int
    volume: int
    quote_volume: int
    change: int
    change_bps: int
    trades: int


def moved(level: Level, quantity: int, orders: int) -> Level:
    """The level with `quantity` and `orders` more (or less). Never below zero, and empty of both or of neither."""
    after = msgspec.structs.replace(level, quantity=level.quantity + quantity, orders=level.orders + orders)
    assert after.quantity >= 0 and after.orders >= 0 and (after.quantity == 0) == (after.orders == 0), (level, after)
    return after


def split(levels: Iterable[Level]) -> Depth:
    """Both sides of one symbol's levels, best first."""
    rows = [(level.side, (level.price, level.quantity, level.orders)) for level in levels]
    bids = sorted((row for side, row in rows if side is Side.BUY), reverse=True)
    return Depth(tuple(bids), tuple(sorted(row for side, row in rows if side is Side.SELL)))


def depth(levels: Iterable[Level], limit: int) -> Depth:
    """The best `limit` levels of each side of one symbol."""
    assert 0 < limit <= DEPTH_MAX, limit
    bids, asks = split(levels)
    return Depth(bids[:limit], asks[:limit])


def first_candle(symbol: str, minute: int, price: int, quantity: int, notional: int) -> Candle:
    return Candle(symbol, minute, price, price, price, price, quantity, notional, trades=1)


def grown(candle: Candle, price: int, quantity: int, notional: int) -> Candle:
    return msgspec.structs.replace(
        candle,
        high=max(candle.high, price),
        low=min(candle.low, price),
        close=price,
        volume=candle.volume + quantity,
        quote_volume=candle.quote_volume + notional,
        trades=candle.trades + 1,
    )


def ticker(candles: Iterable[Candle], now_minute: int) -> Ticker | None:
    """Statistics of one symbol over the 1440 minutes that end with `now_minute`; None when nothing traded in them."""
    window = sorted(
        (candle for candle in candles if now_minute - DAY_MINUTES < candle.minute <= now_minute),
        key=lambda candle: candle.minute,
    )
    if not window:
        return None
    first, last = window[0].open, window[-1].close
    change = last - first
    size_bps = abs(change) * BPS // first
    return Ticker(
        open=first,
        high=max(candle.high for candle in window),
        low=min(candle.low for candle in window),
        last=last,
        volume=sum(candle.volume for candle in window),
        quote_volume=sum(candle.quote_volume for candle in window),
        change=change,
        change_bps=size_bps if change >= 0 else -size_bps,
        trades=sum(candle.trades for candle in window),
    )
