"""What admin decides: functions of values."""

from dataclasses import fields, replace

from tradewind.messages.commands import ChangeSymbol
from tradewind.services.admin.tables import Symbol
from tradewind.values.fees import FeeTier, check_tiers
from tradewind.values.ids import ID_MAX
from tradewind.values.money import PRECISION_MAX, UNITS_MAX
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import ASSET, SymbolRules


def rules_of(symbol: Symbol) -> SymbolRules:
    return SymbolRules(*(getattr(symbol, field.name) for field in fields(SymbolRules)))


def changed_rules(rules: SymbolRules, command: ChangeSymbol) -> SymbolRules:
    """What is None in the command stays as it was."""
    given = {name: getattr(command, name) for name in command.__struct_fields__ if name != "symbol"}
    return replace(rules, **{name: value for name, value in given.items() if value is not None})


def check_asset(asset: str, precision: int) -> Refusal | None:
    if ASSET.fullmatch(asset) is None or not 0 <= precision <= PRECISION_MAX:
        return Refusal.BAD_REQUEST
    return None


def check_schedule(tiers: tuple[FeeTier, ...]) -> bool:
    """Whether it is a fee schedule whose volumes can be counted. None at all is one: everybody pays the symbol's rates."""
    return check_tiers(tiers) and all(tier.volume_min <= UNITS_MAX for tier in tiers)


def check_adjustment(account: int, delta: int, issued: int) -> Refusal | None:
    """`issued` units of the asset have come in before; all of them together must stay countable."""
    if not 0 < account <= ID_MAX:
        return Refusal.UNKNOWN_ACCOUNT
    return Refusal.QUANTITY_OUT_OF_RANGE if not 0 < delta <= UNITS_MAX - issued else None
