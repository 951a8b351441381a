"""Which symbols are refused, and that a symbol which is not never rounds."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.values.money import BPS, PPM, UNITS_MAX
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules, check_rules

PLAIN = SymbolRules(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    base_precision=8,
    quote_precision=2,
    tick=100,
    lot=1_000_000,
    notional_min=500,
    quantity_max=10**12,
    band_bps=500,
    maker_fee_ppm=1000,
    taker_fee_ppm=2000,
    self_trade_allowed=False,
)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"tick": 1, "lot": 10**8},
        {"tick": 10**8, "lot": 1},
        {"notional_min": 0},
        {"quantity_max": UNITS_MAX},
        {"quantity_max": 1_000_000},
        {"band_bps": 0},
        {"band_bps": BPS - 1},
        {"maker_fee_ppm": 0, "taker_fee_ppm": PPM // 10},
        {"self_trade_allowed": True},
    ],
)
def test_taken(change: dict[str, Any]) -> None:
    assert check_rules(replace(PLAIN, **change), 8, 2) is None


@pytest.mark.parametrize(
    "change",
    [
        {"symbol": ""},
        {"symbol": "btcusdt"},
        {"symbol": "BTC/USDT"},
        {"symbol": "BTCUSDT\n"},
        {"symbol": "B" * 33},
        {"symbol": "\u0411TC"},
        {"quote": "BTC"},
        {"base_precision": 7},
        {"quote_precision": 3},
        {"tick": 0},
        {"tick": -100},
        {"lot": 0},
        {"lot": -1_000_000},
        {"tick": 1},
        {"lot": 999_999},
        {"notional_min": -1},
        {"notional_min": UNITS_MAX + 1},
        {"quantity_max": 999_999},
        {"quantity_max": UNITS_MAX + 1},
        {"maker_fee_ppm": -1},
        {"maker_fee_ppm": PPM // 10 + 1},
        {"taker_fee_ppm": -1},
        {"taker_fee_ppm": PPM // 10 + 1},
        {"band_bps": -1},
        {"band_bps": BPS},
    ],
    ids=str,
)
def test_refused(change: dict[str, Any]) -> None:
    assert check_rules(replace(PLAIN, **change), 8, 2) is Refusal.INVALID_SYMBOL_CONFIG


@pytest.mark.parametrize(("base", "quote"), [(-1, 2), (19, 2), (8, -1), (8, 19)])
def test_precisions_have_bounds(base: int, quote: int) -> None:
    rules = replace(PLAIN, base_precision=base, quote_precision=quote, tick=10**19, lot=1)
    assert check_rules(rules, base, quote) is Refusal.INVALID_SYMBOL_CONFIG


@given(st.integers(0, 8), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**9), st.integers(1, 10**9))
def test_no_notional_is_ever_rounded(precision: int, tick: int, lot: int, ticks: int, lots: int) -> None:
    rules = replace(PLAIN, base_precision=precision, tick=tick, lot=lot, quantity_max=UNITS_MAX)
    if check_rules(rules, precision, 2) is not None:
        assert tick * lot % 10**precision
        return
    assert rules.notional(tick * ticks, lot * lots) * 10**precision == tick * ticks * lot * lots


def test_a_notional_off_tick_or_lot_is_our_fault() -> None:
    with pytest.raises(AssertionError):
        PLAIN.notional(101, 1)
