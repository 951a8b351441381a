"""The ticker and the depth as functions of rows."""

from tradewind.services.marketdata.rules import Depth, Ticker, depth, ticker
from tradewind.services.marketdata.tables import Candle, Level
from tradewind.values.orders import Side


def candle(minute: int, first: int, high: int, low: int, last: int) -> Candle:
    """open, high, low, close, one base unit and ten quote units of volume."""
    return Candle("X", minute, first, high, low, last, volume=1, quote_volume=10, trades=2)


def test_ticker_looks_at_1440_minutes_and_no_more() -> None:
    candles = [
        candle(2000, 50, 60, 40, 45),
        candle(561, 40, 41, 30, 35),  # the oldest minute that counts at 2000
        candle(560, 1, 999, 1, 1),
        candle(2001, 1, 999, 1, 1),  # not yet
    ]
    assert ticker(candles, 2000) == Ticker(40, 60, 30, 45, 2, 20, 5, 1250, 4)


def test_ticker_of_a_quiet_market_is_none() -> None:
    assert ticker([], 2000) is None
    assert ticker([candle(560, 1, 1, 1, 1)], 2000) is None


def test_change_is_rounded_towards_zero_on_both_sides() -> None:
    up, down = ticker([candle(1, 3, 4, 3, 4)], 1), ticker([candle(1, 3, 3, 2, 2)], 1)
    assert up is not None and down is not None
    assert (up.change, up.change_bps, down.change, down.change_bps) == (1, 3333, -1, -3333)


def test_depth_is_best_first_on_both_sides_and_cut() -> None:
    levels = [Level("X", side, price, price * 10, 1) for price in (3, 1, 2) for side in Side]
    assert depth(levels, 2) == Depth(((3, 30, 1), (2, 20, 1)), ((1, 10, 1), (2, 20, 1)))
    assert depth([], 5) == Depth((), ())
