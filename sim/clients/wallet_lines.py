"""Lines about money that comes and goes: `120 #1 deposit 0.5 BTC`, `130 #2 withdraw 20 USDT in vain`, `140 #3 recall #2`;
and of reviewers: `150 #1 approve #2 of 3`, the withdrawal #2 of customer 3, or `900 #4 thaw`."""

from typing import Any

from sim.clients.customer import IN_VAIN
from sim.markets import ASSETS
from sim.plan import Op
from tradewind.values.money import format_units, parse_units

MOVES = ("deposit", "withdraw")
REVIEWS = ("approve", "reject")
WORDS = (*MOVES, *REVIEWS, "recall", "thaw")
_IN_VAIN = ["in", "vain"]


def written(op: Op) -> str:
    if op.do in MOVES:
        whole, _, fraction = format_units(op.quantity, ASSETS[op.symbol]).partition(".")
        amount = f"{whole}.{fraction}".rstrip("0").rstrip(".")
        return " ".join([op.do, amount, op.symbol, *(_IN_VAIN if op.type == IN_VAIN else [])])
    if op.do in REVIEWS:
        return f"{op.do} #{op.of} of {op.whose}"
    return f"{op.do} #{op.of}" if op.do == "recall" else op.do


def read(do: str, words: list[str], common: dict[str, Any]) -> Op:
    """Raises ValueError."""
    if do in MOVES:
        amount, asset, *rest = words
        if rest not in ([], _IN_VAIN):
            raise ValueError(rest)
        units = parse_units(amount, ASSETS[asset])
        return Op(do=do, symbol=asset, quantity=units, type=IN_VAIN if rest else 0, **common)
    if do == "thaw":
        return Op(do=do, **common)
    of = int(words[0].removeprefix("#"))
    return Op(do=do, of=of, whose=int(words[2]) if do in REVIEWS else 0, **common)
