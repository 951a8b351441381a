"""A copy of our source tree with a line changed, and what a change of the fee rule must do to which trades."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.house.tree import ROOT
from tradewind.messages.events import LegSettled
from tradewind.values.money import PPM

CEILED = ("values/money.py", "return received * rate_ppm // PPM", "return -(-received * rate_ppm // PPM)")
Affected = dict[tuple[str, int], list[str]]  # symbol and trade id -> how its legs' fees change


def copy(home: Path, *changes: tuple[str, str, str]) -> Path:
    """Our source tree with lines changed: (file, old, new)."""
    shutil.copytree(ROOT / "src", home / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in changes:
        path = home / "src" / "tradewind" / name
        text = path.read_text()
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new))
    return home


def ceiled(legs: Iterable[LegSettled], rates_ppm: Mapping[str, tuple[int, int]]) -> tuple[Affected, int]:
    """Trades whose fee changes when fees are rounded up, and how many legs stay as they were. Rates: maker, taker."""
    affected, untouched = Affected(), 0
    for leg in legs:
        received = leg.quantity if leg.side == 0 else leg.notional
        fee = -(-received * rates_ppm[leg.symbol][0 if leg.maker else 1] // PPM)
        if fee == leg.fee:
            untouched += 1
        else:
            affected.setdefault((leg.symbol, leg.trade_id), []).append(f"fee {leg.fee} -> {fee}")
    return affected, untouched


def told_of(affected: Mapping[tuple[str, int], list[str]]) -> Affected:
    """The same shape out of the words in which a comparison tells it."""
    return {trade: sorted(what.rpartition(": ")[2] for what in whats) for trade, whats in affected.items()}
