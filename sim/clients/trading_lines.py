"""Lines about the orders that are more than a price and a quantity, and about what is asked beside orders:

120 #3 sell 0.5 BTCUSDT @ 30000 STOP_LOSS_LIMIT stop 29900       130 #4 buy 0 BTCUSDT at market IOC spend 100
140 #5 sell 0.5 BTCUSDT @ 30000 GTD till 1800 show 0.1           150 #6 pair sell 0.5 BTCUSDT @ 31000 stop 29000 limit 28900
160 #7 batch buy 1 BTCUSDT @ 30000 ; sell 2 BTCUSDT @ 31000      170 #8 test buy 1 BTCUSDT @ 30000
180 #9 switch 1500 BTCUSDT                                       190 #10 transfer 0.5 BTC to 2
200 #11 tiers USDT 0:1000:1000 50000000:500:800                  210 #12 tier 1 of 2
"""

from typing import Any

from sim.markets import ASSETS, MARKETS
from sim.plan import Op
from tradewind.values.fees import FeeTier
from tradewind.values.money import format_units, parse_units

SWITCH, TRANSFER, TIERS, TIER = "switch", "transfer", "tiers", "tier"
WORDS = (SWITCH, TRANSFER, TIERS, TIER)
EVERYWHERE = "everything"
# What follows a word: the field, and whether it is an amount of quote, of base, or a plain number.
TERMS = {
    "stop": ("stop_price", "quote"),
    "limit": ("limit", "quote"),
    "show": ("display", "base"),
    "spend": ("amount", "quote"),
    "till": ("good_till", ""),
}


def short(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def terms_written(op: Op) -> list[str]:
    rules = MARKETS[op.symbol][0]
    words: list[str] = []
    for word, (field, kind) in TERMS.items():
        if value := getattr(op, field):
            precision = {"quote": rules.quote_precision, "base": rules.base_precision, "": 0}[kind]
            words += [word, short(format_units(value, precision))]
    return words


def term_read(word: str, value: str, symbol: str) -> tuple[str, int]:
    """The field and its units. Raises KeyError, ValueError."""
    field, kind = TERMS[word]
    rules = MARKETS[symbol][0]
    precision = {"quote": rules.quote_precision, "base": rules.base_precision, "": 0}[kind]
    return field, parse_units(value, precision)


def written(op: Op) -> str:
    match op.do:
        case "switch":
            return f"{op.do} {op.quantity} {op.symbol or EVERYWHERE}"
        case "transfer":
            return f"{op.do} {short(format_units(op.quantity, ASSETS[op.symbol]))} {op.symbol} to {op.of}"
        case "tiers":
            return f"{op.do} {op.what}"
    return f"{op.do} {op.state} of {op.of}"


def read(do: str, words: list[str], common: dict[str, Any]) -> Op:
    """Raises ValueError, KeyError."""
    match do:
        case "switch":
            symbol = "" if words[1] == EVERYWHERE else MARKETS[words[1]][0].symbol
            return Op(do=do, quantity=int(words[0]), symbol=symbol, **common)
        case "transfer":
            amount, asset, _, account = words
            return Op(do=do, quantity=parse_units(amount, ASSETS[asset]), symbol=asset, of=int(account), **common)
        case "tiers":
            what = " ".join(words)
            schedule(what)
            return Op(do=do, what=what, **common)
    return Op(do=do, state=int(words[0]), of=int(words[2]), **common)


def schedule(what: str) -> tuple[str, tuple[FeeTier, ...]]:
    """The asset and the tiers that `USDT 0:1000:1000 50000000:500:800` says. Raises ValueError."""
    asset, *tiers = what.split()
    return asset, tuple(FeeTier(*map(int, tier.split(":"))) for tier in tiers)
