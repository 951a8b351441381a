"""Symbols and assets: their rules, and the arithmetic that these rules make exact."""

import re
from dataclasses import dataclass
from math import gcd

from tradewind.values.money import BPS, PPM, PRECISION_MAX, UNITS_MAX
from tradewind.values.refusals import Refusal

SYMBOL = re.compile(r"[A-Z0-9]{1,32}")
ASSET = re.compile(r"[A-Z0-9]{1,16}")
BREAKER_TIME_S_MAX = 86_400


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """One market. Prices are quote units per whole base; quantities are base units.

    `tick` is in price units, `lot` in base units, `notional_min` in quote units. A limit price may lie `band_bps` beyond the
    last trade, no further (0 = no band). Fees are millionths of what is received.

    One account may have `open_orders_max` orders open here, and an order a notional of `notional_max` quote units (0 = as many
    as anywhere, as much as can be counted). The circuit breaker: trades that move by `breaker_bps` within `breaker_window_s`
    halt the market for `breaker_halt_s`, then it takes orders that rest for `breaker_reopen_s`, then it trades (0 bps = none).
    """

    symbol: str
    base: str
    quote: str
    base_precision: int
    quote_precision: int
    tick: int
    lot: int
    notional_min: int
    quantity_max: int
    band_bps: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    self_trade_allowed: bool
    notional_max: int = 0
    open_orders_max: int = 0
    breaker_bps: int = 0
    breaker_window_s: int = 0
    breaker_halt_s: int = 0
    breaker_reopen_s: int = 0

    def notional(self, price: int, quantity: int) -> int:
        """Quote units of `quantity` at `price`; exact, because check_rules has refused every symbol where it is not."""
        scale: int = 10**self.base_precision
        value, rest = divmod(price * quantity, scale)
        assert rest == 0, (self.symbol, price, quantity)
        return value


def stays_exact(rules: SymbolRules, tick_finest: int, lot_finest: int) -> bool:
    """Whether orders of these rules and of all before them meet without rounding.

    Orders that rest keep the prices and quantities of older grids, and what is left of an order may be any sum of them: so the
    common divisor of every tick there has been, times that of every lot, must still make exact notionals.
    """
    whole: int = 10**rules.base_precision
    return gcd(rules.tick, tick_finest) * gcd(rules.lot, lot_finest) % whole == 0


def check_rules(rules: SymbolRules, base_precision: int, quote_precision: int) -> Refusal | None:
    """None when a symbol with these rules can never round a notional or overflow; precisions must be the assets' own."""
    if SYMBOL.fullmatch(rules.symbol) is None or rules.base == rules.quote:
        return Refusal.INVALID_SYMBOL_CONFIG
    if (rules.base_precision, rules.quote_precision) != (base_precision, quote_precision):
        return Refusal.INVALID_SYMBOL_CONFIG
    if not (0 <= base_precision <= PRECISION_MAX and 0 <= quote_precision <= PRECISION_MAX):
        return Refusal.INVALID_SYMBOL_CONFIG
    if not 0 < rules.tick <= UNITS_MAX or rules.lot <= 0 or rules.tick * rules.lot % 10**base_precision:
        return Refusal.INVALID_SYMBOL_CONFIG
    if not (0 <= rules.notional_min <= UNITS_MAX and rules.lot <= rules.quantity_max <= UNITS_MAX):
        return Refusal.INVALID_SYMBOL_CONFIG
    if not (0 <= rules.maker_fee_ppm <= PPM // 10 and 0 <= rules.taker_fee_ppm <= PPM // 10 and 0 <= rules.band_bps < BPS):
        return Refusal.INVALID_SYMBOL_CONFIG
    if not (0 <= rules.notional_max <= UNITS_MAX and 0 <= rules.open_orders_max <= UNITS_MAX and 0 <= rules.breaker_bps < BPS):
        return Refusal.INVALID_SYMBOL_CONFIG
    times_s = rules.breaker_window_s, rules.breaker_halt_s, rules.breaker_reopen_s
    if not all(0 <= time_s <= BREAKER_TIME_S_MAX for time_s in times_s) or (rules.breaker_bps and not all(times_s)):
        return Refusal.INVALID_SYMBOL_CONFIG
    return None
