"""What admin keeps: the configuration of the exchange."""

import msgspec

from tradewind.ports.tables import Table
from tradewind.values.orders import MarketState


class Asset(msgspec.Struct, frozen=True):
    asset: str
    precision: int


class Symbol(msgspec.Struct, frozen=True):
    """Fields of values.symbols.SymbolRules, and the state that operators last asked for.

    `version` counts its rules from 1. `tick_finest` and `lot_finest` divide every tick and lot that it has ever had.
    `own_state` was asked for this symbol, `all_state` for all at once; `state`, the stricter of the two, is what holds.
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
    state: MarketState
    own_state: MarketState
    all_state: MarketState
    state_reason: str
    version: int
    tick_finest: int
    lot_finest: int
    notional_max: int
    open_orders_max: int
    breaker_bps: int
    breaker_window_s: int
    breaker_halt_s: int
    breaker_reopen_s: int


class AdjustmentRow(msgspec.Struct, frozen=True):
    """An adjustment that an operator asked for; `reference` is unique for ever."""

    reference: str
    account: int
    asset: str
    delta: int
    seq: int


class FeeLevel(msgspec.Struct, frozen=True):
    """One level of the fee schedule (values.fees.FeeTier); volume is counted in trades quoted in `asset`."""

    level: int
    asset: str
    volume_min: int
    maker_permille: int
    taker_permille: int


class AccountTier(msgspec.Struct, frozen=True):
    """An account that has `level` whatever it trades."""

    account: int
    level: int


ASSETS = Table("assets", Asset, key=("asset",), units={"precision": "decimal places"})
SYMBOLS = Table("symbols", Symbol, key=("symbol",))
ADJUSTMENT_REQUESTS = Table("adjustment_requests", AdjustmentRow, key=("reference",), units={"delta": "asset units"})
FEE_TIERS = Table("fee_tiers", FeeLevel, key=("level",), units={"volume_min": "units of asset"})
ACCOUNT_TIERS = Table("account_tiers", AccountTier, key=("account",))
